use super::*;

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn waiting() -> Waiting {
    Waiting::new(Patience::Limit(ms(1000)), 8)
}

/// Somebody who has just joined takes the whole gift and is evicted. Tells when.
fn spend_the_gift(waiting: &mut Waiting) -> Duration {
    let joined = ms(50_000);
    assert_eq!(waiting.begin(0, joined, 0, joined), Some(ms(1000)));
    let up = joined + ms(1000);
    assert_eq!((waiting.deadline(), waiting.expired(up - ms(1), |_| true)), (Some(up), None));
    assert_eq!(waiting.expired(up, |_| true), Some(0));
    let wait = waiting.end(0, WaitEnd::Wasted, up, |_| 0).expect("the cause");
    assert_eq!(wait, Wait { client: 0, held: ms(1000), took: 0 });
    up
}

#[test]
fn a_tenth_of_a_membership_is_earned_from_its_first_second_on() {
    let mut waiting = waiting();
    let now = spend_the_gift(&mut waiting);
    for (member_for, earned) in [(0, 0), (999, 0), (1000, 100), (4000, 400), (20_000, 1000)] {
        let allowed = waiting.begin(1, now - ms(member_for), 0, now);
        assert_eq!(allowed, Some(ms(earned)), "a member for {member_for} ms");
    }
}

#[test]
fn the_gift_is_paid_back_in_ten_times_the_time_that_was_wasted() {
    let mut waiting = waiting();
    let spent = spend_the_gift(&mut waiting);
    for (later, left) in [(0, 0), (1000, 100), (5000, 500), (10_000, 1000), (60_000, 1000)] {
        let now = spent + ms(later);
        assert_eq!(waiting.begin(1, now, 0, now), Some(ms(left)), "{later} ms later");
        assert_eq!(
            waiting.end(1, WaitEnd::Recovered, now, |_| 0).map(|wait| wait.held),
            Some(ms(0))
        );
    }
}

#[test]
fn the_next_one_is_the_cause_from_when_the_first_is_not_and_each_is_told_what_it_took() {
    let mut waiting = waiting();
    let sent = |client: usize| 100 * (client as u64 + 1);
    waiting.begin(0, ms(0), 10, ms(90_000));
    waiting.begin(1, ms(0), 20, ms(90_010));
    waiting.begin(2, ms(0), 30, ms(90_020));
    assert_eq!((waiting.cause(), waiting.waits()), (Some(0), true));
    assert_eq!(waiting.end(1, WaitEnd::Recovered, ms(90_030), sent), None, "it was no cause");
    let first = waiting.end(0, WaitEnd::Recovered, ms(90_040), sent);
    assert_eq!(first, Some(Wait { client: 0, held: ms(40), took: 90 }));
    assert_eq!(waiting.cause(), Some(2));
    let last = waiting.end(2, WaitEnd::Wasted, ms(90_100), |_| 350);
    assert_eq!(last, Some(Wait { client: 2, held: ms(60), took: 50 }));
    assert_eq!((waiting.cause(), waiting.waits(), waiting.deadline()), (None, false, None));
}
