//! Time in which the server was stopped is nobody's, again and again.

use std::time::Duration;

use pollcast::Config;

use crate::stage::{ms, patient, scene};

#[test]
fn one_who_is_full_keeps_its_time_over_a_stop_although_the_machine_slept_before() {
    let idle_timeout = Some(Duration::from_secs(3600));
    let mut scene = scene(Config { idle_timeout, ..patient(Duration::from_secs(1)) });
    let talker = scene.join_eager();
    let slow = scene.join_stalled();
    // Forgiven with a deadline that lies far ahead.
    scene.pass(Duration::from_secs(2 * 3600));
    assert_eq!(scene.server.client_count(), 2);
    scene.pass(ms(500));
    scene.fill(talker);
    scene.pass(ms(400));
    scene.pass(Duration::from_secs(10));
    assert_eq!(scene.reason(slow), None);
    scene.pass(ms(700));
    assert!(scene.reason(slow).is_some(), "what was left of its second is over");
}
