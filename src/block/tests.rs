use super::*;

/// A block of 64 bytes that names two authors.
fn block() -> Block {
    Block::new(Storage::new(64, 2), 1000)
}

#[test]
fn it_takes_bytes_until_it_is_full_of_them_and_gives_the_rest_back() {
    let mut block = Block::new(Storage::new(64, 0), 0);
    assert!(block.fill(&[1; 60], 7).is_empty());
    assert!(block.has_room(7) && block.has_room(8), "nobody is named in it");
    assert_eq!(block.fill(&[2; 10], 8), [2; 6]);
    assert!(!block.has_room(8));
    assert_eq!((block.filled, &block.bytes()[58..]), (64, &[1, 1, 2, 2, 2, 2][..]));
    assert_eq!(block.reach(64), 64);
    assert!(!block.has_grown(0), "and no name was kept");
}

#[test]
fn it_is_full_of_authors_too_and_takes_more_of_the_last_one_alone() {
    let mut block = block();
    block.fill(b"ab", 1);
    assert_eq!(block.reach(64), 1032, "half of its names are taken");
    assert!(block.has_room(2));
    block.fill(b"c", 2);
    assert!(block.has_room(2) && !block.has_room(1) && !block.has_room(3));
    assert_eq!(block.reach(64), 1064);
    block.fill(b"de", 2);
    assert_eq!((block.filled, block.piece(0, 1), block.piece(0, 2)), (5, (2, true), (2, false)));
    assert_eq!((block.piece(2, 1), block.piece(3, 2)), ((3, false), (2, true)));
    block.empty();
    assert!(block.has_room(3) && block.filled == 0);
    assert_eq!(block.reach(64), 1000);
}

#[test]
fn that_it_has_grown_is_noticed() {
    let mut block = block();
    for author in 0..2 {
        block.fill(b"x", author);
    }
    assert!(!block.has_grown(2));
    block.fill(b"x", 2);
    assert!(block.has_grown(2));
}
