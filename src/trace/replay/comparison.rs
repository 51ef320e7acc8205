//! What is done now, against what was recorded.

use super::Shared;
use crate::trace::output::Output;

/// Takes the lines of the trace of this run, each of which must be the next one of the recorded
/// trace.
pub(in crate::trace) struct Comparison(Shared);

impl Comparison {
    pub(super) fn with(script: Shared) -> Self {
        Self(script)
    }
}

impl Output for Comparison {
    fn head(&mut self, line: &str) {
        self.line(line);
    }

    fn line(&mut self, line: &str) {
        let mut script = self.0.borrow_mut();
        let Some((number, recorded)) = script.expected() else { return };
        // Another version may well do the same.
        let is_version = line.contains("\"process_name\"") && recorded.contains("\"process_name\"");
        if recorded != line && !is_version {
            script.differs(number, recorded, line.to_owned());
        }
    }

    fn flush(&mut self) {}
}

impl std::fmt::Debug for Comparison {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Comparison")
    }
}
