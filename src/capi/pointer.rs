//! Pointers that come from C: what can be checked of them is checked before they are looked at.

use std::ffi::{CStr, c_char};
use std::slice;

use super::error::{Error, Failure};
use super::live;

/// A handle that was given out.
///
/// # Safety
/// It is none at all, or one that is not freed for as long as the borrow lasts.
pub(super) unsafe fn borrow<'a, T>(handle: *const T) -> Result<&'a T, Error> {
    check(handle, "a handle").map_err(|failure| failure.error)?;
    if !live::is_alive(handle) {
        return Err(Error::Handle);
    }
    // SAFETY: it is not null and aligned, and the caller says that it is alive. Nobody has a
    // mutable reference to a handle: all that changes in one is in cells.
    Ok(unsafe { &*handle })
}

/// What can be read at a pointer.
///
/// # Safety
/// It is null or misaligned, or so many values are there that nobody changes in `'a`.
pub(super) unsafe fn array<'a, T>(
    from: *const T,
    count: usize,
    name: &'static str,
) -> Result<&'a [T], Failure> {
    if count == 0 {
        return Ok(&[]);
    }
    check(from, name)?;
    if count.checked_mul(size_of::<T>()).is_none_or(|bytes| isize::try_from(bytes).is_err()) {
        let text = format!("{name}: takes no more than half of all memory");
        return Err(Failure::new(Error::Argument, text));
    }
    // SAFETY: it is not null and aligned, and no longer than anything can be. That it is there is
    // the caller's word.
    Ok(unsafe { slice::from_raw_parts(from, count) })
}

/// The bytes of a string, without the zero.
///
/// # Safety
/// It is null, or a string that ends with a zero and that nobody changes in `'a`.
pub(super) unsafe fn string<'a>(
    from: *const c_char,
    name: &'static str,
) -> Result<&'a [u8], Failure> {
    check(from, name)?;
    // SAFETY: it is not null, and the caller says that it ends.
    Ok(unsafe { CStr::from_ptr(from) }.to_bytes())
}

/// Puts a value where C wants it.
///
/// # Safety
/// It is null or misaligned, or there is room that nobody else uses.
pub(super) unsafe fn put<T>(to: *mut T, value: T, name: &'static str) -> Result<(), Failure> {
    check(to, name)?;
    // SAFETY: it is not null and aligned, and the caller says that it can be written to.
    unsafe { to.write(value) };
    Ok(())
}

/// Puts as much of a text as there is room for, and always a zero behind it.
///
/// # Safety
/// It is null, or there is room for so many bytes that nobody else uses.
pub(super) unsafe fn put_text(to: *mut c_char, room: usize, text: &str) {
    if to.is_null() || room == 0 {
        return;
    }
    let mut length = text.len().min(room - 1);
    while !text.is_char_boundary(length) {
        length -= 1;
    }
    // SAFETY: it is not null, `length` and the zero fit into the room that the caller says there
    // is, and a text of ours is not there.
    unsafe {
        to.cast::<u8>().copy_from_nonoverlapping(text.as_ptr(), length);
        to.add(length).write(0);
    }
}

/// What can be seen of a pointer itself.
pub(super) fn check<T>(pointer: *const T, name: &'static str) -> Result<(), Failure> {
    let wrong = |what| Err(Failure::new(Error::Argument, format!("{name} is {what}")));
    if pointer.is_null() {
        return wrong("NULL");
    }
    if !pointer.is_aligned() {
        return wrong("misaligned");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
