use super::*;

/// What a cell holds, and the memory that it takes.
const BYTES: usize = 60;
const CELL: usize = 64;

/// Adds a piece of a line; says whether there was memory for it.
fn grow(lines: &mut Lines, unfinished: &mut Unfinished, piece: &[u8]) -> bool {
    let mut buffer = [0; 400];
    buffer[..piece.len()].copy_from_slice(piece);
    let framed = lines.frame(unfinished, &mut buffer, piece.len());
    assert_eq!((framed.bytes, framed.lines), (0, 0));
    framed.rest == Rest::Kept
}

#[test]
fn a_line_takes_a_cell_for_each_sixty_bytes_however_it_grows() {
    assert_eq!(size_of::<Unfinished>(), 8, "it stands in the slot of each client");
    for piece in [1, 7, 59, 60, 61, 180] {
        let mut lines = Lines::new(1_000, 10 * CELL);
        let mut unfinished = Unfinished::default();
        while unfinished.len() + piece <= 400 {
            assert!(grow(&mut lines, &mut unfinished, &vec![b'x'; piece]));
            let expected = unfinished.len().div_ceil(BYTES) * CELL;
            assert_eq!((lines.used(), unfinished.memory()), (expected, expected));
            assert_eq!(expected, Lines::memory_for(unfinished.len()));
        }
        assert!(lines.discard(&mut unfinished) > 350);
        assert_eq!((lines.used(), lines.memory(), lines.has_grown()), (0, 10 * CELL, false));
    }
}

#[test]
fn what_just_fits_is_taken_and_a_byte_more_changes_nothing() {
    let mut lines = Lines::new(1_000, 3 * CELL + CELL - 1);
    let mut both = [Unfinished::default(), Unfinished::default()];
    let [one, other] = &mut both;
    assert!(grow(&mut lines, one, &[b'x'; 2 * BYTES]));
    assert!(!grow(&mut lines, other, &[b'y'; BYTES + 1]));
    assert_eq!((other.len(), lines.used()), (0, 2 * CELL));
    assert!(grow(&mut lines, other, &[b'y'; BYTES]));
    assert!(!grow(&mut lines, one, b"x"), "every cell is taken");
    assert_eq!((one.len(), lines.used(), lines.memory()), (2 * BYTES, 3 * CELL, 3 * CELL));
    assert_eq!(lines.discard(one), 2 * BYTES);
    assert!(grow(&mut lines, other, &[b'y'; 2 * BYTES]), "what one gave back");
    assert!(!lines.has_grown());
}

#[test]
fn a_line_that_ends_gives_its_memory_to_what_is_behind_it() {
    let mut lines = Lines::new(1_000, 2 * CELL);
    let mut unfinished = Unfinished::default();
    assert!(grow(&mut lines, &mut unfinished, &[b'x'; 2 * BYTES]));
    let mut buffer = [b'y'; 400];
    buffer[0] = b'\n';
    let framed = lines.frame(&mut unfinished, &mut buffer, 1 + 2 * BYTES);
    assert_eq!(framed, Framed { bytes: 2 * BYTES + 1, lines: 1, rest: Rest::Kept });
    assert_eq!((unfinished.len(), buffer[2 * BYTES]), (2 * BYTES, b'\n'));
    assert!(buffer[..2 * BYTES].iter().all(|&byte| byte == b'x'));
}

/// Lines of several clients, in pieces of all lengths, against vectors.
#[test]
fn lines_that_share_the_cells_in_any_order_keep_their_bytes() {
    let mut random = fastrand::Rng::with_seed(1);
    let mut lines = Lines::new(300, 40 * CELL);
    let mut clients: Vec<(Unfinished, Vec<u8>)> = Vec::new();
    clients.resize_with(8, Default::default);
    let mut refused = 0;
    for _ in 0..20_000 {
        let (unfinished, model) = &mut clients[random.usize(..8)];
        if random.u8(..5) == 0 || model.len() > 250 {
            let mut buffer = [0; 400];
            let framed = lines.end(unfinished, &mut buffer);
            model.extend((!model.is_empty()).then_some(b'\n'));
            assert_eq!(&buffer[..framed.bytes], &model[..]);
            model.clear();
        } else {
            let piece: Vec<u8> =
                (0..random.usize(1..130)).map(|_| random.u8(b'a'..=b'z')).collect();
            let is_kept = grow(&mut lines, unfinished, &piece);
            refused += usize::from(!is_kept);
            model.extend(piece.iter().filter(|_| is_kept));
        }
        let used: usize = clients.iter().map(|(unfinished, _)| unfinished.memory()).sum();
        assert_eq!(lines.used(), used);
    }
    assert!(refused > 100 && !lines.has_grown(), "{refused} pieces found no memory");
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
