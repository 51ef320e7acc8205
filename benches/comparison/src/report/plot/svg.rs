//! SVG, as text.

use std::fmt::Write as _;

use super::style::{INK, MUTED, Marker, Style};

#[derive(Debug)]
pub(crate) struct Svg {
    text: String,
}

/// Which part of a text is at its place.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// How wide a text is, more or less.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * 0.56
}

impl Svg {
    /// White wherever it is shown, so that one set of colours does.
    pub(crate) fn new(width: f64, height: f64, title: &str, note: &str) -> Self {
        let mut svg = Self { text: String::new() };
        svg.add(&format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
             width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" \
             font-family=\"Helvetica, Arial, sans-serif\">"
        ));
        svg.add(&format!("<title>{}</title>", escaped(title)));
        svg.add(&format!(
            "<rect width=\"{width:.0}\" height=\"{height:.0}\" rx=\"10\" fill=\"#ffffff\"/>"
        ));
        svg.bold((20.0, 28.0), 16.0, title);
        svg.text((20.0, 46.0), 11.5, Anchor::Start, MUTED, note);
        svg
    }

    pub(crate) fn finish(mut self) -> String {
        self.add("</svg>");
        self.text
    }

    fn add(&mut self, element: &str) {
        self.text.push_str(element);
        self.text.push('\n');
    }

    pub(crate) fn text(
        &mut self,
        (x, y): (f64, f64),
        size: f64,
        anchor: Anchor,
        colour: &str,
        text: &str,
    ) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.add(&format!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" text-anchor=\"{anchor}\" \
             fill=\"{colour}\">{}</text>",
            escaped(text)
        ));
    }

    pub(crate) fn bold(&mut self, (x, y): (f64, f64), size: f64, text: &str) {
        self.add(&format!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" font-weight=\"bold\" \
             fill=\"{INK}\">{}</text>",
            escaped(text)
        ));
    }

    /// Beside a vertical axis.
    pub(crate) fn turned(&mut self, (x, y): (f64, f64), size: f64, text: &str) {
        self.add(&format!(
            "<text transform=\"translate({x:.1} {y:.1}) rotate(-90)\" font-size=\"{size}\" \
             text-anchor=\"middle\" fill=\"{MUTED}\">{}</text>",
            escaped(text)
        ));
    }

    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: &str, width: f64) {
        self.add(&format!(
            "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{colour}\" \
             stroke-width=\"{width}\"/>",
            from.0, from.1, to.0, to.1
        ));
    }

    /// From a point to its label.
    pub(crate) fn pointer(&mut self, from: (f64, f64), to: (f64, f64), colour: &str) {
        self.add(&format!(
            "<path d=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"0.7\" \
             stroke-dasharray=\"1 2\"/>",
            data(&[from, to])
        ));
    }

    pub(crate) fn path(&mut self, points: &[(f64, f64)], style: &Style, width: f64) {
        let dashes = if style.is_dashed { " stroke-dasharray=\"6 4\"" } else { "" };
        self.add(&format!(
            "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\" \
             stroke-linejoin=\"round\"{dashes}/>",
            data(points),
            style.colour
        ));
    }

    pub(crate) fn frame(&mut self, area: super::Area) {
        let super::Area { left, top, width, height } = area;
        self.add(&format!(
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" \
             fill=\"none\" stroke=\"#9a9a9a\"/>"
        ));
    }

    pub(crate) fn ring(&mut self, (x, y): (f64, f64), colour: &str) {
        self.add(&format!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"7\" fill=\"none\" stroke=\"{colour}\"/>"
        ));
    }

    pub(crate) fn marker(&mut self, style: &Style, (x, y): (f64, f64)) {
        let colour = style.colour;
        let fill = if style.is_hollow { "#ffffff" } else { colour };
        let paint = format!("fill=\"{fill}\" stroke=\"{colour}\" stroke-width=\"1.5\"");
        let shape = |corners: &[(f64, f64)]| {
            let corners: Vec<_> = corners.iter().map(|(dx, dy)| (x + dx, y + dy)).collect();
            format!("<path d=\"{}Z\" {paint}/>", data(&corners))
        };
        let element = match style.marker {
            Marker::Circle => format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.8\" {paint}/>"),
            Marker::Square => shape(&[(-3.4, -3.4), (3.4, -3.4), (3.4, 3.4), (-3.4, 3.4)]),
            Marker::Up => shape(&[(0.0, -4.4), (4.2, 3.2), (-4.2, 3.2)]),
            Marker::Down => shape(&[(0.0, 4.4), (4.2, -3.2), (-4.2, -3.2)]),
            Marker::Diamond => shape(&[(0.0, -4.8), (4.2, 0.0), (0.0, 4.8), (-4.2, 0.0)]),
            Marker::Bar => shape(&[(-4.4, -1.6), (4.4, -1.6), (4.4, 1.6), (-4.4, 1.6)]),
        };
        self.add(&element);
    }
}

fn data(points: &[(f64, f64)]) -> String {
    let mut data = String::new();
    for (place, (x, y)) in points.iter().enumerate() {
        let command = if place == 0 { 'M' } else { 'L' };
        let _ = write!(data, "{command}{x:.1} {y:.1}");
    }
    data
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
