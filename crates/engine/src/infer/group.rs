//! Finds out whether several records seem to be one thing: a product with its variants, an order with its items.

use super::column::Unique;

/// The first columns that are tried as the one whose value such records share.
const TRIED: usize = 3;

/// Minimum number of records that are not the first of their thing, and of columns that only the first one fills.
const FEWEST: u64 = 2;

/// Columns that seem to say of several records that they are one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GroupGuess {
    /// The column whose value the records of a thing share.
    pub by: usize,
    /// The columns in which the records of a thing differ.
    pub members: Vec<usize>,
    /// The columns that only the first record of a thing fills.
    pub of_first: Vec<usize>,
    /// The number of things of several records.
    pub things: u64,
}

/// What is known of all columns so far.
#[derive(Default)]
pub(super) struct Groups {
    tried: Vec<Tried>,
}

/// A column that may hold what the records of a thing share.
struct Tried {
    by: usize,
    /// Its values at the start of each thing. One that comes back shows that the column is no such column.
    values: Unique,
    value: String,
    /// Whether it had a value in each record.
    is_full: bool,
    things: u64,
    /// The records that are not the first of their thing.
    further: u64,
    /// The records of the thing so far.
    records: u64,
    /// The cells of its first record.
    first: Vec<String>,
    columns: Vec<Seen>,
}

/// What a column holds in things of several records.
#[derive(Clone, Default)]
struct Seen {
    /// Things in whose first record it is filled, and in no other.
    first_only: u64,
    /// Things of which another record fills it, too.
    others: u64,
    /// Whether it has different values within a thing.
    differs: bool,
    /// Whether another record of the current thing fills it.
    is_filled: bool,
}

impl Groups {
    /// Begins a file with this many columns, and room for this many values of each.
    pub fn new(columns: usize, room: usize) -> Self {
        let tried = (0..columns.min(TRIED)).map(|by| Tried {
            by,
            values: Unique::new(room),
            value: String::new(),
            is_full: true,
            things: 0,
            further: 0,
            records: 0,
            first: Vec::new(),
            columns: vec![Seen::default(); columns],
        });
        Self { tried: tried.collect() }
    }

    /// Takes a record into account.
    pub fn see(&mut self, cells: &[&str]) {
        self.tried.retain_mut(|tried| {
            tried.see(cells);
            tried.is_full && tried.values.holds()
        });
    }

    /// The columns, if several records seem to be one thing.
    pub fn end(mut self) -> Option<GroupGuess> {
        self.tried.iter_mut().for_each(Tried::close);
        self.tried.into_iter().find_map(Tried::guess)
    }
}

impl Tried {
    fn see(&mut self, cells: &[&str]) {
        let value = cells.get(self.by).map_or("", |cell| cell.trim());
        if value.is_empty() {
            self.is_full = false;
            return;
        }
        if self.records == 0 || self.value != value {
            self.close();
            self.values.see(&[value]);
            value.clone_into(&mut self.value);
            self.first = cells.iter().map(|cell| cell.trim().to_owned()).collect();
            self.records = 1;
            return;
        }
        self.records += 1;
        for ((seen, first), cell) in self.columns.iter_mut().zip(&self.first).zip(cells) {
            let cell = cell.trim();
            seen.is_filled |= !cell.is_empty();
            seen.differs |= !cell.is_empty() && cell != first;
        }
    }

    /// Ends a thing.
    fn close(&mut self) {
        if self.records > 1 {
            self.things += 1;
            self.further += self.records - 1;
            for (seen, first) in self.columns.iter_mut().zip(&self.first) {
                seen.others += u64::from(seen.is_filled);
                seen.first_only += u64::from(!seen.is_filled && !first.is_empty());
            }
        }
        self.columns.iter_mut().for_each(|seen| seen.is_filled = false);
        self.records = 0;
    }

    /// Only a first record that fills columns of its own shows that the records are one thing. That they share a value is nothing
    /// special: so do all records of a day, or of a customer.
    fn guess(self) -> Option<GroupGuess> {
        let Self { by, things, further, columns, .. } = self;
        let find = |is: &dyn Fn(&Seen) -> bool| -> Vec<usize> {
            columns.iter().enumerate().filter(|(at, seen)| *at != by && is(seen)).map(|(at, _)| at).collect()
        };
        let of_first = find(&|seen| seen.first_only > 0 && seen.others == 0);
        let members = find(&|seen| seen.differs);
        let always = of_first.iter().filter(|at| columns[**at].first_only == things).count() as u64;
        let is_sure = further >= FEWEST && always >= FEWEST && !members.is_empty();
        is_sure.then_some(GroupGuess { by, members, of_first, things })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(records: &[&str]) -> Option<GroupGuess> {
        let mut groups = Groups::new(records[0].split(',').count(), 1000);
        for record in records {
            groups.see(&record.split(',').collect::<Vec<_>>());
        }
        groups.end()
    }

    #[test]
    fn records_are_one_thing_if_the_first_one_says_what_it_is() {
        let shop = ["tee,Tee,Nordlys,S,29", "tee,,,M,29", "bowl,Bowl,Hulda,,42", "hat,Hat,Hulda,S,12", "hat,,,M,12"];
        let found = GroupGuess { by: 0, members: vec![3], of_first: vec![1, 2], things: 2 };
        assert_eq!(guess(&shop), Some(found));
        for (why, records) in [
            (
                "one thing of several records may be a mistake",
                &["tee,Tee,Nordlys,S,29", "tee,,,M,29", "bowl,Bowl,Hulda,,42"][..],
            ),
            ("values that all records repeat say nothing", &["a,A,x,1", "a,A,x,2", "b,B,y,3", "b,B,y,4"]),
            ("a value that comes back", &["a,A,x,1", "a,,,2", "b,B,y,3", "b,,,4", "a,,,5"]),
            ("a record without the value", &["a,A,x,1", "a,,,2", "b,B,y,3", "b,,,4", ",,,5"]),
            ("nothing differs", &["a,A,x,1", "a,,,", "b,B,y,3", "b,,,"]),
        ] {
            assert_eq!(guess(records), None, "{why}");
        }
    }
}
