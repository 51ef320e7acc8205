use super::*;

fn options() -> Options {
    // SAFETY: zero is a value of all of its fields.
    unsafe { std::mem::zeroed() }
}

#[test]
fn no_byte_is_read_behind_the_size_that_is_told() {
    // As large as an older program's: Miri finds who reads on.
    let mut old = [0_u64; LEAST.div_ceil(8)];
    let old = old.as_mut_ptr().cast::<usize>();
    // SAFETY: as many bytes are there as it says.
    let copy = unsafe {
        old.write(LEAST);
        Options::copy(old.cast())
    };
    assert_eq!(copy.expect("a size that works").max_queue, 0);
    let whole = Options { size: size_of::<Options>(), unix_mode: 0o600, ..options() };
    // SAFETY: the same.
    let copy = unsafe { Options::copy(&raw const whole) }.expect("a size that works");
    assert_eq!((copy.size, copy.unix_mode), (size_of::<Options>(), 0o600));
}

#[test]
fn what_is_behind_what_is_known_has_to_be_zero() {
    for (last, works) in [(0, true), (1, false)] {
        let whole = Options { size: size_of::<(Options, [u64; 2])>(), ..options() };
        let newer = (whole, [0_u64, last]);
        // SAFETY: as many bytes are there as it says.
        let copy = unsafe { Options::copy((&raw const newer).cast()) };
        assert_eq!(copy.is_ok(), works, "{last}");
    }
}
