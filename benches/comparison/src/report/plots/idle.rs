//! Memory over idle clients.

use super::sort;
use crate::report::data::Data;
use crate::report::number::Kind;
use crate::report::plot::{Axis, Curve, Panel, PanelRow, Plot, Point, grid};
use crate::report::sections::idle::lines;
use crate::spread::Spread;

pub(crate) fn memory(data: &Data) -> Vec<Plot> {
    let lines = lines(data);
    let mut names: Vec<&str> = lines.iter().map(|line| line.contender).collect();
    sort(&mut names);
    let curve = |name: &str| {
        let rows = lines.iter().filter(|line| line.contender == name).flat_map(|line| &line.rows);
        // There is no zero on a logarithmic axis.
        let rows = rows.filter(|row| row.clients > 0);
        let point = |clients: usize, kib: u64| Point {
            x: clients as f64,
            y: Spread::of(&[kib as f64]),
            is_ringed: false,
        };
        let points = rows.map(|row| point(row.clients, row.memory_kib)).collect();
        Curve { contender: name.to_owned(), label: data.name(name), points }
    };
    let panel = Panel {
        title: "resident memory".to_owned(),
        x: Axis { name: "idle clients".to_owned(), kind: Kind::Plain },
        y: Axis { name: "resident memory".to_owned(), kind: Kind::Memory },
        curves: names.into_iter().map(curve).collect(),
    };
    let rows = [PanelRow { height: 340.0, panels: vec![panel] }];
    let note = "Of the process alone; both axes are logarithmic.";
    grid("memory-clients.svg", "Memory of idle clients", note, &rows).into_iter().collect()
}
