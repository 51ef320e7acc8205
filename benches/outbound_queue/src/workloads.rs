//! What happens in a room, in nine shapes. Each is the same in every run.

use fastrand::Rng;

use crate::script::{Builder, Script};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;
/// Room that a kernel may make at a time.
const PORTION: usize = 64 * KIB;

/// All workloads; those that everybody meets first, and then those made to hurt one candidate.
pub(crate) fn all() -> Vec<Script> {
    vec![
        small_messages(),
        large_batches(),
        single_bytes(),
        stalled_apart(),
        leavers(),
        stuck_leaver(),
        short_tails(),
        pinned_blocks(),
        evicted(),
    ]
}

/// Ten of a hundred are behind, by a little or by a lot, and catch up now and then.
fn small_messages() -> Script {
    const MESSAGE: usize = 64;
    let mut random = Rng::with_seed(2);
    let mut room =
        Builder::new("small messages", "64 bytes each to 100 clients, of whom 10 are behind", 100);
    for _ in 0..600 {
        let fresh: Vec<_> = (0..10)
            .filter(|&client| room.queued(client) == 0)
            .map(|client| (client, random.usize(..MESSAGE)))
            .collect();
        room.push_short(MESSAGE, &fresh);
        room.push(MESSAGE, 255);
        for client in 0..10 {
            let most = if client < 5 { 64 * KIB } else { 33 * KIB };
            room.take(client, random.usize(..most));
        }
    }
    room.drain(PORTION)
}

/// A thousand, all behind up to a quarter of a megabyte, who then take random portions.
fn large_batches() -> Script {
    const CLIENTS: u32 = 1_000;
    let mut random = Rng::with_seed(3);
    let mut room = Builder::new(
        "large batches",
        "16 to 128 KiB each to 1,000 clients, all behind, who then take random portions",
        CLIENTS as usize,
    );
    for _ in 0..5 {
        room.stall(16 * KIB, 0..CLIENTS);
        while room.queued(0) < 128 * KIB {
            room.push(random.usize(16 * KIB..128 * KIB), 1);
        }
        while (0..CLIENTS).any(|client| room.queued(client) > 0) {
            for client in 0..CLIENTS {
                room.take(client, random.usize(1..PORTION));
            }
        }
    }
    room.drain(PORTION)
}

/// One of ten does not read while a megabyte passes, byte by byte; three times.
fn single_bytes() -> Script {
    let mut room =
        Builder::new("single bytes", "one byte a turn, while one client stalls up to 1 MiB", 10);
    for _ in 0..3 {
        room.stall(1, 0..1);
        room.push(1, MIB - 1);
        while room.queued(0) > 0 {
            room.take(0, PORTION);
        }
    }
    room.drain(PORTION)
}

/// Twenty stop reading at different points and go on receiving, up to a megabyte for the first.
fn stalled_apart() -> Script {
    let mut random = Rng::with_seed(4);
    let mut room = Builder::new(
        "stalled apart",
        "1 KiB batches, while 20 clients stall, each 50 KiB after the one before",
        20,
    );
    for client in 0..20 {
        room.stall(KIB, client..client + 1);
        room.push(KIB, 49);
    }
    while (0..20).any(|client| room.queued(client) > 0) {
        for client in 0..20 {
            room.take(client, random.usize(1..PORTION));
        }
    }
    room.drain(PORTION)
}

/// Twenty stall one after another until three quarters of a megabyte wait for them, and leave;
/// their queues are kept, as for one who is slow to take its tail.
fn leavers() -> Script {
    const BATCH: usize = 4 * KIB;
    let mut room = Builder::new(
        "leavers",
        "4 KiB batches; 20 clients stall one after another and leave, and their queues of 768 KiB \
         are kept",
        20,
    );
    for client in 0..20 {
        room.stall(BATCH, client..client + 1);
        room.push(BATCH, 768 * KIB / BATCH - 1);
        room.retire(client);
        room.push(BATCH, 32);
    }
    room.drain(PORTION)
}

/// One leaves with 64 KiB and takes nothing, while another is always a little behind.
fn stuck_leaver() -> Script {
    const BATCH: usize = 8 * KIB;
    let mut random = Rng::with_seed(5);
    let mut room = Builder::new(
        "stuck leaver",
        "8 KiB batches; one leaves and takes nothing of its last 64 KiB, while another is always a \
         little behind",
        3,
    );
    room.stall(BATCH, 0..2);
    room.push(BATCH, 7);
    room.retire(0);
    while room.pushed() < 32 * MIB as u64 {
        room.push(BATCH, 8);
        // Never all of it: somebody is behind at any time.
        let spare = room.queued(1).saturating_sub(BATCH);
        room.take(1, random.usize(..=spare.min(3 * PORTION)));
    }
    room.drain(PORTION)
}

/// Three of a hundred take all of a large batch but the last few kilobytes, which go soon after.
fn short_tails() -> Script {
    const BATCH: usize = 128 * KIB;
    let mut random = Rng::with_seed(6);
    let mut room = Builder::new(
        "short tails",
        "128 KiB batches, of which 3 of 100 clients take all but at most the last 4 KiB at once",
        100,
    );
    for turn in 0..300_u32 {
        let late: Vec<u32> = (0..3).map(|number| (turn * 7 + number * 31) % 100).collect();
        let short: Vec<_> =
            late.iter().map(|&client| (client, BATCH - random.usize(1..4 * KIB))).collect();
        room.push_short(BATCH, &short);
        for client in late {
            room.take(client, BATCH);
        }
    }
    room.drain(PORTION)
}

/// Two hundred leave, each with the last 64 bytes of a batch of its own: as little as possible
/// waits, and as many blocks as possible are needed for it.
fn pinned_blocks() -> Script {
    const BATCH: usize = 16 * KIB;
    let mut room = Builder::new(
        "pinned blocks",
        "16 KiB batches; 200 clients leave, each with the last 64 bytes of another batch waiting",
        200,
    );
    for client in 0..200 {
        room.push_short(BATCH, &[(client, BATCH - 64)]);
        room.retire(client);
    }
    room.drain(PORTION)
}

/// Ten hardly read, are evicted when three quarters of a megabyte wait for them, and come back as
/// somebody else.
fn evicted() -> Script {
    const BATCH: usize = 2 * KIB;
    let mut random = Rng::with_seed(7);
    let mut room = Builder::new(
        "evicted",
        "2 KiB batches; ten clients at a time hardly read and are evicted at 768 KiB, twenty times",
        200,
    );
    for client in (0..200).step_by(10) {
        room.stall(BATCH, client..client + 10);
        room.push(BATCH, 384 * KIB / BATCH - 1);
        for client in client..client + 10 {
            room.take(client, random.usize(1..PORTION));
        }
        room.push(BATCH, (384 * KIB + PORTION) / BATCH);
        for client in client..client + 10 {
            room.forget(client);
        }
    }
    room.drain(PORTION)
}
