//! Adds up groups: any number of them, in any order, in bounded memory.

use std::collections::HashMap;

use sluice_engine::summary::{Group, Measure, add_all};
use sluice_platform::Fault;
use sluice_platform::objects::Objects;
use sluice_platform::sorted::{Entry, Room, Sorted, Sorter};

/// Adds up groups that come in any order.
pub(crate) struct Groups<'a> {
    /// The groups in memory.
    sums: HashMap<Box<[u8]>, Vec<Measure>>,
    /// What they take, in bytes.
    bytes: usize,
    room: Room,
    /// The groups that took too much memory, each perhaps several times.
    written: Sorter<'a, Group>,
}

impl<'a> Groups<'a> {
    /// No groups. `key` returns the key of an object for groups that do not fit into memory.
    pub(crate) fn new(objects: &'a dyn Objects, room: Room, key: impl Fn(usize) -> String + Send + Sync + 'a) -> Self {
        let written = Sorter::new(objects, Room { buffer: 0, ..room }, key);
        Self { sums: HashMap::new(), bytes: 0, room, written }
    }

    /// Adds a group.
    pub(crate) async fn add(&mut self, group: Group) -> Result<(), Fault> {
        match self.sums.get_mut(&group.key) {
            Some(numbers) => add_all(numbers, &group.numbers),
            None => {
                self.bytes += group.bytes_in_memory();
                self.sums.insert(group.key, group.numbers);
                if self.bytes >= self.room.buffer {
                    self.take_out();
                    self.written.make_room().await?;
                }
            }
        }
        Ok(())
    }

    fn take_out(&mut self) {
        self.sums.drain().for_each(|(key, numbers)| self.written.push(Group { key, numbers }));
        self.bytes = 0;
    }

    /// The groups in the order of their texts. A group may come several times in a row: see [`Totals`].
    pub(crate) async fn sorted(mut self) -> Result<Sorted<'a, Group>, Fault> {
        self.take_out();
        self.written.sorted().await
    }
}

/// Adds up groups that come in the order of their texts.
#[derive(Default)]
pub(crate) struct Totals {
    current: Option<Group>,
}

impl Totals {
    /// Takes the next group. Returns the group before it, if that is complete.
    pub(crate) fn take(&mut self, group: Group) -> Option<Group> {
        match &mut self.current {
            Some(current) if current.key == group.key => {
                add_all(&mut current.numbers, &group.numbers);
                None
            }
            _ => self.current.replace(group),
        }
    }

    /// The last group.
    pub(crate) fn last(self) -> Option<Group> {
        self.current
    }
}
