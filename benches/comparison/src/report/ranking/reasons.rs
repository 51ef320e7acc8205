//! Why a server of others is first, where one is: what it does less of. Why pollcast is, all of its
//! documents tell.

use std::collections::BTreeSet;

/// What a figure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    Messages,
    Connections,
    Memory,
}

/// Whoever parses frames and matches topics.
const BROKER: &str = "and it does more than the others: it parses frames, matches topics, and \
    answers";

/// Nothing to say of who is not known.
fn messages(contender: &str) -> Option<String> {
    let text = match contender {
        "floor" => "no loop and no queue: it reads one socket, and writes to all others",
        "uring" => "all sends of a turn cross into the kernel in one system call",
        "threads" => {
            "whoever reads broadcasts for all, and what came meanwhile leaves in one write to \
             each; its threads can share the work"
        }
        "tokio" => {
            "one task gathers what all others have read, and writes it to each at once; its \
             threads can share the work"
        }
        "go-fixed" => {
            "what came meanwhile is one message, and all that is queued for a client leaves in \
             one write; its threads can share the work"
        }
        "go" => "a goroutine for each write: its threads can share the work, and none gathers",
        "select" => {
            "one thread without a runtime; what was read in a turn leaves in one write to each, \
             and with few descriptors select(2) is cheap"
        }
        "mio-naive" => "one thread, and no work to gather: each message leaves at once",
        "ncat" => "one thread in C; it does not echo, so each message is one delivery less",
        "redis" => return Some(format!("one thread that writes its replies by turns, {BROKER}")),
        "nats" => return Some(format!("each client's writer gathers what is queued, {BROKER}")),
        "mosquitto" => return Some(format!("one thread in C without a runtime, {BROKER}")),
        _ => return None,
    };
    Some(text.to_owned())
}

fn memory(contender: &str) -> Option<&'static str> {
    Some(match contender {
        "floor" => "it has one buffer, and a descriptor for each client",
        "uring" => "what was said is held once for all, and buffers are the kernel's to fill",
        "mosquitto" | "ncat" | "select" => {
            "a program in C without a runtime, and buffers that are made as they are needed"
        }
        "mio-naive" => "one thread, and an empty queue takes next to nothing",
        "redis" => "one thread, and buffers of clients that are given back",
        "threads" => "there is no runtime, and of small stacks only what was used is resident",
        "tokio" => "a task takes less than a thread or a goroutine",
        "go" | "go-fixed" | "nats" => "small stacks, and a heap that was collected in time",
        _ => return None,
    })
}

/// Of those whose clients can come and go.
fn connections(contender: &str) -> Option<&'static str> {
    Some(match contender {
        "uring" => "accept and receive stay armed in the kernel: they take no call of their own",
        "select" | "ncat" => "a descriptor is registered nowhere: select(2) is told all each time",
        "mio-naive" => "one thread, and next to nothing is made for a client",
        "threads" => "a blocking thread for each client has nothing to register",
        "go" | "go-fixed" => "a goroutine is cheap to start, and its threads can share the work",
        "tokio" => "a task is cheap to start, and its threads can share the work",
        _ => return None,
    })
}

/// A sentence of those who are first or tie for it; these are names with their marks.
pub(crate) fn sentence<'a>(names: impl IntoIterator<Item = &'a str>, about: About) -> String {
    let names: BTreeSet<&str> = names.into_iter().filter_map(unmarked).collect();
    let told = names.into_iter().filter_map(|name| {
        let reason = match about {
            About::Messages => messages(name),
            About::Connections => connections(name).map(str::to_owned),
            About::Memory => memory(name).map(str::to_owned),
        };
        Some(format!("{name}: {}", reason?))
    });
    let told = told.collect::<Vec<_>>().join("; ");
    if told.is_empty() { String::new() } else { format!(" Why: {told}.") }
}

/// Without class, reorderings and patience.
fn unmarked(name: &str) -> Option<&str> {
    name.split([' ', ',']).next()
}

#[cfg(test)]
mod tests {
    use super::{About, memory, messages, sentence};
    use crate::report::data::SUBJECT;
    use crate::report::synthetic::MODELS;

    #[test]
    fn there_is_a_reason_for_everybody_else() {
        for name in MODELS.map(|model| model.name) {
            let is_told = name != SUBJECT;
            assert_eq!(
                (messages(name).is_some(), memory(name).is_some()),
                (is_told, is_told),
                "{name}"
            );
        }
    }

    #[test]
    fn who_is_first_at_several_loads_is_explained_once() {
        let names = ["uring", "go (bytes; 3 reordered)", "uring", "interest once"];
        let told = sentence(names, About::Messages);
        assert_eq!(told.matches("uring: all sends of a turn").count(), 1, "{told}");
        assert!(told.starts_with(" Why: go: a goroutine for each write"), "{told}");
        assert!(!told.contains("interest"), "{told}");
        assert_eq!(sentence(["interest once"], About::Messages), "");
    }

    #[test]
    fn who_takes_connections_well_has_another_reason_than_who_sends_well() {
        let told = sentence(["uring"], About::Connections);
        assert!(told.contains("accept and receive stay armed"), "{told}");
        assert_eq!(sentence(["redis"], About::Connections), "");
    }

    #[test]
    fn memory_has_reasons_of_its_own_and_brokers_do_more() {
        let told = sentence(["uring", "pollcast, patience 1s"], About::Memory);
        assert!(told.contains("held once for all"), "{told}");
        for name in ["redis", "nats", "mosquitto"] {
            let told = sentence([name], About::Messages);
            assert!(told.contains("parses frames, matches topics, and answers"), "{told}");
        }
    }
}
