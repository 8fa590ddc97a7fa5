//! Makes the file of a summary from what the chunks have written.

use std::borrow::Cow;

use sluice_contract::documents::SummaryEntries;
use sluice_contract::keys;
use sluice_engine::decimal::Decimal;
use sluice_engine::report::{DeliveredTo, SummaryRow, SummaryTable, UnattributedTable};
use sluice_engine::summary::{Column, Credit, Group, Lines, Measure, Ranked, SummaryPlan, Unattributed, Visit};
use sluice_platform::Fault;
use sluice_platform::objects::{ContentType, ObjectWriter};
use sluice_platform::outbound::{Delivered, Delivery};
use sluice_platform::run::Run;
use sluice_platform::sorted::{Block, Merge, Sorter};

use crate::groups::{Groups, Totals};
use crate::{Deps, Error};

/// The most rows that a report shows.
const SHOWN: usize = 10;

/// Makes a summary, and delivers it. `number` is its number in the feed, from 1.
pub(crate) async fn make(
    deps: &Deps,
    run: &Run,
    number: usize,
    plan: &SummaryPlan,
    entries: Vec<SummaryEntries>,
) -> Result<SummaryTable, Error> {
    let (objects, run_id, room) = (&*deps.objects, &run.document.run_id, deps.room);
    let scratch = |of: &'static str| move |lot: usize| keys::sorted_summary(run_id, number, of, lot);
    let blocks: Vec<Block> = entries.iter().flat_map(|entries| Block::of(&entries.key, &entries.blocks)).collect();
    let mut ranked = Sorter::new(objects, room, scratch("ranked"));
    let (mut totals, mut unattributed) = (Totals::default(), None);
    let mut found = 0_u64;
    let mut batch: Vec<Group> = Vec::new();
    if let Some(mut credit) = Credit::new(plan) {
        let mut groups = Groups::new(objects, room, scratch("groups"));
        let mut visits = Merge::<Visit>::open(objects, blocks, room.windows, scratch("visits")).await?;
        let mut some = Vec::new();
        while visits.next(&mut some).await? {
            for visit in &some {
                let group = credit.take(visit).map_err(|found| corrupt(number, found))?;
                if let Some(group) = group {
                    groups.add(group).await?;
                }
            }
        }
        unattributed = Some(credit.unattributed);
        let mut sorted = groups.sorted().await?;
        while sorted.next(&mut batch).await? {
            for group in batch.drain(..) {
                rank(plan, totals.take(group), &mut ranked, &mut found);
            }
            ranked.make_room().await?;
        }
    } else {
        let mut groups = Merge::<Group>::open(objects, blocks, room.windows, scratch("groups")).await?;
        while groups.next(&mut batch).await? {
            for group in batch.drain(..) {
                rank(plan, totals.take(group), &mut ranked, &mut found);
            }
            ranked.make_room().await?;
        }
    }
    rank(plan, totals.last(), &mut ranked, &mut found);

    let upload = keys::file_name(&run.document.upload.key);
    let name = plan.file_of(run_id.as_str(), upload, &run.context);
    let key = keys::summary_output(&run.document.feed, run_id, &name);
    let content_type = if plan.is_tab_separated() { ContentType::Tsv } else { ContentType::Csv };
    let mut file = objects.create(&key, content_type).await?;
    let Written { rows, head } = write(plan, ranked, &mut *file).await?;
    let bytes = file.finish().await?;
    let delivered = match &plan.deliver {
        None => None,
        Some(folder) => {
            let to = format!("{folder}{name}");
            let delivery = Delivery { from: &key, to: &to, content_type, order: &run.document.order };
            let delivered = deps.outbound.deliver(&delivery).await?;
            Some(DeliveredTo { location: deps.outbound.location(&to), overtaken: delivered == Delivered::Overtaken })
        }
    };
    Ok(SummaryTable {
        file: name,
        key,
        bytes,
        groups: found,
        rows,
        labels: plan.labels().map(str::to_owned).collect(),
        numbers: plan.columns.iter().map(Column::is_number).collect(),
        head: if plan.is_sensitive { Vec::new() } else { shown(plan, &head) },
        unattributed: unattributed.map(|unattributed| missed(plan, &unattributed)),
        delivered,
    })
}

/// Puts a complete group into its place.
fn rank(plan: &SummaryPlan, group: Option<Group>, ranked: &mut Sorter<'_, Ranked>, found: &mut u64) {
    if let Some(group) = group {
        *found += 1;
        ranked.push(plan.ranked(group));
    }
}

/// The rows that were written.
struct Written {
    rows: u64,
    /// The first groups.
    head: Vec<Group>,
}

/// Writes the rows of the file.
async fn write(plan: &SummaryPlan, ranked: Sorter<'_, Ranked>, file: &mut dyn ObjectWriter) -> Result<Written, Error> {
    let (lines, mut sorted) = (Lines::new(plan), ranked.sorted().await?);
    file.write(&lines.head()?).await?;
    let (mut batch, mut rows, mut head) = (Vec::new(), 0, Vec::new());
    let most = plan.top.unwrap_or(u64::MAX);
    while rows < most && sorted.next(&mut batch).await? {
        batch.truncate(usize::try_from(most - rows).unwrap_or(usize::MAX));
        for some in batch.chunks(1024) {
            file.write(&lines.of(some.iter().map(|ranked| &ranked.group))?).await?;
        }
        rows += batch.len() as u64;
        head.extend(batch.drain(..).take(SHOWN.saturating_sub(head.len())).map(|ranked| ranked.group));
    }
    Ok(Written { rows, head })
}

/// The first rows, as a report shows them.
fn shown(plan: &SummaryPlan, head: &[Group]) -> Vec<SummaryRow> {
    let lines = Lines::new(plan);
    let value = |group: &Group| group.numbers.first().and_then(Measure::value);
    let largest = head.iter().filter_map(value).max().filter(|largest| *largest > Decimal::whole(0));
    let percent = |group: &Group| {
        let (value, largest) = (value(group)?, largest.as_ref()?);
        (&value * &Decimal::whole(100)).divide_round(largest, 0)?.to_i64()
    };
    let row = |group: &Group| SummaryRow {
        cells: lines.cells(group),
        percent: percent(group).and_then(|percent| u8::try_from(percent.clamp(0, 100)).ok()).unwrap_or_default(),
    };
    head.iter().map(row).collect()
}

/// What no touch gets the credit for, as a report shows it.
fn missed(plan: &SummaryPlan, unattributed: &Unattributed) -> UnattributedTable {
    let lines = Lines::new(plan);
    let number = |(column, number): (&Column, &Measure)| {
        Some((column.label.clone(), lines.number(&number.value()?, column.decimals())))
    };
    let numbers = plan.number_columns().zip(&unattributed.numbers).filter_map(number);
    let numbers = if plan.is_sensitive { Vec::new() } else { numbers.collect() };
    UnattributedTable { records: unattributed.records, numbers }
}

fn corrupt(number: usize, found: &'static str) -> Fault {
    Fault::Corrupt { what: format!("the entries of summary {number}"), found: Cow::Borrowed(found).into_owned() }
}
