use std::fs;

use super::{Churn, Fact, Folder, Run};

#[test]
fn what_was_added_in_parts_is_read_back_whole() {
    let path = std::env::temp_dir().join(format!("comparison-record-{}", std::process::id()));
    let folder = Folder::create(&path).expect("it can be made");
    let run = |place| Run { scenario: "talkers".into(), place, ..Run::default() };
    folder.add(&[run(0), Run { segments: Some(7), ..run(1) }]).expect("it can be written");
    folder.add(&[run(2)]).expect("it can be written");
    folder.add(&[Fact { name: "date".into(), text: "a, \"b\"\nc".into() }]).expect("written");
    let runs: Vec<Run> = folder.rows().expect("it can be read");
    assert_eq!(runs, [run(0), Run { segments: Some(7), ..run(1) }, run(2)]);
    assert_eq!(folder.rows::<Fact>().expect("it can be read")[0].text, "a, \"b\"\nc");
    assert_eq!(folder.rows::<Churn>().expect("it can be read"), []);
    let churn = Churn { connections: 9, ..Churn::default() };
    folder.add::<Churn>(&[]).expect("nothing to write");
    folder.add(std::slice::from_ref(&churn)).expect("it can be written");
    assert_eq!(folder.rows::<Churn>().expect("it can be read"), [churn]);
    let again = Folder::create(&path).expect("it is there");
    assert_eq!(again.rows::<Run>().expect("it can be read"), [], "of an earlier measurement");
    fs::remove_dir_all(&path).expect("it is there");
}
