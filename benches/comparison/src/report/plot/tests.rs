use super::panel::apart;
use super::{Axis, Curve, Panel, PanelRow, Point, grid};
use crate::report::number::Kind;
use crate::spread::Spread;

/// Names of elements that are open; an error where they do not close as they should.
pub(crate) fn well_formed(svg: &str) -> Result<usize, String> {
    let (mut open, mut elements, mut rest) = (Vec::new(), 0, svg);
    while let Some((text, after)) = rest.split_once('<') {
        if text.contains('>') || text.replace("&amp;", "").replace("&lt;", "").contains("& ") {
            return Err(format!("not escaped: {text}"));
        }
        let (tag, after) = after.split_once('>').ok_or("a tag does not end")?;
        rest = after;
        elements += 1;
        let name =
            tag.trim_end_matches('/').split_whitespace().next().ok_or("a tag has no name")?;
        if tag.matches('"').count() % 2 == 1 {
            return Err(format!("quotes of {tag}"));
        }
        match name.strip_prefix('/') {
            Some(name) if open.pop() == Some(name) => {}
            Some(name) => return Err(format!("{name} was not open")),
            None if tag.ends_with('/') => {}
            None => open.push(name),
        }
    }
    if open.is_empty() { Ok(elements) } else { Err(format!("{open:?} are still open")) }
}

fn panel(curves: Vec<Curve>) -> Vec<PanelRow> {
    let axis = || Axis { name: "a < b & \"c\"".into(), kind: Kind::Plain };
    let panels = vec![Panel { title: "<it>".into(), x: axis(), y: axis(), curves }];
    vec![PanelRow { height: 100.0, panels }]
}

fn curve(contender: &str, points: &[(f64, f64)]) -> Curve {
    let point = |(x, y): &(f64, f64)| {
        let y = Spread { low: y / 2.0, median: *y, high: y * 2.0 };
        Point { x: *x, y, is_ringed: false }
    };
    let points = points.iter().map(point).collect();
    Curve { contender: contender.into(), label: format!("{contender} (bytes)"), points }
}

#[test]
fn what_is_drawn_is_well_formed_whatever_it_says() {
    let curves = vec![curve("pollcast", &[(1.0, 2.0), (10.0, 0.0)]), curve("other & co", &[])];
    let plot = grid("it.svg", "A < B & C", "", &panel(curves)).expect("there are points");
    assert!(well_formed(&plot.svg).expect("well formed") > 20);
    assert!(plot.svg.contains("A &lt; B &amp; C") && !plot.svg.contains("NaN"));
    assert!(well_formed("<a><b></a>").is_err() && well_formed("<a>").is_err());
}

#[test]
fn a_curve_has_its_label_and_its_entry_in_the_legend() {
    let plot = grid("it.svg", "It", "", &panel(vec![curve("redis", &[(1.0, 2.0)])]));
    let svg = plot.expect("there is a point").svg;
    assert!(svg.contains(">redis</text>") && svg.contains(">redis (bytes)</text>"));
}

#[test]
fn a_tick_where_something_was_measured_has_all_its_digits() {
    let points = [(16.0, 1.0), (4_096.0, 1.0), (65_536.0, 1.0)];
    let plot = grid("it.svg", "It", "", &panel(vec![curve("redis", &points)]));
    let svg = plot.expect("there are points").svg;
    assert!([">16<", ">4,096<", ">65,536<"].into_iter().all(|tick| svg.contains(tick)), "{svg}");
}

#[test]
fn nothing_is_not_drawn() {
    assert!(grid("it.svg", "It", "", &panel(vec![curve("redis", &[])])).is_none());
}

#[test]
fn labels_do_not_hide_each_other() {
    let places = apart(&[5.0, 5.0, 6.0, 50.0, 99.0, 99.0], 10.0, (0.0, 100.0));
    assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= 10.0 - 1e-9), "{places:?}");
    assert!(places[5] <= 100.0 && places[0] >= 0.0 && places[3] == 50.0, "{places:?}");
}
