//! Who was compared, what has no figure, and on which machine.

use super::Section;
use crate::report::data::{Data, FLOOR};
use crate::report::table::Table;

pub(crate) fn compared(data: &Data) -> Option<Section> {
    if data.entrants.is_empty() {
        return None;
    }
    let mut table = Table::new(&["contender", "what it is", "class", "echoes", "version"]);
    for entrant in &data.entrants {
        let echoes = if entrant.echoes { "yes" } else { "no" }.to_owned();
        let cells = [&entrant.contender, &entrant.design, &entrant.class];
        let mut cells: Vec<String> = cells.map(String::clone).to_vec();
        cells.extend([echoes, entrant.version.clone()]);
        table.row(cells);
    }
    let is_floor = data.entrants.iter().any(|entrant| entrant.contender == FLOOR);
    let floor = "`floor` is no server to pick: it is the least that can be done. It is shown, and \
        never ranked.\n";
    let text = format!(
        "{}\nClasses: *one log*: all receivers see the same sequence of bytes; *order*: each \
         sender's bytes in order, which may mix differently at each receiver; *bytes*: nothing is \
         lost, and nothing else is promised. Who promises less may do less: the class stands \
         behind the name wherever it is not one log, and so do deliveries that came out of \
         order. Who does not echo delivers to all but the sender.\n{}",
        table.left(),
        if is_floor { floor } else { "" }
    );
    Some(Section { title: "Who was compared".to_owned(), text, ..Section::default() })
}

pub(crate) fn missing(data: &Data) -> Option<Section> {
    if data.missing.is_empty() {
        return None;
    }
    let mut table = Table::new(&["contender", "scenario", "load", "why"]);
    for row in &data.missing {
        let shape = if row.shape.is_empty() { "all" } else { &row.shape };
        let cells = [&data.name(&row.contender), &row.scenario, shape, &row.reason];
        table.row(cells.map(str::to_owned).to_vec());
    }
    let text = format!("{}\n", table.left());
    Some(Section { title: "What has no figure".to_owned(), text, ..Section::default() })
}

pub(crate) fn machine(data: &Data) -> Option<Section> {
    if data.facts.is_empty() && data.entrants.is_empty() {
        return None;
    }
    let mut text = String::new();
    if !data.facts.is_empty() {
        let mut table = Table::new(&["", "as it was"]);
        for fact in &data.facts {
            table.row(vec![fact.name.clone(), fact.text.clone()]);
        }
        text += &format!("{}\n", table.left());
    }
    if !data.entrants.is_empty() {
        let mut table = Table::new(&["contender", "command", "version"]);
        for entrant in &data.entrants {
            let command = format!("`{}`", entrant.command);
            table.row(vec![entrant.contender.clone(), command, entrant.version.clone()]);
        }
        text += &format!("{}\n", table.left());
    }
    Some(Section { title: "Machine and versions".to_owned(), text, ..Section::default() })
}
