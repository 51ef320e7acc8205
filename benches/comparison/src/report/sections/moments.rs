//! Rooms in which some clients do not do their part.

use super::{Section, cannot_show, pictures, single};
use crate::record::Moment;
use crate::report::data::{Data, FLOOR, SUBJECT};
use crate::report::number::{Kind, count, plural};
use crate::report::plots;
use crate::report::table::Table;

/// What pollcast has unless it is told otherwise.
pub(crate) const DEFAULT_PATIENCE: &str = "1s";

/// What happened in one room, from its first moment on.
#[derive(Debug)]
pub(crate) struct Timeline<'a> {
    pub(crate) contender: &'a str,
    pub(crate) patience: &'a str,
    pub(crate) bad: usize,
    pub(crate) moments: Vec<&'a Moment>,
}

const SCENARIOS: [(&str, &str); 3] = [
    ("stalled", "they never read"),
    ("slow", "they read at 1 MB/s"),
    ("attack", "they stall, and come back once they were evicted"),
];

pub(crate) fn section(data: &Data) -> Option<Section> {
    if data.moments.is_empty() {
        return None;
    }
    let plots = plots::moments(data);
    let mut text = "One client talks, and those who do their part receive. A server can wait for \
        the others, evict them, or store what they do not take. What it does is a choice; the \
        figures are what the choice costs the others.\n\n"
        .to_owned();
    text += &pictures(&plots);
    for (scenario, what) in SCENARIOS {
        let all = timelines(data, scenario);
        let mut bad: Vec<usize> = all.iter().map(|timeline| timeline.bad).collect();
        bad.sort_unstable();
        bad.dedup();
        for bad in bad {
            let lines: Vec<_> = all.iter().filter(|timeline| timeline.bad == bad).collect();
            let table = table(data, scenario, &lines).markdown();
            let first = firsts(data, &lines);
            let bad = plural(bad, "bad client");
            text += &format!("**`{scenario}`, {bad}: {what}**\n\n{first}\n{table}\n");
        }
    }
    text += WAITING;
    text += &cannot_show(
        "Each is a single run: figures that are near each other may as well be the same. \
         What the kernel holds for a client that does not read is in no figure of memory. \
         *Evicted* is what such a client can see without reading: a reset. A server that ends \
         the connection in the ordinary way is not seen to, since the end stands behind what was \
         not read; so 0 may also mean that.",
    );
    Some(Section {
        title: "Clients that do not do their part".to_owned(),
        text,
        plots,
        ..Section::default()
    })
}

/// As each of our own has it, and as the others are configured.
const WAITING: &str = "How much a server lets wait for a client decides its peak: 1 MiB with \
    pollcast, go-fixed, select, tokio, threads and uring; 64 MiB with mio-naive; without a limit \
    with go, and with mosquitto as it is configured; 32 MB with redis; 64 MiB with nats. Only \
    pollcast with its default, a patience of 1s, is ranked; with the others it is shown.\n\n";

/// In the order in which they were measured.
pub(crate) fn timelines<'a>(data: &'a Data, scenario: &str) -> Vec<Timeline<'a>> {
    let mut timelines: Vec<Timeline<'a>> = Vec::new();
    let is_asked = |moment: &&Moment| {
        moment.scenario == scenario && !data.is_missing(scenario, &moment.contender, "")
    };
    for moment in data.moments.iter().filter(is_asked) {
        let Moment { contender, patience, bad, .. } = moment;
        let known = timelines.iter_mut().find(|timeline| {
            (timeline.contender, timeline.patience, timeline.bad) == (contender, patience, *bad)
        });
        match known {
            Some(timeline) => timeline.moments.push(moment),
            None => {
                let moments = vec![moment];
                timelines.push(Timeline { contender, patience, bad: *bad, moments });
            }
        }
    }
    timelines.iter_mut().for_each(|timeline| timeline.moments.sort_by_key(|moment| moment.at_ms));
    timelines
}

impl Timeline<'_> {
    /// Milliseconds of each moment, and the moment.
    pub(crate) fn steps(&self) -> impl Iterator<Item = (u64, &Moment)> {
        let before = std::iter::once(0).chain(self.moments.iter().map(|moment| moment.at_ms));
        before.zip(&self.moments).map(|(before, moment)| (moment.at_ms - before, *moment))
    }

    /// Deliveries per second while nobody was evicted yet, or since.
    fn speed(&self, is_after: bool) -> Option<f64> {
        let steps = self.steps().filter(|(_, moment)| (moment.evicted > 0) == is_after);
        let (milliseconds, deliveries) = steps
            .fold((0, 0), |(time, sum), (step, moment)| (time + step, sum + moment.deliveries));
        (milliseconds > 0).then(|| deliveries as f64 * 1e3 / milliseconds as f64)
    }

    fn all(&self) -> f64 {
        let deliveries: u64 = self.moments.iter().map(|moment| moment.deliveries).sum();
        deliveries as f64 * 1e3 / self.end().max(1) as f64
    }

    pub(crate) fn end(&self) -> u64 {
        self.moments.last().map_or(0, |moment| moment.at_ms)
    }

    /// The longest time in which nobody received anything, and all of such times, in milliseconds.
    fn silence(&self) -> (u64, u64) {
        let (mut now, mut longest, mut sum) = (0, 0, 0);
        for (step, moment) in self.steps() {
            now = if moment.deliveries == 0 { now + step } else { 0 };
            sum += if moment.deliveries == 0 { step } else { 0 };
            longest = longest.max(now);
        }
        (longest, sum)
    }

    /// In KiB.
    pub(crate) fn peak(&self) -> Option<u64> {
        self.moments.iter().map(|moment| moment.peak_kib).max().filter(|peak| *peak > 0)
    }

    /// Whether it is the contender as it comes.
    fn is_ranked(&self) -> bool {
        match self.contender {
            FLOOR => false,
            SUBJECT => matches!(self.patience, "" | DEFAULT_PATIENCE),
            _ => true,
        }
    }

    /// The contender with what came out of order, and what it was told.
    pub(crate) fn name(&self, data: &Data) -> String {
        let reordered = self.moments.last().map_or(0, |moment| moment.reordered);
        self.told(data.marked(self.contender, reordered, 1))
    }

    /// The same in rooms of all sizes.
    pub(crate) fn label(&self, data: &Data) -> String {
        self.told(data.name(self.contender))
    }

    fn told(&self, name: String) -> String {
        match self.patience {
            "" => name,
            patience => format!("{name}, patience {patience}"),
        }
    }
}

fn firsts(data: &Data, lines: &[&Timeline<'_>]) -> String {
    let of = |figure: fn(&Timeline<'_>) -> Option<f64>| -> Vec<(String, f64)> {
        let ranked = lines.iter().filter(|line| line.is_ranked());
        ranked.filter_map(|line| Some((line.name(data), figure(line)?))).collect()
    };
    let peak = of(|line| Some(line.peak()? as f64));
    single::first(
        "deliveries per second over the whole time",
        Kind::Plain,
        false,
        &of(|line| Some(line.all())),
    ) + &single::first("peak of resident memory", Kind::Memory, true, &peak)
}

const HEAD: [&str; 7] = [
    "contender",
    "deliveries/s over the whole time",
    "before the first eviction",
    "after it",
    "silent",
    "evicted by the end",
    "peak memory",
];

fn table(data: &Data, scenario: &str, lines: &[&Timeline<'_>]) -> Table {
    let mut table = Table::new(&HEAD);
    for line in lines {
        let (longest, silent) = line.silence();
        let share = silent as f64 / line.end().max(1) as f64;
        let evicted = line.moments.last().map_or(0, |moment| moment.evicted);
        let speed = |is_after: bool, none: &str| {
            line.speed(is_after).map_or_else(|| none.to_owned(), |speed| Kind::Plain.show(speed))
        };
        table.row(vec![
            line.name(data),
            Kind::Plain.show(line.all()),
            speed(false, "–"),
            speed(true, "nobody was evicted"),
            match longest {
                0 => "never".to_owned(),
                _ => {
                    let longest = Kind::Time.show(longest as f64 * 1e6);
                    format!("{} (longest {longest})", Kind::Share.show(share))
                }
            },
            count(evicted as u64),
            line.peak().map_or_else(|| "–".to_owned(), |peak| Kind::Memory.show(peak as f64)),
        ]);
    }
    for row in data.missing.iter().filter(|row| row.scenario == scenario) {
        let shape = if row.shape.is_empty() { String::new() } else { format!("{}: ", row.shape) };
        table.reason(&data.name(&row.contender), &format!("{shape}{}", row.reason));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::timelines;
    use crate::record::Moment;
    use crate::report::data::Data;

    #[test]
    fn a_timeline_is_cut_at_the_first_eviction() {
        let moments = [(100, 50, 0), (200, 0, 0), (300, 0, 0), (400, 70, 2), (600, 90, 3)];
        let moment = |(at_ms, deliveries, evicted)| Moment {
            scenario: "stalled".into(),
            at_ms,
            deliveries,
            evicted,
            peak_kib: at_ms,
            ..Moment::default()
        };
        let data = Data { moments: moments.map(moment).to_vec(), ..Data::default() };
        let all = timelines(&data, "stalled");
        let [timeline] = &all[..] else { panic!("{all:?}") };
        let speed = |is_after| timeline.speed(is_after).map(f64::round);
        assert_eq!([speed(false), speed(true)], [Some(167.0), Some(533.0)]);
        assert_eq!((timeline.silence(), timeline.peak()), ((200, 200), Some(600)));
    }
}
