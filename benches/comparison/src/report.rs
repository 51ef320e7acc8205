//! The report: README.md and plots, made of the raw data of a folder and of nothing else.

use crate::record::Folder;

/// Writes it into the folder of the raw data.
pub(crate) fn write(_folder: &Folder) -> Result<(), String> {
    Ok(())
}

pub(crate) fn main_table(_folder: &Folder) -> Result<String, String> {
    Ok(String::new())
}

pub(crate) struct Verdict {
    pub(crate) is_complete: bool,
    pub(crate) is_conclusive: bool,
}

pub(crate) fn verdict(_folder: &Folder) -> Result<Verdict, String> {
    Ok(Verdict { is_complete: true, is_conclusive: true })
}
