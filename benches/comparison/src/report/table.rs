//! A Markdown table, and the columns of contenders side by side.

use crate::report::load::{Line, Load};
use crate::report::measure::Measure;
use crate::report::series::Alternated;

#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(head: &[&str]) -> Self {
        let head = head.iter().map(|text| (*text).to_owned()).collect();
        Self { head, rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// Of who has no figure.
    pub(crate) fn reason(&mut self, name: &str, reason: &str) {
        self.row(vec![name.to_owned(), format!("no figure: {reason}")]);
    }

    /// Of text, which is not set to the right.
    pub(crate) fn left(&self) -> String {
        self.markdown().replacen(RIGHT, LEFT, self.head.len())
    }

    pub(crate) fn markdown(&self) -> String {
        let line = |cells: &[String]| {
            let empty = String::new();
            let cells = (0..self.head.len()).map(|place| cells.get(place).unwrap_or(&empty));
            let cells = cells.map(|cell| cell.replace('|', "\\|").replace('\n', " "));
            format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
        };
        let align = |place| if place == 0 { LEFT } else { RIGHT };
        let alignment: String = (0..self.head.len()).map(align).collect();
        let rows: String = self.rows.iter().map(|row| line(row)).collect();
        format!("{}|{alignment}\n{rows}", line(&self.head))
    }
}

const LEFT: &str = "---|";
const RIGHT: &str = "--:|";

/// What stands in a column, for each contender.
#[derive(Debug)]
pub(crate) enum Column<R: 'static> {
    /// A median with its quartiles.
    Figure(&'static Measure<R>),
    /// The same in bold, if another figure is above a limit.
    Bold(&'static Measure<R>, &'static Measure<R>, f64),
    /// A median alone.
    Median(&'static Measure<R>),
    /// What it is of the subject.
    Ratio(&'static Measure<R>),
    /// Each to itself.
    Control(&'static Measure<R>),
    /// A median, and a word if it is below a limit.
    AtLeast(&'static Measure<R>, f64, &'static str),
    /// Two processors' shares in one column.
    Busy(&'static Measure<R>, &'static Measure<R>),
    Runs,
}

/// A generator that is as busy as this may be what sets the pace.
const BUSY: f64 = 0.9;

/// Whether it may have been the generator, of which this is the share that was busy.
pub(crate) fn may_be_the_generators<R: Alternated>(
    line: &Line<'_, R>,
    generator: &Measure<R>,
) -> bool {
    line.spread(generator).is_some_and(|spread| spread.median >= BUSY)
}

/// The columns that every absolute time stands in: beside its ratio.
pub(crate) const RATIO: &str = "÷ pollcast";

impl<R: Alternated> Column<R> {
    fn head(&self) -> &str {
        match self {
            Self::Figure(measure)
            | Self::Bold(measure, ..)
            | Self::Median(measure)
            | Self::AtLeast(measure, ..) => measure.head,
            Self::Ratio(_) => RATIO,
            Self::Control(_) => "÷ itself, each",
            Self::Busy(..) => "server, generator busy",
            Self::Runs => "runs",
        }
    }

    fn cell(&self, line: &Line<'_, R>) -> String {
        match self {
            Self::Figure(measure) => figure(line, measure),
            Self::Bold(measure, other, limit) => {
                let is_above = line.spread(other).is_some_and(|spread| spread.median > *limit);
                let mark = if is_above { "**" } else { "" };
                format!("{mark}{}{mark}", figure(line, measure))
            }
            Self::Median(measure) => median(line, measure),
            Self::Ratio(measure) => line.standing(measure).show(),
            Self::Control(measure) => line.standing(measure).controls(),
            Self::AtLeast(measure, limit, word) => match line.spread(measure) {
                Some(spread) if spread.median < *limit => {
                    format!("**{word}**: {}", measure.kind.show(spread.median))
                }
                _ => median(line, measure),
            },
            Self::Busy(server, generator) => {
                let mark = if may_be_the_generators(line, generator) { "**" } else { "" };
                format!("{}, {mark}{}{mark}", median(line, server), median(line, generator))
            }
            Self::Runs => line.runs().to_string(),
        }
    }
}

fn figure<R: Alternated>(line: &Line<'_, R>, measure: &Measure<R>) -> String {
    let spread = line.spread(measure);
    spread.map_or_else(|| "–".to_owned(), |spread| measure.kind.spread(spread))
}

fn median<R: Alternated>(line: &Line<'_, R>, measure: &Measure<R>) -> String {
    let spread = line.spread(measure);
    spread.map_or_else(|| "–".to_owned(), |spread| measure.kind.show(spread.median))
}

/// All contenders of a load, and below them who has no figure.
pub(crate) fn side_by_side<R: Alternated>(load: &Load<'_, R>, columns: &[Column<R>]) -> Table {
    let mut head = vec!["contender"];
    head.extend(columns.iter().map(Column::head));
    let mut table = Table::new(&head);
    for line in &load.lines {
        let mut cells = vec![line.name.clone()];
        cells.extend(columns.iter().map(|column| column.cell(line)));
        table.row(cells);
    }
    for (name, reason) in &load.missing {
        table.reason(name, reason);
    }
    table
}
