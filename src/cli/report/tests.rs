use std::collections::BTreeMap;
use std::time::Duration;

use pollcast::Stats;

use super::Report;

fn report(stats: &Stats) -> Report<'_> {
    Report {
        stats,
        uptime: Duration::from_millis(1_500),
        clients: 7,
        memory: 4096,
        lines_dropped: 2,
        lines_suppressed: 3,
    }
}

/// The fields of `Stats`, as its `Debug` form names them.
#[test]
fn every_counter_stands_in_the_line_and_in_the_object_under_the_same_name() {
    let stats = Stats::default();
    let (line, json) = (report(&stats).line(), report(&stats).json());
    let debug = format!("{stats:#?}");
    let fields = debug.lines().filter_map(|line| line.trim().split_once(':'));
    let names: Vec<&str> = fields.map(|(name, _)| name).collect();
    assert!(names.len() > 30, "{debug}");
    for name in names {
        // These two hold others; of accept's errors the names are longer here.
        if name == "accept_errors" || name == "worst_waits" {
            continue;
        }
        assert!(line.contains(&format!("{name}=")), "{name} is missing in {line}");
        assert!(json.contains(&format!("{name}\":")), "{name} is missing in {json}");
    }
}

#[test]
fn the_object_is_json_and_says_what_the_line_says() {
    let stats = Stats::default();
    let object: BTreeMap<String, serde_json::Value> =
        serde_json::from_str(&report(&stats).json()).expect("JSON");
    let line = report(&stats).line();
    for field in line.split(' ') {
        let (name, value) = field.split_once('=').expect("a name and a value");
        let value: f64 = value.parse().expect("a number");
        assert_eq!(object[name].as_f64(), Some(value), "{name}");
    }
    assert_eq!(object["worst_waits"], serde_json::json!([]));
    assert_eq!(object.len(), line.split(' ').count() + 1, "and nothing else");
}

#[test]
fn times_and_quotients_have_all_their_places() {
    let mut stats = Stats::default();
    stats.writes = 7;
    stats.messages_out = 1_000;
    let mut report = report(&stats);
    report.uptime = Duration::new(61, 2_034_999);
    let line = report.line();
    assert!(line.starts_with("uptime=61.002034 "), "{line}");
    assert!(line.contains(" writes_per_message=0.0070 "), "{line}");
    let nothing = Stats::default();
    assert!(self::report(&nothing).line().contains(" writes_per_message=0.0000 "));
}
