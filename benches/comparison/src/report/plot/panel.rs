//! A frame with axes, and curves in it.

use super::Area;
use super::scale::Scale;
use super::style::{GRID, MUTED, Style};
use super::svg::{Anchor, Svg};
use crate::report::number::{Kind, count};
use crate::spread::Spread;

/// Both axes are logarithmic.
#[derive(Debug)]
pub(crate) struct Panel {
    pub(crate) title: String,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) curves: Vec<Curve>,
}

#[derive(Debug, Clone)]
pub(crate) struct Axis {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) struct Curve {
    pub(crate) contender: String,
    /// The contender with its marks.
    pub(crate) label: String,
    pub(crate) points: Vec<Point>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: Spread,
    /// For a figure that comes with a caveat.
    pub(crate) is_ringed: bool,
}

/// So many figures on an axis have a tick each.
const FEW: usize = 7;
/// Between labels.
const LINE: f64 = 11.0;

impl Panel {
    pub(crate) fn draw(&self, svg: &mut Svg, area: Area) {
        let points = || self.curves.iter().flat_map(|curve| &curve.points);
        let x = Scale::log(points().map(|point| point.x), (area.left, area.right()));
        let ends = points().flat_map(|point| [point.y.low, point.y.median, point.y.high]);
        let y = Scale::log(ends, (area.bottom(), area.top));
        self.axes(svg, area, x, y);
        // The subject is drawn over the others.
        let mut curves: Vec<&Curve> = self.curves.iter().collect();
        curves.sort_by(|one, other| {
            let width = |curve: &Curve| Style::of(&curve.contender).width;
            width(one).total_cmp(&width(other))
        });
        for curve in curves {
            draw_curve(svg, curve, x, y);
        }
        self.labels(svg, area, x, y);
    }

    fn axes(&self, svg: &mut Svg, area: Area, x: Scale, y: Scale) {
        for tick in self.x_ticks(x) {
            let place = x.place(tick);
            svg.line((place, area.top), (place, area.bottom()), GRID, 1.0);
            let text = self.x.tick(tick);
            svg.text((place, area.bottom() + 15.0), 11.0, Anchor::Middle, MUTED, &text);
        }
        let ticks = match self.y.kind {
            Kind::Memory => y.powers_of_two(),
            _ => y.ticks(),
        };
        for tick in ticks {
            let place = y.place(tick);
            svg.line((area.left, place), (area.right(), place), GRID, 1.0);
            let text = self.y.kind.tick(tick);
            svg.text((area.left - 6.0, place + 4.0), 11.0, Anchor::End, MUTED, &text);
        }
        svg.frame(area);
        let middle = area.left + area.width / 2.0;
        svg.text((middle, area.bottom() + 32.0), 11.5, Anchor::Middle, MUTED, &self.x.name);
        svg.turned((area.left - 62.0, area.top + area.height / 2.0), 11.5, &self.y.name);
        svg.bold((area.left, area.top - 9.0), 12.5, &self.title);
    }

    /// Where something was measured, if that is in few places.
    fn x_ticks(&self, x: Scale) -> Vec<f64> {
        let points = self.curves.iter().flat_map(|curve| &curve.points);
        let mut measured: Vec<f64> = points.map(|point| point.x).collect();
        measured.sort_by(f64::total_cmp);
        measured.dedup();
        let near = |pair: &[f64]| x.place(pair[1]) - x.place(pair[0]) < 34.0;
        if measured.len() <= FEW && !measured.windows(2).any(near) { measured } else { x.ticks() }
    }

    /// At the end of each curve, moved until none hides another.
    fn labels(&self, svg: &mut Svg, area: Area, x: Scale, y: Scale) {
        let ends = self.curves.iter().filter_map(|curve| {
            let last = curve.points.last()?;
            Some((curve, (x.place(last.x), y.place(last.y.median))))
        });
        let mut ends: Vec<(&Curve, (f64, f64))> = ends.collect();
        ends.sort_by(|one, other| one.1.1.total_cmp(&other.1.1));
        let wanted: Vec<f64> = ends.iter().map(|(_, (_, y))| *y).collect();
        let places = apart(&wanted, LINE, (area.top + 2.0, area.bottom() + 14.0));
        for ((curve, (x, y)), place) in ends.iter().zip(places) {
            let style = Style::of(&curve.contender);
            let left = area.right() + 14.0;
            svg.pointer((x + 5.0, *y), (left - 2.0, place), style.colour);
            svg.text((left, place + 3.5), 10.5, Anchor::Start, style.colour, &curve.contender);
        }
    }
}

impl Axis {
    /// All digits of what was asked for, if they are few.
    fn tick(&self, figure: f64) -> String {
        let is_short = figure < 1e5 && (figure - figure.round()).abs() < 1e-9;
        match self.kind {
            Kind::Plain if is_short => count(figure.round() as u64),
            kind => kind.tick(figure),
        }
    }
}

fn draw_curve(svg: &mut Svg, curve: &Curve, x: Scale, y: Scale) {
    let style = Style::of(&curve.contender);
    let place = |point: &Point| (x.place(point.x), y.place(point.y.median));
    let path: Vec<(f64, f64)> = curve.points.iter().map(place).collect();
    svg.path(&path, &style, style.width);
    for point in &curve.points {
        let (middle, ends) =
            (x.place(point.x), [point.y.low, point.y.high].map(|end| y.place(end)));
        if ends[0] - ends[1] > 1.0 {
            svg.line((middle, ends[0]), (middle, ends[1]), style.colour, 1.2);
            for end in ends {
                svg.line((middle - 2.5, end), (middle + 2.5, end), style.colour, 1.2);
            }
        }
        if point.is_ringed {
            svg.ring(place(point), style.colour);
        }
        svg.marker(&style, place(point));
    }
}

/// Places at least this far apart, in the same order, as near as can be to what is wanted, and none
/// beyond the end unless there is no room.
pub(super) fn apart(wanted: &[f64], distance: f64, (start, end): (f64, f64)) -> Vec<f64> {
    let mut places = wanted.to_vec();
    // Each group that would overlap is spread around its middle.
    for _ in 0..places.len() {
        for place in 1..places.len() {
            let overlap = distance - (places[place] - places[place - 1]);
            if overlap > 0.01 {
                places[place] += overlap / 2.0;
                places[place - 1] -= overlap / 2.0;
            }
        }
    }
    // What little is left is pushed down from the start, and then up from the end.
    let mut limit = start;
    for place in &mut places {
        *place = place.max(limit);
        limit = *place + distance;
    }
    let mut limit = end;
    for place in places.iter_mut().rev() {
        *place = place.min(limit);
        limit = *place - distance;
    }
    places
}
