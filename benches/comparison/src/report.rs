//! The report: README.md and plots, made of the raw data of a folder and of nothing else.

use std::fs;

use crate::record::{Folder, Run};

mod data;
mod document;
mod load;
mod measure;
mod number;
mod plot;
mod plots;
mod promises;
mod ranking;
mod sections;
mod series;
mod shape;
mod table;
mod verdict;

pub(crate) use verdict::Verdict;

/// Writes it into the folder of the raw data.
pub(crate) fn write(folder: &Folder) -> Result<(), String> {
    let data = data::Data::read(folder)?;
    let document = document::Document::new(&data);
    let files = [("README.md".to_owned(), document.text)];
    for (name, text) in files.into_iter().chain(document.plots) {
        let path = folder.path().join(name);
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// What `Missing::shape` is for a load, if the report is to find it again.
pub(crate) fn shape_words(run: &Run) -> String {
    shape::Shape::of(run).words()
}

/// The main table of a measurement, for a terminal.
pub(crate) fn print_main_table(folder: &Folder) -> Result<String, String> {
    document::main_table(&data::Data::read(folder)?)
}

/// How good the measurement is.
pub(crate) fn verdict(folder: &Folder) -> Result<Verdict, String> {
    Ok(Verdict::of(&data::Data::read(folder)?))
}

#[cfg(test)]
mod synthetic;
#[cfg(test)]
mod tests;
