//! How clients of each server talk.

use std::ops::Range;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Raw,
    Redis,
    Nats,
    Mqtt,
}

pub(crate) struct Heard {
    pub(crate) len: usize,
    pub(crate) message: Option<Range<usize>>,
}

impl Protocol {
    pub(crate) fn greeting(self, _client: usize) -> Vec<u8> {
        Vec::new()
    }
    pub(crate) fn answer(self, _bytes: &[u8]) -> Result<Option<usize>, String> {
        Ok(Some(0))
    }
    pub(crate) fn wrap(self, message: &[u8], into: &mut Vec<u8>) {
        into.extend_from_slice(message);
    }
    #[inline]
    pub(crate) fn next(self, bytes: &[u8], size: usize) -> Result<Option<Heard>, String> {
        Ok((bytes.len() >= size).then_some(Heard { len: size, message: Some(0..size) }))
    }
}
