//! The configuration of a server as JSON, and back. Times are nanoseconds here: exact, and nobody
//! looks at them on a time line.

use std::time::Duration;

use serde_json::{Value, json};

use crate::config::{Allocation, Config, Framing, HalfClose, Interest, Patience, TurnLimits};

/// All of it. A field that is new has to be here: this does not compile without.
pub(in crate::trace) fn configuration(config: &Config) -> Value {
    let Config {
        max_queue,
        max_memory,
        allocation,
        patience,
        max_clients,
        max_clients_per_address,
        idle_timeout,
        drain_timeout,
        gather,
        framing,
        max_line,
        echo,
        half_close,
        interest,
        turn,
    } = config;
    json!({
        "max_queue": max_queue,
        "max_memory": max_memory,
        "allocated_at_start": *allocation == Allocation::AtStart,
        "patience": limit(*patience),
        "max_clients": max_clients,
        "max_clients_per_address": max_clients_per_address,
        "idle_timeout": idle_timeout.map(nanoseconds), "drain_timeout": nanoseconds(*drain_timeout),
        "gather": nanoseconds(*gather),
        "lines": *framing == Framing::Line,
        "max_line": max_line,
        "echo": echo,
        "listens_on": *half_close == HalfClose::Listen,
        "registered_once": *interest == Interest::Once,
        "turn": turn_limits(*turn),
    })
}

/// The configuration that this is.
///
/// # Errors
/// The field that is missing, or of another kind.
pub(in crate::trace) fn configured(value: &Value) -> Result<Config, String> {
    Ok(Config {
        max_queue: number(value, "max_queue")?,
        max_memory: number(value, "max_memory")?,
        allocation: either(value, "allocated_at_start", Allocation::AtStart, Allocation::AsNeeded)?,
        patience: time(value, "patience")?.map_or(Patience::Forever, Patience::Limit),
        max_clients: number(value, "max_clients")?,
        max_clients_per_address: match value["max_clients_per_address"] {
            Value::Null => None,
            _ => Some(number(value, "max_clients_per_address")?),
        },
        idle_timeout: time(value, "idle_timeout")?,
        drain_timeout: time(value, "drain_timeout")?.unwrap_or_default(),
        gather: time(value, "gather")?.unwrap_or_default(),
        framing: either(value, "lines", Framing::Line, Framing::Raw)?,
        max_line: number(value, "max_line")?,
        echo: either(value, "echo", true, false)?,
        half_close: either(value, "listens_on", HalfClose::Listen, HalfClose::Leave)?,
        interest: either(value, "registered_once", Interest::Once, Interest::Toggle)?,
        turn: turn_limited(&value["turn"])?,
    })
}

fn turn_limits(turn: TurnLimits) -> Value {
    let TurnLimits { accepts, reads, writes, bytes } = turn;
    json!({ "accepts": accepts, "reads": reads, "writes": writes, "bytes": bytes })
}

fn turn_limited(value: &Value) -> Result<TurnLimits, String> {
    Ok(TurnLimits {
        accepts: number(value, "accepts")?,
        reads: number(value, "reads")?,
        writes: number(value, "writes")?,
        bytes: number(value, "bytes")?,
    })
}

fn limit(patience: Patience) -> Value {
    match patience {
        Patience::Limit(time) => nanoseconds(time),
        Patience::Forever => Value::Null,
    }
}

fn nanoseconds(time: Duration) -> Value {
    json!(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}

fn number(value: &Value, name: &str) -> Result<usize, String> {
    let number = value[name].as_u64().and_then(|number| usize::try_from(number).ok());
    number.ok_or_else(|| format!("{name} is no number that fits"))
}

fn either<T>(value: &Value, name: &str, yes: T, no: T) -> Result<T, String> {
    let is = value[name].as_bool();
    is.map(|is| if is { yes } else { no }).ok_or_else(|| format!("{name} is no truth value"))
}

fn time(value: &Value, name: &str) -> Result<Option<Duration>, String> {
    match &value[name] {
        Value::Null => Ok(None),
        other => {
            let time = other.as_u64().map(Duration::from_nanos);
            time.map(Some).ok_or_else(|| format!("{name} is no time in nanoseconds"))
        }
    }
}
