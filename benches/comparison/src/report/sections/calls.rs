//! System calls for each delivery, as strace counted them.

use std::collections::BTreeMap;

use super::{Section, cannot_show, single};
use crate::record::Calls;
use crate::report::data::{Data, FLOOR, SUBJECT};
use crate::report::number::{Kind, plural, significant};
use crate::report::table::{RATIO, Table};

/// How many kinds of call are named.
const NAMED: usize = 5;

type Shape = (u64, usize, usize);

pub(crate) fn section(data: &Data) -> Option<Section> {
    let mut shapes: Vec<Shape> = data.calls.iter().map(shape).collect();
    shapes.sort_unstable();
    shapes.dedup();
    if shapes.is_empty() {
        return None;
    }
    let mut text = "The same work for all, counted by strace.\n\n".to_owned();
    for of in shapes {
        let (window, clients, talkers) = of;
        let (clients, talkers) = (plural(clients, "client"), plural(talkers, "talker"));
        let (table, first) = table(data, of);
        let table = table.markdown();
        text += &format!("**{clients}, {talkers}, window {window}**\n\n{first}\n{table}\n");
    }
    text += &cannot_show(
        "What a call costs: one that writes a block to a socket is not one that asks for events. \
         strace slows a server down, which lets more gather: k may be higher here than above.",
    );
    Some(Section { title: "System calls for each delivery".to_owned(), text, ..Section::default() })
}

fn shape(calls: &Calls) -> Shape {
    (calls.window, calls.clients, calls.talkers)
}

/// And a sentence of who is first.
fn table(data: &Data, of: Shape) -> (Table, String) {
    let mut by_contender = BTreeMap::<&str, Vec<&Calls>>::new();
    let is_asked =
        |calls: &&Calls| shape(calls) == of && !data.is_missing("calls", &calls.contender, "");
    for calls in data.calls.iter().filter(is_asked) {
        by_contender.entry(&calls.contender).or_default().push(calls);
    }
    let all = |calls: &[&Calls]| calls.iter().map(|calls| each(calls)).sum::<f64>();
    let subject = by_contender.get(SUBJECT).map(|calls| all(calls));
    let mut rows: Vec<(&str, Vec<&Calls>)> = by_contender.into_iter().collect();
    rows.sort_by(|one, other| all(&one.1).total_cmp(&all(&other.1)));
    let mut table = Table::new(&["contender", "calls per delivery", RATIO, "of which", "failed"]);
    for (contender, calls) in &mut rows {
        let sum = all(calls);
        let ratio = subject.map_or_else(String::new, |subject| significant(sum / subject));
        let counts = (calls.iter().map(|calls| calls.errors).sum::<u64>(), total(calls));
        let failed = format!("{}%", significant(counts.0 as f64 / counts.1 as f64 * 100.0));
        table.row(vec![data.name(contender), significant(sum), ratio, kinds(calls), failed]);
    }
    let told = data.missing.iter().filter(|row| row.scenario == "calls");
    for row in told.filter(|row| !rows.iter().any(|(name, _)| *name == row.contender)) {
        table.reason(&data.name(&row.contender), &row.reason);
    }
    let ranked = rows.iter().filter(|(name, _)| *name != FLOOR);
    let ranked: Vec<_> = ranked.map(|(name, calls)| (data.name(name), all(calls))).collect();
    (table, single::first("system calls per delivery", Kind::Plain, true, &ranked))
}

fn each(calls: &Calls) -> f64 {
    calls.count as f64 / calls.deliveries.max(1) as f64
}

fn total(calls: &[&Calls]) -> u64 {
    calls.iter().map(|calls| calls.count).sum::<u64>().max(1)
}

/// The most frequent ones.
fn kinds(calls: &mut [&Calls]) -> String {
    calls.sort_by_key(|calls| std::cmp::Reverse(calls.count));
    let named = calls.iter().take(NAMED);
    let named = named.map(|calls| format!("{} {}", calls.call, significant(each(calls))));
    named.collect::<Vec<_>>().join(", ")
}
