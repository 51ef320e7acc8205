//! Rooms over time: a small picture for each contender and what it was told.

use crate::report::data::Data;
use crate::report::number::Kind;
use crate::report::plot::scale::Scale;
use crate::report::plot::style::{GRID, INK, MUTED, Style};
use crate::report::plot::svg::{Anchor, Svg};
use crate::report::plot::{Area, Plot};
use crate::report::sections::moments::{Timeline, timelines};

const KINDS: [(&str, &str, &str); 3] = [
    ("stalled", "stalled.svg", "Some clients never read"),
    ("slow", "slow.svg", "Some clients read slowly"),
    ("attack", "attack.svg", "Some clients stall, and come back to stall again"),
];

const COLUMNS: usize = 3;
const TOP: f64 = 84.0;
const LEFT: f64 = 64.0;
const WIDTH: f64 = 230.0;
const SPEED_HEIGHT: f64 = 78.0;
const MEMORY_HEIGHT: f64 = 34.0;
const BETWEEN: f64 = 8.0;
const ABOVE: f64 = 22.0;
const BELOW: f64 = 26.0;
/// More evictions than this are short lines, below what they would hide.
const FEW: usize = 5;
const CELL: (f64, f64) =
    (LEFT + WIDTH + 16.0, ABOVE + SPEED_HEIGHT + BETWEEN + MEMORY_HEIGHT + BELOW);

/// The room with the most bad clients is in colour, and the others are grey.
struct Small<'a, 'b> {
    name: String,
    contender: &'a str,
    timelines: Vec<&'b Timeline<'a>>,
}

pub(crate) fn moments(data: &Data) -> Vec<Plot> {
    let plot = |(scenario, file, title): (&str, &str, &str)| {
        let timelines = timelines(data, scenario);
        let title = title.to_owned();
        (!timelines.is_empty()).then(|| Plot {
            file: file.to_owned(),
            svg: drawn(data, &title, &timelines),
            title,
        })
    };
    KINDS.into_iter().filter_map(plot).collect()
}

fn drawn(data: &Data, title: &str, timelines: &[Timeline<'_>]) -> String {
    let mut smalls: Vec<Small<'_, '_>> = Vec::new();
    for timeline in timelines {
        let name = timeline.label(data);
        match smalls.iter_mut().find(|small| small.name == name) {
            Some(small) => small.timelines.push(timeline),
            None => {
                let timelines = vec![timeline];
                smalls.push(Small { name, contender: timeline.contender, timelines });
            }
        }
    }
    let rows = smalls.len().div_ceil(COLUMNS) as f64;
    let columns = smalls.len().clamp(2, COLUMNS) as f64;
    let note = "Above: deliveries per second to those who do their part, each on its own scale. \
        Below: resident memory, one logarithmic scale for all.";
    let (width, height) = (columns * CELL.0 + 16.0, TOP + rows * CELL.1 + 10.0);
    let mut svg = Svg::new(width.max(900.0), height, title, note);
    explain(&mut svg, timelines);
    let memory = timelines.iter().flat_map(|timeline| &timeline.moments);
    let memory: Vec<f64> = memory.map(|moment| moment.memory_kib as f64).collect();
    for (place, small) in smalls.iter().enumerate() {
        let left = (place % COLUMNS) as f64 * CELL.0 + LEFT;
        let top = TOP + (place / COLUMNS) as f64 * CELL.1 + ABOVE;
        small.draw(&mut svg, (left, top), &memory);
    }
    svg.finish()
}

/// How many bad clients each colour is.
fn explain(svg: &mut Svg, timelines: &[Timeline<'_>]) {
    let mut bad: Vec<usize> = timelines.iter().map(|timeline| timeline.bad).collect();
    bad.sort_unstable();
    bad.dedup();
    let texts: Vec<String> = match &bad[..] {
        [only] => vec![format!("{only} of them.")],
        [fewer @ .., most] => {
            let fewer: Vec<String> = fewer.iter().map(usize::to_string).collect();
            vec![format!("In colour: {most} of them; grey: {}.", fewer.join(" or "))]
        }
        [] => Vec::new(),
    };
    let text = format!(
        "{} A vertical line, short where there are many: somebody is evicted.",
        texts.join("")
    );
    svg.text((20.0, 62.0), 11.5, Anchor::Start, MUTED, &text);
}

impl Small<'_, '_> {
    fn draw(&self, svg: &mut Svg, (left, top): (f64, f64), memory: &[f64]) {
        let speed = Area { left, top, width: WIDTH, height: SPEED_HEIGHT };
        let below = Area { top: speed.bottom() + BETWEEN, height: MEMORY_HEIGHT, ..speed };
        let end = self.timelines.iter().map(|timeline| timeline.end()).max().unwrap_or(1);
        let time = Scale::linear(end as f64, (left, speed.right()));
        let most = self.timelines.iter().flat_map(|timeline| rates(timeline));
        let most = most.map(|(_, rate)| rate).fold(0.0, f64::max);
        let rate = Scale::linear(most * 1.05, (speed.bottom(), speed.top));
        let memory = Scale::log(memory.iter().copied(), (below.bottom(), below.top));
        svg.bold((left, top - 7.0), 11.0, &self.name);
        frames(svg, speed, below, time, memory);
        for text in [0.0, most] {
            let place = (left - 5.0, rate.place(text) + 4.0);
            svg.text(place, 10.0, Anchor::End, MUTED, &Kind::Plain.tick(text));
        }
        let mut timelines = self.timelines.clone();
        timelines.sort_by_key(|timeline| timeline.bad);
        let grey = Style { colour: "#a0a7ae", is_dashed: false, ..Style::of(self.contender) };
        for (place, timeline) in timelines.iter().enumerate() {
            let is_most = place + 1 == timelines.len();
            let style = if is_most { Style::of(self.contender) } else { grey };
            evictions(svg, timeline, time, speed, is_most);
            let points = rates(timeline).map(|(at, figure)| (time.place(at), rate.place(figure)));
            svg.path(&points.collect::<Vec<_>>(), &style, 1.4);
            let points = timeline.moments.iter().map(|moment| {
                (time.place(moment.at_ms as f64), memory.place(moment.memory_kib as f64))
            });
            svg.path(&points.collect::<Vec<_>>(), &style, 1.4);
        }
    }
}

/// The end of each step in milliseconds, and deliveries per second in it.
fn rates<'a>(timeline: &'a Timeline<'_>) -> impl Iterator<Item = (f64, f64)> + 'a {
    timeline.steps().map(|(step, moment)| {
        (moment.at_ms as f64, moment.deliveries as f64 * 1e3 / step.max(1) as f64)
    })
}

fn frames(svg: &mut Svg, speed: Area, below: Area, time: Scale, memory: Scale) {
    for tick in time.ticks() {
        let place = time.place(tick);
        svg.line((place, speed.top), (place, below.bottom()), GRID, 1.0);
        let text = format!("{} s", tick / 1e3);
        svg.text((place, below.bottom() + 12.0), 10.0, Anchor::Middle, MUTED, &text);
    }
    let ticks = memory.powers_of_two();
    for tick in [ticks.first(), ticks.last()].into_iter().flatten() {
        let place = (below.left - 5.0, memory.place(*tick) + 4.0);
        svg.text(place, 10.0, Anchor::End, MUTED, &Kind::Memory.tick(*tick));
    }
    svg.frame(speed);
    svg.frame(below);
}

/// A line where more are evicted than before, and how many that are in the end.
fn evictions(svg: &mut Svg, timeline: &Timeline<'_>, time: Scale, area: Area, is_told: bool) {
    let (mut before, mut places) = (0, Vec::new());
    for moment in &timeline.moments {
        if moment.evicted > before {
            places.push(time.place(moment.at_ms as f64));
            before = moment.evicted;
        }
    }
    let top = if places.len() > FEW { area.bottom() } else { area.top };
    for place in places {
        svg.line((place, top), (place, area.bottom() + BETWEEN), INK, 0.7);
    }
    if is_told {
        let text = format!("{before} evicted");
        svg.text((area.right() - 4.0, area.top - 7.0), 10.0, Anchor::End, MUTED, &text);
    }
}
