//! Plots as SVG: panels with axes, curves with quartiles and labels, and a legend.

mod panel;
pub(crate) mod scale;
pub(crate) mod style;
pub(crate) mod svg;

pub(crate) use panel::{Axis, Curve, Panel, Point};
use style::Style;
use svg::{Anchor, Svg};

/// One picture, and the file it goes to.
#[derive(Debug, Clone)]
pub(crate) struct Plot {
    pub(crate) title: String,
    pub(crate) file: String,
    pub(crate) svg: String,
}

/// A part of the canvas.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Area {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Area {
    pub(crate) fn right(&self) -> f64 {
        self.left + self.width
    }

    pub(crate) fn bottom(&self) -> f64 {
        self.top + self.height
    }
}

/// A row of panels, and how high their frames are.
#[derive(Debug)]
pub(crate) struct PanelRow {
    pub(crate) height: f64,
    pub(crate) panels: Vec<Panel>,
}

/// Around a title, a frame with its ticks and labels, and a legend.
const TITLE: f64 = 58.0;
const LEFT: f64 = 78.0;
const ABOVE: f64 = 30.0;
const BELOW: f64 = 52.0;
const WIDTH: f64 = 340.0;
/// For labels at the ends of curves.
pub(crate) const LABELS: f64 = 112.0;
const LEGEND_LINE: f64 = 20.0;

/// Rows without any point are left out; nothing if all are.
pub(crate) fn grid(file: &str, title: &str, note: &str, rows: &[PanelRow]) -> Option<Plot> {
    let rows: Vec<&PanelRow> = rows.iter().filter(|row| row.has_points()).collect();
    let columns = rows.iter().map(|row| row.panels.len()).max()? as f64;
    let width = (columns * (LEFT + WIDTH + LABELS) + 16.0).max(620.0);
    let frames: f64 = rows.iter().map(|row| ABOVE + row.height + BELOW).sum();
    let names = names(&rows);
    let legend = legend_places(&names, width);
    let lines = legend.last().map_or(0.0, |(_, line)| *line as f64 + 1.0);
    let mut svg = Svg::new(width, TITLE + frames + lines * LEGEND_LINE + 16.0, title, note);
    let mut top = TITLE;
    for row in rows {
        for (column, panel) in row.panels.iter().enumerate() {
            let left = column as f64 * (LEFT + WIDTH + LABELS) + LEFT;
            let area = Area { left, top: top + ABOVE, width: WIDTH, height: row.height };
            panel.draw(&mut svg, area);
        }
        top += ABOVE + row.height + BELOW;
    }
    for ((contender, label), (left, line)) in names.iter().zip(legend) {
        legend_entry(&mut svg, contender, label, left, top + (line as f64 + 0.5) * LEGEND_LINE);
    }
    Some(Plot { title: title.to_owned(), file: file.to_owned(), svg: svg.finish() })
}

impl PanelRow {
    fn has_points(&self) -> bool {
        let mut curves = self.panels.iter().flat_map(|panel| &panel.curves);
        curves.any(|curve| !curve.points.is_empty())
    }
}

/// Each contender that is in any panel, and its label.
fn names<'a>(rows: &[&'a PanelRow]) -> Vec<(&'a str, &'a str)> {
    let curves = rows.iter().flat_map(|row| &row.panels).flat_map(|panel| &panel.curves);
    let mut names: Vec<(&str, &str)> = Vec::new();
    for curve in curves {
        if !names.iter().any(|(contender, _)| *contender == curve.contender) {
            names.push((&curve.contender, &curve.label));
        }
    }
    names
}

/// Left end and line of each entry.
fn legend_places(names: &[(&str, &str)], width: f64) -> Vec<(f64, usize)> {
    let (mut left, mut line) = (24.0, 0);
    let place = |(_, label): &(&str, &str)| {
        let entry = 46.0 + svg::width(label, 12.0);
        if left + entry > width - 12.0 {
            (left, line) = (24.0, line + 1);
        }
        let place = (left, line);
        left += entry;
        place
    };
    names.iter().map(place).collect()
}

fn legend_entry(svg: &mut Svg, contender: &str, label: &str, left: f64, middle: f64) {
    let style = Style::of(contender);
    svg.path(&[(left, middle), (left + 24.0, middle)], &style, style.width);
    svg.marker(&style, (left + 12.0, middle));
    svg.text((left + 30.0, middle + 4.0), 12.0, Anchor::Start, style::INK, label);
}

#[cfg(test)]
pub(crate) mod tests;
