//! Which plots there are.

use crate::record::Run;
use crate::report::data::{Data, FLOOR, SUBJECT};
use crate::report::load::{Load, loads};
use crate::report::measure::{CPU, K, Measure, P50, P99, SPEED};
use crate::report::number::{Kind, count};
use crate::report::plot::{Axis, Curve, Panel, PanelRow, Plot, Point, grid};
use crate::report::sections::open::keeps_up;
use crate::report::shape::Shape;

mod idle;
mod timelines;

pub(crate) use idle::memory;
pub(crate) use timelines::moments;

const QUARTILES: &str = "Medians with quartiles, over loopback; both axes are logarithmic.";

/// A figure that is plotted over one thing about the loads, a panel for each window.
struct Over<'a, 'b> {
    loads: &'b [Load<'a, Run>],
    /// What the horizontal axis is.
    name: &'static str,
    of: fn(&Shape) -> f64,
    data: &'a Data,
}

pub(crate) fn clients(data: &Data) -> Vec<Plot> {
    let loads = loads(data, "clients", "loopback");
    let over = Over { loads: &loads, name: "clients", of: |shape| shape.clients as f64, data };
    let speed = grid(
        "throughput-clients.svg",
        "Deliveries per second, one talker",
        QUARTILES,
        &[over.row(&SPEED, 300.0)],
    );
    speed
        .into_iter()
        .chain(over.cost("cpu-clients.svg", "What a delivery costs, one talker"))
        .collect()
}

pub(crate) fn talkers(data: &Data) -> Vec<Plot> {
    let loads = loads(data, "talkers", "loopback");
    let over = Over { loads: &loads, name: "talkers", of: |shape| shape.talkers as f64, data };
    over.cost("cpu-talkers.svg", "What a delivery costs, several talkers").into_iter().collect()
}

pub(crate) fn sizes(data: &Data) -> Vec<Plot> {
    let loads = loads(data, "sizes", "loopback");
    let of = |shape: &Shape| shape.size as f64;
    let over = Over { loads: &loads, name: "bytes of a message", of, data };
    over.cost("cpu-sizes.svg", "What a delivery costs, by size").into_iter().collect()
}

/// Deliveries that are offered each second.
fn offered(shape: &Shape) -> f64 {
    (shape.rate as usize * shape.clients) as f64
}

pub(crate) fn load(data: &Data) -> Vec<Plot> {
    let loads = loads(data, "load", "loopback");
    let panel = |measure: &'static Measure<Run>| {
        let all: Vec<&Load<'_, Run>> = loads.iter().collect();
        let curves = curves(data, &all, measure, offered);
        let x = Axis { name: "deliveries offered per second".to_owned(), kind: Kind::Plain };
        let y = Axis { name: measure.head.to_owned(), kind: Kind::Time };
        Panel { title: measure.name.to_owned(), x, y, curves }
    };
    let rows = [PanelRow { height: 320.0, panels: vec![panel(&P50), panel(&P99)] }];
    let note = "Medians with quartiles, over loopback. A ring around a point: saturated, less than \
        95% of what is offered is delivered.";
    grid("latency-load.svg", "Latency over load", note, &rows).into_iter().collect()
}

impl Over<'_, '_> {
    /// Processor time, and what it is not told without.
    fn cost(&self, file: &str, title: &str) -> Option<Plot> {
        let rows = [self.row(&CPU, 300.0), self.row(&K, 150.0), self.row(&P50, 200.0)];
        grid(file, title, QUARTILES, &rows)
    }

    fn row(&self, measure: &'static Measure<Run>, height: f64) -> PanelRow {
        let window = |load: &Load<'_, Run>| load.shape.as_ref().map_or(0, |shape| shape.window);
        let mut windows: Vec<u64> = self.loads.iter().map(window).collect();
        windows.sort_unstable();
        windows.dedup();
        let panel = |of: u64| {
            let loads: Vec<_> = self.loads.iter().filter(|load| window(load) == of).collect();
            Panel {
                title: format!("{}, window {}", measure.name, count(of)),
                x: Axis { name: self.name.to_owned(), kind: Kind::Plain },
                y: Axis { name: measure.head.to_owned(), kind: measure.kind },
                curves: curves(self.data, &loads, measure, self.of),
            }
        };
        PanelRow { height, panels: windows.into_iter().map(panel).collect() }
    }
}

/// One for each contender that has this figure.
fn curves(
    data: &Data,
    loads: &[&Load<'_, Run>],
    measure: &Measure<Run>,
    of: fn(&Shape) -> f64,
) -> Vec<Curve> {
    let curve = |contender: &str| {
        let point = |load: &&Load<'_, Run>| {
            let (line, shape) = (load.line(contender)?, load.shape.as_ref()?);
            Some(Point { x: of(shape), y: line.spread(measure)?, is_ringed: !keeps_up(line) })
        };
        let mut points: Vec<Point> = loads.iter().filter_map(point).collect();
        points.sort_by(|one, other| one.x.total_cmp(&other.x));
        let label = label(data, contender, loads);
        Curve { contender: contender.to_owned(), label, points }
    };
    let curves = contenders(loads).into_iter().map(curve);
    curves.filter(|curve| !curve.points.is_empty()).collect()
}

/// Its name with its class, and whether anything was reordered.
fn label(data: &Data, contender: &str, loads: &[&Load<'_, Run>]) -> String {
    let line = |load: &&Load<'_, Run>| Some(load.line(contender)?.name.contains("reordered"));
    let name = data.name(contender);
    match loads.iter().filter_map(line).any(|is_reordered| is_reordered) {
        true if name.ends_with(')') => format!("{}; reordered)", name.trim_end_matches(')')),
        true => format!("{name} (reordered)"),
        false => name,
    }
}

/// The subject and the floor, and the others by name.
fn contenders<'a>(loads: &[&Load<'a, Run>]) -> Vec<&'a str> {
    let lines = loads.iter().flat_map(|load| &load.lines);
    let mut names: Vec<&str> = lines.map(|line| line.contender).collect();
    sort(&mut names);
    names
}

fn sort(names: &mut Vec<&str>) {
    names.sort_unstable_by_key(|name| (*name != SUBJECT, *name != FLOOR, *name));
    names.dedup();
}
