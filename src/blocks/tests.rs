use super::*;

/// Blocks of 64 bytes, in which two authors can be named.
fn blocks(names_authors: bool) -> Blocks {
    Blocks::new(64, 8, 2, names_authors)
}

fn stored(blocks: &mut Blocks, author: usize, bytes: &[u8]) -> Run {
    let mut run = None;
    blocks.store(bytes, author, &mut run);
    run.expect("bytes")
}

fn read(blocks: &Blocks, run: Run, but: Option<usize>) -> Vec<Vec<u8>> {
    let mut slices = [IoSlice::new(&[]); 4];
    let used = blocks.slices(run, but, &mut slices);
    slices[..used].iter().map(|slice| slice.to_vec()).collect()
}

#[test]
fn a_queue_begins_in_the_block_that_holds_its_first_byte() {
    for (skip, covers, first) in [(0, 2, 64), (63, 2, 1), (64, 1, 36), (65, 1, 35), (99, 1, 1)] {
        let mut blocks = blocks(false);
        let batch = stored(&mut blocks, 0, &[7; 100]);
        let mut queue = None;
        blocks.extend(&mut queue, batch, skip);
        let run = queue.expect("it is not empty");
        assert_eq!(blocks.covered(run).count(), covers, "less {skip} bytes");
        assert_eq!(read(&blocks, run, None)[0].len(), first, "less {skip} bytes");
        assert_eq!((blocks.count(run, None), blocks.lag(run)), (100 - skip, 100 - skip));
        blocks.clear(&mut Some(batch));
        blocks.advance(&mut queue, 100 - skip, None);
        assert_eq!((queue, blocks.in_use()), (None, 1), "the newest block stays");
    }
}

#[test]
fn bytes_of_one_author_are_left_out_wherever_they_stand() {
    let mut blocks = blocks(true);
    let mut run = None;
    for (author, bytes) in [(1, &b"ab"[..]), (2, b"cd"), (1, b"e"), (2, b"f"), (3, b"g")] {
        blocks.store(bytes, author, &mut run);
    }
    let all = run.expect("bytes");
    assert_eq!(read(&blocks, all, Some(2)), [b"ab".to_vec(), b"e".to_vec(), b"g".to_vec()]);
    assert_eq!(read(&blocks, all, Some(1)), [&b"cd"[..], b"f", b"g"]);
    assert_eq!(
        (blocks.count(all, Some(2)), blocks.count(all, Some(1)), blocks.in_use()),
        (4, 4, 3)
    );
    // Two blocks are full of names; the last one is half full of them.
    assert_eq!((blocks.lag(all), blocks.waste()), (2 * 64 + 32, 31));
    blocks.advance(&mut run, 1, Some(2));
    assert_eq!(read(&blocks, run.expect("more"), Some(2))[0], b"b");
    blocks.advance(&mut run, 1, Some(2));
    assert_eq!(blocks.lag(run.expect("more")), 64 + 32, "its own bytes are passed over");
    blocks.advance(&mut run, 2, Some(2));
    assert_eq!((run, blocks.in_use(), blocks.waste()), (None, 1, 0));
}

#[test]
fn a_block_goes_with_the_last_queue_that_covers_it_and_eight_keep_their_memory() {
    let mut blocks = blocks(false);
    let batch = stored(&mut blocks, 0, &[7; 10 * 64]);
    let mut queues = [None; 2];
    for queue in &mut queues {
        blocks.extend(queue, batch, 0);
    }
    blocks.clear(&mut Some(batch));
    assert_eq!((blocks.in_use(), blocks.memory()), (10, 10 * 64));
    blocks.advance(&mut queues[0], 5 * 64, None);
    assert_eq!(blocks.in_use(), 10, "the other one has them still");
    blocks.clear(&mut queues[1]);
    assert_eq!((blocks.in_use(), blocks.memory()), (5, 10 * 64));
    blocks.clear(&mut queues[0]);
    assert_eq!((blocks.in_use(), blocks.memory()), (1, 9 * 64));
}

#[test]
fn memory_that_is_taken_at_once_is_kept_whatever_comes_and_goes() {
    let mut blocks = blocks(true);
    blocks.allocate(8);
    let all = 8 * (64 + 2 * 8);
    assert_eq!((blocks.in_use(), blocks.memory()), (0, all));
    for _ in 0..3 {
        let mut run = Some(stored(&mut blocks, 1, &[7; 6 * 64]));
        let mut apart = blocks.store_apart(&[8; 65]);
        assert_eq!((blocks.in_use(), blocks.memory(), blocks.spare()), (8, all, (0, 0)));
        assert!(!blocks.has_room_apart(1, 0) && blocks.is_apart(apart.expect("bytes")));
        blocks.clear(&mut apart);
        assert_eq!((blocks.in_use(), blocks.spare()), (6, (2, 2)));
        assert_eq!(blocks.count(run.expect("bytes"), None), 6 * 64);
        blocks.clear(&mut run);
        assert_eq!((blocks.in_use(), blocks.memory(), blocks.spare()), (1, all, (7, 7)));
        assert_eq!(blocks.references().collect::<Vec<_>>().len(), 1, "the newest block stays");
    }
    assert!(!blocks.has_grown(8));
}
