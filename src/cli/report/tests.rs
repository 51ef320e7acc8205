use pollcast::Stats;

use super::line;

/// The fields of `Stats`, as its `Debug` form names them.
#[test]
fn every_counter_stands_in_the_summary() {
    let stats = Stats::default();
    let summary = line(&stats, 0);
    let debug = format!("{stats:#?}");
    let fields: Vec<&str> = debug
        .lines()
        .filter_map(|line| line.trim().split_once(':'))
        .map(|(name, _)| name)
        .collect();
    assert!(fields.len() > 10, "{debug}");
    for field in fields {
        assert!(summary.contains(&format!(" {field}=")), "{field} is missing in {summary}");
    }
}
