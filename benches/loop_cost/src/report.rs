//! The figures, for people and for programs.

use std::fmt::Write;

use crate::measure::{CLIENTS, Figures};
use crate::workload::ALL;

const TAKES_ALL: &str = "a string takes everything";

/// What happens, and the times.
pub(crate) fn markdown(figures: &[Figures], rounds: usize) -> String {
    let mut text = String::new();
    for workload in ALL {
        writeln!(text, "- **{}**: {}.", workload.name, workload.about).expect(TAKES_ALL);
    }
    let allocations: u64 = figures.iter().map(|figures| figures.allocations).sum();
    writeln!(text, "\nNanoseconds for each delivery, median of {rounds} rounds:\n")
        .expect(TAKES_ALL);
    text += &table(figures, |figures| format!("{:.1}", figures.per_delivery));
    text += "\nNanoseconds for each message, delivered to all:\n\n";
    text += &table(figures, |figures| format!("{:.0}", figures.per_message));
    writeln!(text, "\nAllocations in all that: {allocations}.").expect(TAKES_ALL);
    text
}

/// One line for each workload and number of clients.
pub(crate) fn csv(figures: &[Figures]) -> String {
    let mut text =
        "workload,clients,messages,writes,ns_per_delivery,ns_per_message,allocations\n".to_owned();
    for figures in figures {
        let Figures { workload, clients, messages, writes, allocations, .. } = figures;
        let (per_delivery, per_message) = (figures.per_delivery, figures.per_message);
        writeln!(
            text,
            "{},{clients},{messages},{writes},{per_delivery:.2},{per_message:.1},{allocations}",
            workload.name
        )
        .expect(TAKES_ALL);
    }
    text
}

fn table(figures: &[Figures], cell: impl Fn(&Figures) -> String) -> String {
    let mut text = "| clients |".to_owned();
    for clients in CLIENTS {
        write!(text, " {clients} |").expect(TAKES_ALL);
    }
    text += "\n|---|--:|--:|--:|--:|--:|\n";
    for workload in ALL {
        write!(text, "| {} |", workload.name).expect(TAKES_ALL);
        for clients in CLIENTS {
            let is_it =
                |figures: &&Figures| figures.workload == workload && figures.clients == clients;
            let cell = figures.iter().find(is_it).map_or_else(String::new, &cell);
            write!(text, " {cell} |").expect(TAKES_ALL);
        }
        text += "\n";
    }
    text
}
