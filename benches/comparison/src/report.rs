//! The report: README.md and plots, made of the raw data of a folder and of nothing else.

use crate::record::Folder;

/// Writes it into the folder of the raw data.
pub(crate) fn write(_folder: &Folder) -> Result<(), String> {
    Ok(())
}
