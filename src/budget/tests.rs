use super::*;
use crate::config::TurnLimits;

fn queue(max_queue: usize) -> Config {
    Config { max_queue, max_memory: 1 << 30, ..Config::default() }
}

fn divide(config: &Config) -> Budget {
    Budget::divide(config, 100).expect("enough")
}

#[test]
fn a_slot_is_charged_with_what_its_lists_take() {
    /// An entry of the slab as the slab has it: a client, or the next free one.
    #[allow(dead_code, reason = "only its size matters")]
    enum Entry {
        Free(usize),
        Taken(Client<[u64; 4]>),
    }
    // Ready, writable, starved, watch and roster; a deadline and its place; who is full.
    let lists = 5 * 4 + (16 + 4) + 24;
    let charged = slot::<[u64; 4]>(false);
    assert_eq!(charged, size_of::<Client<[u64; 4]>>() + size_of::<usize>() + lists);
    assert!(charged >= size_of::<Entry>() + lists);
    let counted = slot::<[u64; 4]>(true);
    assert_eq!(counted, charged + 94, "an origin, and five places of the table");
}

/// What docs/MEMORY.md says of clients and blocks.
#[test]
#[cfg(all(target_os = "linux", target_pointer_width = "64", not(mio_unsupported_force_poll_poll)))]
fn a_client_takes_160_bytes_and_a_block_64_beside_its_own() {
    assert_eq!(
        (size_of::<Client<Stream>>(), slot::<Stream>(false), slot::<Stream>(true)),
        (88, 160, 254)
    );
    assert_eq!(
        (Blocks::table(1), Blocks::cost(512, false), Blocks::cost(512, true)),
        (64, 576, 704)
    );
    assert_eq!((size_of::<Event>(), Blocks::memory_of_parts(1), size_of::<Name>()), (24, 48, 8));
}

#[test]
fn a_block_is_an_eighth_of_a_queue_in_whole_names_and_sixteen_kibibytes_at_most() {
    for (max_queue, block) in
        [(4096, 512), (5003, 608), (8192, 1024), (100_000, 12_480), (1 << 20, 16 << 10)]
    {
        assert_eq!(divide(&queue(max_queue)).block_size, block, "of a queue of {max_queue}");
    }
}

#[test]
fn a_batch_takes_a_block_more_than_its_bytes_and_the_names_of_all_who_may_send_in_it() {
    let turn = TurnLimits { bytes: 1024, ..TurnLimits::default() };
    let room = Config { turn, max_clients: 20, ..queue(8192) };
    let batch = divide(&room);
    assert_eq!((batch.buffer, batch.sender_cost, batch.blocks_per_batch), (1024, 0, 2));
    let batch = divide(&Config { echo: false, ..room });
    assert_eq!((batch.sender_cost, batch.blocks_per_batch), (32, 3), "twenty names");
    let turn = TurnLimits { reads: 8, ..turn };
    let batch = divide(&Config { echo: false, max_clients: 100, turn, ..room });
    assert_eq!(batch.blocks_per_batch, 3, "eight names: as many as there are reads");
    let turn = TurnLimits { reads: 1000, ..turn };
    let batch = divide(&Config { echo: false, max_clients: 100, turn, ..room });
    assert_eq!(batch.blocks_per_batch, 6, "a hundred names");
}

#[test]
fn memory_is_enough_for_slots_lines_and_the_blocks_of_a_queue_and_a_batch_and_not_a_byte_less() {
    let cost = 1024 + Blocks::table(1);
    // Eight of the queue, two at its ends, those of the batch of as many bytes as the queue, and
    // one for what the host tells somebody.
    let blocks = 8 + 2 + 8 + 1 + 1;
    let least = 20 * 100 + blocks * cost;
    let with = |max_memory| Config { max_memory, max_clients: 20, ..queue(8192) };
    assert_eq!(divide(&with(least)).blocks, blocks);
    assert_eq!(divide(&with(least + cost - 1)).blocks, blocks);
    assert_eq!(divide(&with(least + cost)).blocks, blocks + 1);
    let error = Budget::divide(&with(least - 1), 100).expect_err("a byte less");
    assert_eq!(error.name, "max_memory");

    assert_eq!(divide(&with(least)).lines, 0);
    let lines = Config { framing: Framing::Line, max_line: 1000, ..with(least / 7 * 8 + 8) };
    assert_eq!(divide(&lines).lines, lines.max_memory / 8);
    assert_eq!(divide(&lines).blocks, blocks);
    assert!(Budget::divide(&Config { max_memory: least, ..lines }, 100).is_err());
    // Twenty lines of a hundred bytes: two cells of 64 each.
    let short = Config { max_line: 100, max_memory: least + 20 * 128, ..lines };
    assert_eq!((divide(&short).lines, divide(&short).blocks), (20 * 128, blocks));

    let named = cost + 1024 / 32 * 8;
    let least = 20 * 100 + blocks * named;
    let unechoed = |max_memory| Config { echo: false, ..with(max_memory) };
    assert_eq!(divide(&unechoed(least)).blocks, blocks);
    assert!(Budget::divide(&unechoed(least - 1), 100).is_err());
}

/// In 32 bits there is no memory for so many.
#[cfg(target_pointer_width = "64")]
#[test]
fn more_than_four_million_blocks_are_never_of_use() {
    let config = Config { max_memory: Config::MAX_MEMORY, ..queue(4096) };
    assert_eq!(divide(&config).blocks, 4 << 20);
}

#[test]
fn most_clients_are_as_many_as_fit_and_take_five_eighths_at_most() {
    let slot = slot::<Stream>(false);
    let roomy = Config { max_memory: 80 << 20, ..Config::default() };
    assert_eq!(roomy.most_clients(), (50 << 20) / slot);
    for echo in [true, false] {
        // What a queue of a mebibyte needs is more than the rest.
        let tight = Config { max_memory: 2 << 20, echo, ..Config::default() };
        let most = tight.most_clients();
        assert!(most > 100 && most * slot < (2 << 20) / 8 * 5, "{most}");
        let with = |max_clients| Config { max_clients, ..tight.clone() }.check();
        assert_eq!(with(most), Ok(()));
        assert_eq!(with(most + 1).map_err(|error| error.name), Err("max_memory"));
    }
}

#[test]
fn what_is_cut_down_keeps_its_proportions_until_it_is_the_default() {
    let slot = slot::<Stream>(false);
    for (bytes, max_queue, max_line) in [
        (100_000, 6144, 768),
        (1 << 20, 64 << 10, 8 << 10),
        (4 << 20, 256 << 10, 16 << 10),
        (64 << 20, 1 << 20, 16 << 10),
    ] {
        let config = Config::for_memory(bytes).expect("enough");
        assert_eq!((config.max_memory, config.max_queue), (bytes, max_queue));
        assert_eq!(config.max_line, max_line, "of {bytes}");
        assert_eq!(config.max_clients, bytes / 8 * 5 / slot);
    }
    assert!(Config::for_memory(Config::MIN_MEMORY).is_ok());
}

#[test]
fn how_many_clients_fit_can_be_asked_before_the_limits_are_checked() {
    let wrong = Config { max_queue: usize::MAX, ..Config::default() };
    assert_eq!(wrong.most_clients(), 0);
    let lines = Config { framing: Framing::Line, echo: false, max_clients: usize::MAX, ..wrong };
    assert_eq!(Config { max_line: usize::MAX, ..lines }.most_clients(), 0);
}
