use super::*;

#[test]
fn a_text_is_cut_to_the_room_and_never_within_a_letter() {
    for (room, expected) in [(1, "\0"), (3, "a\0"), (4, "aö\0"), (5, "aöb\0"), (9, "aöb\0")] {
        let mut bytes = vec![1_u8; room];
        // SAFETY: there is so much room.
        unsafe { put_text(bytes.as_mut_ptr().cast(), room, "aöb") };
        let (text, rest) = bytes.split_at(expected.len());
        assert_eq!(text, expected.as_bytes(), "room for {room}");
        assert!(rest.iter().all(|&byte| byte == 1), "room for {room}");
    }
}

#[test]
fn no_room_is_not_written_to() {
    let mut byte = 7;
    // SAFETY: nothing is written.
    unsafe {
        put_text(&raw mut byte, 0, "text");
        put_text(std::ptr::null_mut(), 9, "text");
    }
    assert_eq!(byte, 7);
}
