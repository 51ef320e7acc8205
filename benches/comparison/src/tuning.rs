//! Variants of pollcast against pollcast: what a decision costs, or saves.

use std::fs;

use crate::comparison::Comparison;
use crate::contender::Contender;
use crate::link::Link;
use crate::load::Load;
use crate::measure::Shape;
use crate::placement::Placement;

/// Milliseconds of a run.
const BRIEF: u64 = 100;

/// Options that make another server of the same program.
const OPTIONS: [(&str, &[&str]); 4] = [
    ("interest-once", &["--interest", "once"]),
    ("linger-1ms", &["--linger", "1ms"]),
    ("linger-5ms", &["--linger", "5ms"]),
    ("linger-20ms", &["--linger", "20ms"]),
];

pub(crate) fn measure(comparison: &Comparison) -> Result<(), String> {
    let place = comparison.place(Link::Loopback, Placement::Apart);
    let effort = comparison.arguments.effort(BRIEF);
    for variant in variants(comparison)? {
        comparison.add(&[variant.entrant()])?;
        for shape in shapes() {
            comparison.series("tuning", &place, &shape, &variant, effort)?;
        }
    }
    Ok(())
}

/// One talks; ten talk; ten talk much; messages are large; ten talk on schedule.
fn shapes() -> [Shape; 5] {
    let closed = |talkers, size, window| Shape::closed(100, talkers, size, window);
    let paced = Shape { load: Load::Rate(5_000), ..closed(10, 64, 1) };
    [closed(1, 64, 1), closed(10, 64, 1), closed(10, 64, 16), closed(1, 16 << 10, 16), paced]
}

/// The options, and the programs in the folder of variants.
fn variants(comparison: &Comparison) -> Result<Vec<Contender>, String> {
    let pollcast = comparison.pollcast();
    let options = OPTIONS.map(|(name, words)| pollcast.clone().with(words).named(name));
    let mut all = options.to_vec();
    let folder = &comparison.arguments.variants;
    let failed = |error| format!("{}: {error}: .ci/tuning --build-only", folder.display());
    let mut programs = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        programs.push(entry.map_err(failed)?.path());
    }
    programs.sort();
    for program in programs {
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        all.push(Contender { program, ..pollcast.clone().named(&name) });
    }
    let only = &comparison.arguments.only;
    all.retain(|variant| only.is_empty() || only.contains(&variant.name));
    Ok(all)
}
