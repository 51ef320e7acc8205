use super::*;

/// What is held while a line grows by so many bytes at a time.
fn growth(piece: &[u8], most: usize) -> (Vec<usize>, bool) {
    let mut lines = Lines::new(1_000, most);
    let (mut unfinished, mut held) = (Unfinished::default(), Vec::new());
    while unfinished.len() + piece.len() <= 150 {
        let mut buffer = [0; 200];
        buffer[..piece.len()].copy_from_slice(piece);
        let framed = lines.frame(&mut unfinished, &mut buffer, piece.len());
        if framed.rest == Rest::NoMemory {
            return (held, false);
        }
        assert_eq!((framed.bytes, framed.lines, framed.rest), (0, 0, Rest::Kept));
        if held.last() != Some(&lines.memory()) {
            held.push(lines.memory());
        }
    }
    lines.discard(&mut unfinished);
    assert_eq!(lines.memory(), 0, "all of it is given back");
    (held, true)
}

/// A vector's own 24 bytes on 64-bit machines, and the capacity.
const KEPT: usize = size_of::<Vec<u8>>();

#[test]
fn a_line_that_grows_byte_by_byte_asks_for_half_as_much_again_and_no_line_for_less_than_sixteen() {
    let steps = [16, 32, 48, 80, 128, 192].map(|capacity| KEPT + capacity);
    assert_eq!(growth(b"x", 10_000), (steps.to_vec(), true));
    let steps = [64, 112, 160].map(|capacity| KEPT + capacity);
    assert_eq!(growth(&[b'x'; 50], 10_000).0, steps[..].to_vec());
}

#[test]
fn while_it_grows_the_old_memory_counts_as_well_as_the_new_and_what_just_fits_is_taken() {
    // From 16 to 32 bytes: both are there for a moment, each with what keeps it.
    let most = 2 * KEPT + 16 + 32;
    assert_eq!(growth(b"x", most).0, [KEPT + 16, KEPT + 32]);
    // In place of half as much again, no more than is needed, until that does not fit either.
    let steps: Vec<usize> = (16..=24).map(|capacity| KEPT + capacity).collect();
    assert_eq!(growth(b"x", most - 1), (steps, false));
    // Neither so much at once, nor a second byte.
    let least = (KEPT + 15).min(2 * KEPT + 2);
    assert_eq!(growth(b"x", least), (vec![KEPT + 1], false));
}

#[test]
fn whole_lines_stand_at_the_start_of_the_buffer_with_what_was_there_before_them_in_front() {
    let mut lines = Lines::new(10, 1_000);
    let mut unfinished = Unfinished::default();
    let mut buffer = *b"ab\ncd..........";
    let framed = lines.frame(&mut unfinished, &mut buffer, 5);
    assert_eq!(
        (framed, &buffer[..3]),
        (Framed { bytes: 3, lines: 1, rest: Rest::Kept }, &b"ab\n"[..])
    );
    let mut buffer = *b"e\n\nfgh.........";
    let framed = lines.frame(&mut unfinished, &mut buffer, 6);
    assert_eq!(
        (framed, &buffer[..5]),
        (Framed { bytes: 5, lines: 2, rest: Rest::Kept }, &b"cde\n\n"[..])
    );
    let framed = lines.end(&mut unfinished, &mut buffer);
    assert_eq!(
        (framed, &buffer[..4]),
        (Framed { bytes: 4, lines: 1, rest: Rest::Kept }, &b"fgh\n"[..])
    );
    assert_eq!(lines.end(&mut unfinished, &mut buffer).bytes, 0, "nothing is left");
}

#[test]
fn a_line_grows_once_its_memory_is_full_and_not_before() {
    let mut lines = Lines::new(100, 1_000);
    let mut unfinished = Unfinished::default();
    for len in 1..=32 {
        lines.frame(&mut unfinished, &mut [b'x'; 100], 1);
        let capacity = if len <= 16 { 16 } else { 32 };
        assert_eq!((unfinished.len(), lines.memory()), (len, KEPT + capacity));
    }
}
