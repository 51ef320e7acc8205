//! The raw data: one number a row.

use std::path::Path;

use serde::{Deserialize, Serialize};

/// A number of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) server: String,
    pub(crate) workload: String,
    pub(crate) run: usize,
    /// `calls` and `household`: what returned. `failed with`, `of which`: how many of them. `told`:
    /// all else.
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) value: u64,
}

pub(crate) fn write(path: &Path, entries: &[Entry]) -> Result<(), String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let mut writer = csv::Writer::from_path(path).map_err(|error| failed(&error))?;
    for entry in entries {
        writer.serialize(entry).map_err(|error| failed(&error))?;
    }
    writer.flush().map_err(|error| failed(&error))
}

pub(crate) fn read(path: &Path) -> Result<Vec<Entry>, String> {
    let failed = |error: csv::Error| format!("{}: {error}", path.display());
    let mut reader = csv::Reader::from_path(path).map_err(failed)?;
    reader.deserialize().collect::<Result<_, _>>().map_err(failed)
}
