use std::collections::BTreeMap;

use super::*;

const fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[test]
fn the_nearest_of_all_is_told_and_a_timer_has_one_deadline() {
    let mut deadlines = Deadlines::new(4);
    assert_eq!(deadlines.nearest(), None);
    deadlines.set(Timer::Client(3), at(50));
    deadlines.set(Timer::Drain, at(40));
    deadlines.set(Timer::Patience, at(60));
    assert_eq!(deadlines.nearest(), Some(at(40)));
    deadlines.set(Timer::Drain, at(70));
    assert_eq!(deadlines.nearest(), Some(at(50)));
    deadlines.clear(Timer::Client(3));
    deadlines.clear(Timer::Patience);
    assert_eq!((deadlines.nearest(), deadlines.at(Timer::Drain)), (Some(at(70)), Some(at(70))));
    assert_eq!((deadlines.at(Timer::Retry), deadlines.at(Timer::Client(9))), (None, None));
}

#[test]
fn a_timer_is_due_at_its_time_and_not_a_moment_earlier() {
    let mut deadlines = Deadlines::new(1);
    deadlines.set(Timer::Retry, at(10));
    deadlines.set(Timer::Client(0), at(10));
    let before = at(10).saturating_sub(Duration::from_nanos(1));
    assert!(!deadlines.is_due(Timer::Retry, before) && deadlines.is_due(Timer::Retry, at(10)));
    assert_eq!((deadlines.due_client(before), deadlines.due_client(at(10))), (None, Some(0)));
    assert!(!deadlines.is_due(Timer::Drain, at(10)), "it is not set");
}

#[test]
fn whatever_is_set_moved_and_taken_back_the_earliest_comes_first() {
    for seed in 0..100 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut deadlines = Deadlines::new(30);
        let mut model: BTreeMap<usize, Duration> = BTreeMap::new();
        for _ in 0..500 {
            let client = random.usize(..30);
            if random.u8(..4) == 0 {
                deadlines.clear(Timer::Client(client));
                model.remove(&client);
            } else {
                let time = at(random.u64(..1000));
                deadlines.set(Timer::Client(client), time);
                model.insert(client, time);
            }
            let expected = model.values().min().copied();
            assert_eq!(deadlines.nearest(), expected, "seed {seed}");
            assert_eq!(deadlines.audit(), Ok(model.len()), "seed {seed}");
            let due = deadlines.due_client(at(1000));
            assert_eq!(due.map(|client| model[&client]), expected, "seed {seed}");
            assert_eq!(deadlines.at(Timer::Client(client)), model.get(&client).copied());
        }
    }
}

#[test]
fn what_is_out_of_its_place_or_its_order_is_found() {
    let three = || {
        let mut deadlines = Deadlines::new(3);
        (0..3).for_each(|client| deadlines.set(Timer::Client(client), at(client as u64)));
        deadlines
    };
    assert_eq!(three().audit(), Ok(3));
    for place in 0..3 {
        let mut deadlines = three();
        deadlines.places[place] += 1;
        assert!(deadlines.audit().is_err(), "another place of {place}");
    }
    for place in 1..3 {
        let mut deadlines = three();
        deadlines.swap(0, place);
        assert!(deadlines.audit().is_err(), "the first is at {place}");
    }
}
