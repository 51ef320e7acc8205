//! What each contender looks like, in every plot.

pub(crate) const INK: &str = "#1f2328";
pub(crate) const MUTED: &str = "#59636e";
pub(crate) const GRID: &str = "#e6e8eb";

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Marker {
    Circle,
    Square,
    Up,
    Down,
    Diamond,
    Bar,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Style {
    pub(crate) colour: &'static str,
    pub(crate) marker: Marker,
    pub(crate) is_hollow: bool,
    pub(crate) is_dashed: bool,
    pub(crate) width: f64,
}

const fn solid(colour: &'static str, marker: Marker) -> Style {
    Style { colour, marker, is_hollow: false, is_dashed: false, width: 1.5 }
}

const fn hollow(colour: &'static str, marker: Marker) -> Style {
    Style { is_hollow: true, ..solid(colour, marker) }
}

const KNOWN: [(&str, Style); 13] = [
    ("pollcast", Style { width: 3.0, ..solid("#d1242f", Marker::Circle) }),
    ("floor", Style { is_dashed: true, ..solid("#6e7781", Marker::Bar) }),
    ("go", solid("#0a66c2", Marker::Square)),
    ("go-fixed", hollow("#2f9fe0", Marker::Square)),
    ("tokio", solid("#e07000", Marker::Up)),
    ("threads", solid("#7a4a21", Marker::Down)),
    ("mio-naive", solid("#c83fa0", Marker::Diamond)),
    ("select", hollow("#6f42c1", Marker::Down)),
    ("uring", hollow("#1a7f37", Marker::Diamond)),
    ("redis", hollow("#a67c00", Marker::Circle)),
    ("nats", solid("#0b7a75", Marker::Up)),
    ("mosquitto", hollow("#4453c4", Marker::Up)),
    ("ncat", solid("#24292f", Marker::Bar)),
];

/// For those who are not known.
const OTHERS: [Style; 6] = [
    hollow("#b35900", Marker::Square),
    solid("#5b8c00", Marker::Down),
    hollow("#8a3b8f", Marker::Circle),
    solid("#4f6d7a", Marker::Diamond),
    hollow("#b5476a", Marker::Up),
    solid("#3d5a3a", Marker::Square),
];

impl Style {
    pub(crate) fn of(contender: &str) -> Self {
        let known = KNOWN.iter().find(|(name, _)| *name == contender);
        let sum = contender.bytes().fold(0_usize, |sum, byte| sum * 31 % 9_973 + byte as usize);
        known.map_or(OTHERS[sum % OTHERS.len()], |(_, style)| *style)
    }
}

#[cfg(test)]
mod tests {
    use super::KNOWN;

    #[test]
    fn no_two_look_alike() {
        for (place, (name, style)) in KNOWN.iter().enumerate() {
            for (other, alike) in &KNOWN[place + 1..] {
                let same_marker =
                    (style.marker, style.is_hollow) == (alike.marker, alike.is_hollow);
                assert!(style.colour != alike.colour, "{name} and {other}");
                assert!(
                    !same_marker
                        || style.width != alike.width
                        || *other == "nats"
                        || *other == "ncat",
                    "{name} and {other}"
                );
            }
        }
    }
}
