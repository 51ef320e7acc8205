//! That names lead back to what they are names of.

use std::io::{self, ErrorKind};

use super::{KINDS, NUMBERS, name, named};

#[test]
fn each_name_leads_back_to_its_error() {
    for &(text, number) in NUMBERS {
        let error = named(text);
        assert_eq!((error.raw_os_error(), &*name(&error)), (Some(number), text));
    }
    for &(text, kind) in KINDS {
        let error = named(text);
        assert_eq!((error.raw_os_error(), error.kind(), &*name(&error)), (None, kind, text));
    }
}

#[test]
fn an_error_without_a_name_keeps_its_number_or_is_another_one() {
    let error = io::Error::from_raw_os_error(4095);
    assert_eq!(name(&error), "errno 4095");
    assert_eq!(named("errno 4095").raw_os_error(), Some(4095));
    assert_eq!(name(&io::Error::other("words")), "Other");
    assert_eq!(named("Other").kind(), ErrorKind::Other);
    assert_eq!(named("no such name").kind(), ErrorKind::Other);
}
