use super::*;

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[test]
fn a_burst_of_twenty_is_admitted_and_then_ten_a_second() {
    let mut throttle = Throttle::default();
    let at_once = (0..100).filter(|_| throttle.admits(ms(5_000))).count();
    assert_eq!((at_once, throttle.suppressed()), (20, 80));
    let in_ten_seconds = (0..10_000).filter(|&time| throttle.admits(ms(5_000 + time))).count();
    assert_eq!(in_ten_seconds, 99);
}

#[test]
fn how_many_were_suppressed_is_told_once_there_is_room_and_only_then() {
    let mut throttle = Throttle::default();
    for _ in 0..25 {
        throttle.admits(ms(0));
    }
    assert_eq!(throttle.relief(ms(99)), None);
    assert_eq!(throttle.relief(ms(100)), Some(5));
    assert!(!throttle.admits(ms(100)), "the line that told it took the room");
    assert_eq!(throttle.relief(ms(10_000)), Some(1));
    assert_eq!((throttle.relief(ms(20_000)), throttle.suppressed()), (None, 6));
}

#[test]
fn after_a_quiet_while_the_whole_burst_is_free_again_and_no_more() {
    let mut throttle = Throttle::default();
    for start in [0, 2_000, 100_000] {
        let admitted = (0..100).filter(|_| throttle.admits(ms(start))).count();
        assert_eq!(admitted, 20, "at {start}");
    }
}
