//! What was asked for.

use std::path::PathBuf;
use std::time::Duration;

use lexopt::{Arg, Parser, ValueExt};

use crate::books;
use crate::measure::Times;
use crate::scenario::Scenario;
use crate::series::Effort;

pub(crate) const HELP: &str = "\
Compares pollcast with what a user might pick instead, and with the least that can be done.
.ci/compare builds all of them and runs this.

  comparison [OPTIONS]          measures, and writes raw data, plots and README.md
  comparison check [OPTIONS]    whether each keeps the order that it promises; no figures
  comparison tuning [OPTIONS]   variants of pollcast against pollcast
  comparison report FOLDER      makes the report of raw data that is there
  comparison ledger             counts system calls of four workloads: docs/LEDGER.md (.ci/ledger)
  comparison ledger write       writes the tables of that page from the raw data that are there
  comparison ledger check       whether that page says what the raw data say
  comparison ledger sample FOLDER      a small trace of the Go peer, for a browser
  comparison convert NAME STRACE TRACE a trace for a browser of what strace told of a server

  --quick             the main table alone, in under three minutes
  --scenario NAME     this question only; may be repeated
  --only NAME         this contender only, beside pollcast; may be repeated
  --rounds N          of four runs each; default 8, which is 16 pairs
  --milliseconds N    the timed part of a run; default 250
  --out FOLDER        where the results go; default target/comparison/results
  --pollcast PATH     default target/release/pollcast
  --peers FOLDER      where .ci/peers put the others; default target/peers
  --variants FOLDER   where .ci/tuning put variants of pollcast; default target/tuning/bin
  --note TEXT         a line about the programs or the machine; may be repeated
Exit status: 0; 1 if a figure is missing that could be there; 2 for wrong arguments; 3 if the ratio
of a table's main figure is inconclusive: a server differs from itself by more than 3%.
";

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Task {
    Help,
    Measure,
    Check,
    Tuning,
    Report(PathBuf),
    Books(books::Task),
}

/// What was asked for.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) task: Task,
    pub(crate) is_quick: bool,
    /// Empty: all of them.
    pub(crate) scenarios: Vec<Scenario>,
    pub(crate) only: Vec<String>,
    pub(crate) rounds: Option<usize>,
    pub(crate) milliseconds: Option<u64>,
    pub(crate) out: PathBuf,
    pub(crate) pollcast: PathBuf,
    pub(crate) peers: PathBuf,
    pub(crate) variants: PathBuf,
    pub(crate) notes: Vec<String>,
}

/// Rounds that make sixteen pairs.
const ROUNDS: usize = 8;

impl Arguments {
    /// # Errors
    /// One line that names what is wrong.
    pub(crate) fn parse(mut parser: Parser) -> Result<Self, lexopt::Error> {
        let mut all = Self {
            task: Task::Measure,
            is_quick: false,
            scenarios: Vec::new(),
            only: Vec::new(),
            rounds: None,
            milliseconds: None,
            out: "target/comparison/results".into(),
            pollcast: "target/release/pollcast".into(),
            peers: "target/peers".into(),
            variants: "target/tuning/bin".into(),
            notes: Vec::new(),
        };
        let mut is_first = true;
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Value(word) if is_first => all.task = Task::parse(&word, &mut parser)?,
                Arg::Short('h') | Arg::Long("help") => all.task = Task::Help,
                Arg::Long(name) => {
                    let name = name.to_owned();
                    all.take(&name, &mut parser)?;
                }
                other => return Err(other.unexpected()),
            }
            is_first = false;
        }
        Ok(all)
    }

    fn take(&mut self, name: &str, parser: &mut Parser) -> Result<(), lexopt::Error> {
        match name {
            "quick" => self.is_quick = true,
            "out" => self.out = parser.value()?.into(),
            "pollcast" => self.pollcast = parser.value()?.into(),
            "peers" => self.peers = parser.value()?.into(),
            "variants" => self.variants = parser.value()?.into(),
            "scenario" => self.scenarios.push(parser.value()?.parse_with(Scenario::parse)?),
            "only" => self.only.push(parser.value()?.string()?),
            "note" => self.notes.push(parser.value()?.string()?),
            "rounds" => self.rounds = Some(number(parser)? as usize),
            "milliseconds" => self.milliseconds = Some(number(parser)?),
            _ => return Err(format!("--{name} is not an option; see --help").into()),
        }
        Ok(())
    }

    /// How much is measured, for a question with so many milliseconds to a run.
    pub(crate) fn effort(&self, milliseconds: u64) -> Effort {
        let timed = Duration::from_millis(self.milliseconds.unwrap_or(milliseconds));
        let warm_up = (timed / 4).min(Duration::from_millis(50));
        Effort { rounds: self.rounds.unwrap_or(ROUNDS), times: Times { warm_up, timed } }
    }
}

impl Task {
    fn parse(word: &std::ffi::OsStr, parser: &mut Parser) -> Result<Self, lexopt::Error> {
        match word.to_str() {
            Some("check") => Ok(Self::Check),
            Some("tuning") => Ok(Self::Tuning),
            Some("report") => Ok(Self::Report(parser.value()?.into())),
            Some("ledger") => Ok(Self::Books(Self::ledger(parser)?)),
            Some("convert") => {
                let name = parser.value()?.string()?;
                let (from, to) = (parser.value()?.into(), parser.value()?.into());
                Ok(Self::Books(books::Task::Convert(name, from, to)))
            }
            _ => Err(format!("{word:?}: it takes check, tuning, report, ledger or convert").into()),
        }
    }
}

impl Task {
    fn ledger(parser: &mut Parser) -> Result<books::Task, lexopt::Error> {
        let next = parser.try_raw_args().and_then(|words| words.peek().map(ToOwned::to_owned));
        if next.is_none_or(|word| word.as_encoded_bytes().starts_with(b"-")) {
            return Ok(books::Task::Measure);
        }
        let word = parser.value()?;
        match word.to_str() {
            Some("write") => Ok(books::Task::Write),
            Some("check") => Ok(books::Task::Check),
            Some("sample") => Ok(books::Task::Sample(parser.value()?.into())),
            _ => Err(format!("{word:?}: a ledger takes write, check or sample").into()),
        }
    }
}

fn number(parser: &mut Parser) -> Result<u64, lexopt::Error> {
    parser.value()?.parse_with(|text| {
        let number = text.parse().ok().filter(|number| (1..=100_000).contains(number));
        number.ok_or("it takes a number from 1 to 100000")
    })
}
