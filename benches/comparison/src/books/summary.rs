//! What the raw data come to: of each number the middle of its runs, and from where to where.

use std::collections::{BTreeMap, BTreeSet};

use crate::books::entries::Entry;

/// The numbers of one workload, by kind, name and server: one for each run.
#[derive(Debug)]
pub(crate) struct Summary<'a> {
    numbers: BTreeMap<(&'a str, &'a str, &'a str), BTreeMap<usize, u64>>,
}

impl<'a> Summary<'a> {
    pub(crate) fn of(entries: &'a [Entry], workload: &str) -> Self {
        let mut numbers: BTreeMap<_, BTreeMap<usize, u64>> = BTreeMap::new();
        for entry in entries.iter().filter(|entry| entry.workload == workload) {
            let key = (entry.kind.as_str(), entry.name.as_str(), entry.server.as_str());
            numbers.entry(key).or_default().insert(entry.run, entry.value);
        }
        Self { numbers }
    }

    /// The names of a kind, that of the greatest number first.
    pub(crate) fn names(&self, kind: &str) -> Vec<&'a str> {
        let of_kind = self.numbers.iter().filter(|((of, ..), _)| *of == kind);
        let mut greatest: BTreeMap<&str, u64> = BTreeMap::new();
        for ((_, name, _), runs) in of_kind {
            let most = greatest.entry(name).or_default();
            *most = (*most).max(runs.values().copied().max().unwrap_or(0));
        }
        let mut names: Vec<_> = greatest.into_iter().collect();
        names.sort_by_key(|&(name, most)| (u64::MAX - most, name));
        names.into_iter().map(|(name, _)| name).collect()
    }

    /// A number in every run of a server; 0 in a run that tells nothing of it.
    pub(crate) fn runs(&self, kind: &str, name: &str, server: &str) -> Vec<u64> {
        let found = self.numbers.get(&(kind, name, server));
        let value = |run| found.and_then(|runs| runs.get(&run)).copied().unwrap_or(0);
        self.all_runs(server).into_iter().map(value).collect()
    }

    /// The sum of a kind in every run of a server.
    pub(crate) fn sums(&self, kind: &str, server: &str, without: &[&str]) -> Vec<u64> {
        let mut sums = vec![0; self.all_runs(server).len()];
        for name in self.names(kind).into_iter().filter(|name| !without.contains(name)) {
            let runs = self.runs(kind, name, server);
            sums.iter_mut().zip(runs).for_each(|(sum, value)| *sum += value);
        }
        sums
    }

    fn all_runs(&self, server: &str) -> BTreeSet<usize> {
        let of_server = self.numbers.iter().filter(|((_, _, of), _)| *of == server);
        of_server.flat_map(|(_, runs)| runs.keys().copied()).collect()
    }
}

/// The one in the middle.
pub(crate) fn median<T: PartialOrd + Copy>(values: &[T]) -> Option<T> {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| a.partial_cmp(b).expect("numbers"));
    sorted.get(sorted.len() / 2).copied()
}

/// From the least to the greatest; one number if they are the same.
pub(crate) fn range(values: &[u64]) -> String {
    match (values.iter().min(), values.iter().max()) {
        (Some(least), Some(most)) if least == most => least.to_string(),
        (Some(least), Some(most)) => format!("{least}–{most}"),
        _ => "–".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Summary, median, range};
    use crate::books::entries::Entry;

    fn entry(server: &str, run: usize, name: &str, value: u64) -> Entry {
        let [server, workload, kind, name] = [server, "quiet", "calls", name].map(str::to_owned);
        Entry { server, workload, run, kind, name, value }
    }

    #[test]
    fn what_a_run_does_not_tell_of_is_0_and_sums_are_of_each_run() {
        let entries = [
            entry("a", 1, "read", 5),
            entry("a", 2, "write", 7),
            entry("a", 2, "read", 6),
            entry("b", 1, "brk", 1),
        ];
        let summary = Summary::of(&entries, "quiet");
        assert_eq!(summary.runs("calls", "write", "a"), [0, 7]);
        assert_eq!(summary.sums("calls", "a", &[]), [5, 13]);
        assert_eq!(summary.sums("calls", "a", &["read"]), [0, 7]);
        assert_eq!(summary.names("calls"), ["write", "read", "brk"]);
        assert!(Summary::of(&entries, "burst").names("calls").is_empty());
    }

    #[test]
    fn the_middle_and_the_range_are_of_all_runs() {
        assert_eq!(median(&[5, 1, 3]), Some(3));
        assert_eq!(range(&[5, 1, 3]), "1–5");
        assert_eq!(range(&[4, 4]), "4");
        assert_eq!((median::<u64>(&[]), range(&[])), (None, "–".to_owned()));
    }
}
