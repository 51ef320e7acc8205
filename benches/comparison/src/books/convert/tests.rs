use super::trace;

/// Of the Go peer: two come, one says two bytes, and ends its stream.
const EXCERPT: &str = include_str!("../strace/excerpt.txt");

fn converted() -> Vec<String> {
    let text = trace("go", EXCERPT).expect("it listens");
    let lines = text.strip_prefix("[\n").and_then(|rest| rest.strip_suffix("\n]\n"));
    lines.expect("an array").split(",\n").map(str::to_owned).collect()
}

fn lines_with(parts: &[&str]) -> Vec<String> {
    let has_all = |line: &String| parts.iter().all(|part| line.contains(part));
    converted().into_iter().filter(has_all).collect()
}

#[test]
fn each_line_is_an_event_and_the_first_names_the_server() {
    let lines = converted();
    let first = r#"{"name":"process_name","ph":"M","pid":2,"tid":0,"args":{"name":"go"}}"#;
    assert_eq!(lines[0], first);
    for line in lines {
        assert!(line.starts_with(r#"{"name":""#) && line.ends_with("}}"), "{line}");
        assert_eq!(line.matches('{').count(), line.matches('}').count(), "{line}");
    }
}

#[test]
fn clients_are_numbered_in_the_order_of_accepting_and_have_lanes() {
    let accepted = lines_with(&[r#""name":"accept""#, r#""from":"127.0.0.1:"#]);
    assert_eq!(accepted.len(), 2, "{accepted:#?}");
    assert!(accepted[0].contains(r#""tid":0,"#) && accepted[0].contains(r#""listener":0"#));
    for lane in 1..=2 {
        let named = format!(r#""tid":{lane},"args":{{"name":"client {}"}}"#, lane - 1);
        assert_eq!(lines_with(&[r#""name":"thread_name""#, &named]).len(), 1, "{named}");
    }
    assert_eq!(lines_with(&[r#""name":"add""#, r#""writable":true"#]).len(), 2);
}

#[test]
fn what_is_read_and_written_says_how_much_and_by_which_thread_and_call() {
    let read = lines_with(&[r#""name":"read""#, r#""room":1024,"bytes":2"#, r#""client":0"#]);
    assert_eq!(read.len(), 1, "{read:#?}");
    assert!(read[0].contains(r#""tid":1,"#) && read[0].contains(r#""syscall":"read","thread":"#));
    for client in ["0", "1"] {
        let client = format!(r#""client":{client},"slices":1,"offered":2,"bytes":2"#);
        assert_eq!(lines_with(&[r#""name":"write""#, &client]).len(), 1, "{client}");
    }
    assert!(!lines_with(&[r#""name":"read""#, r#""errno":"EAGAIN""#]).is_empty());
}

#[test]
fn waits_tell_for_whom_they_ended_and_waits_for_threads_are_waits_too() {
    let waits = lines_with(&[r#""name":"wait""#, r#""events":["listener 0"]"#]);
    assert!(!waits.is_empty());
    assert!(!lines_with(&[r#""events":["0 in out"]"#]).is_empty());
    assert!(!lines_with(&[r#""events":["0 in out more"]"#]).is_empty(), "an end of a stream");
    let futex =
        lines_with(&[r#""name":"wait""#, r#""timeout":null,"events":[],"syscall":"futex""#]);
    assert!(!futex.is_empty());
}

#[test]
fn who_closes_is_counted_out_and_no_contents_are_told() {
    let counts = lines_with(&[r#""name":"clients","ph":"C""#]);
    let counts: Vec<_> =
        counts.iter().map(|line| line.rsplit_once(':').expect("a count").1).collect();
    assert_eq!(counts, ["1}}", "2}}", "1}}"]);
    assert!(!converted().iter().any(|line| line.contains("\\x")));
}

#[test]
fn a_text_in_which_nothing_listens_is_an_error() {
    assert!(trace("go", "7 1.000000000 brk(NULL) = 0 <0.000000001>\n").is_err());
}
