use super::*;

const LISTENERS: usize = 3;

fn possible() -> usize {
    descriptors::most_clients(LISTENERS).min(MOST_CLIENTS)
}

/// Memory for few clients, fewer than there are descriptors for.
fn small(max_clients: Option<usize>) -> (Settings, usize) {
    let config = Config::for_memory(Config::MIN_MEMORY).expect("enough for a few clients");
    let most = config.most_clients();
    assert!((1..possible()).contains(&most), "{most} clients, and descriptors for as many");
    (Settings { config, max_clients, ..Settings::default() }, most)
}

#[test]
fn descriptors_are_for_clients_beside_listeners_and_a_reserve() {
    let without = descriptors::most_clients(0);
    assert_eq!(descriptors::most_clients(LISTENERS), without - LISTENERS);
}

#[test]
fn unless_told_otherwise_there_are_as_many_clients_as_memory_and_descriptors_both_allow() {
    let (settings, most) = small(None);
    assert_eq!(with_clients(&settings, LISTENERS), Config { max_clients: most, ..settings.config });
    let config = Config { max_memory: Config::MAX_MEMORY, ..Config::default() };
    let settings = Settings { config, ..Settings::default() };
    assert_eq!(with_clients(&settings, LISTENERS).max_clients, possible());
}

#[test]
fn as_many_clients_as_were_asked_for_get_the_memory_that_they_need() {
    let (_, most) = small(None);
    for asked in [1, most] {
        let config = with_clients(&small(Some(asked)).0, LISTENERS);
        assert_eq!((config.max_clients, config.max_memory), (asked, Config::MIN_MEMORY));
    }
    for asked in [most + 1, 2 * most] {
        let config = with_clients(&small(Some(asked)).0, LISTENERS);
        assert_eq!(config.max_clients, asked);
        assert!(config.max_memory > Config::MIN_MEMORY && config.check().is_ok(), "{config:?}");
    }
}

/// Slots are allocated at the start.
#[test]
fn slots_are_for_no_more_clients_than_there_can_be_descriptors() {
    let (settings, _) = small(Some(u32::MAX as usize));
    let config = with_clients(&settings, LISTENERS);
    assert_eq!(config.max_clients, possible() + descriptors::RESERVE);
    assert_eq!(config.check(), Ok(()));
}
