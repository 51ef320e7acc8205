//! Who is compared: how each is started, how its clients talk, and what it promises.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::protocol::Protocol;
use crate::record::Entrant;

/// What a server promises to its receivers; the load generator checks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Every byte of every message arrives once; messages may overtake each other.
    Bytes,
    /// And the messages of a sender arrive in its order.
    Order,
    /// And all receivers see the messages of all senders in the same order.
    OneLog,
}

impl Class {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Order => "order",
            Self::OneLog => "one log",
        }
    }
}

/// A server that is compared.
#[derive(Debug, Clone)]
pub(crate) struct Contender {
    pub(crate) name: String,
    /// What it is, in a few words.
    pub(crate) design: &'static str,
    pub(crate) class: Class,
    /// Whether a sender gets its own messages.
    pub(crate) echoes: bool,
    pub(crate) protocol: Protocol,
    pub(crate) program: PathBuf,
    /// With `{address}`, `{host}`, `{port}`, `{clients}` and `{config}` for what they stand for.
    pub(crate) arguments: Vec<String>,
    /// What is in the file that `{config}` names.
    pub(crate) config: Option<&'static str>,
    /// Whether it says `listening on ADDRESS`, and chooses a port by itself.
    pub(crate) speaks: bool,
    /// How long to wait after each client that connects.
    pub(crate) pause: Duration,
    /// More clients than that it cannot have, and why.
    pub(crate) most: Option<(usize, &'static str)>,
    /// More talkers than that it cannot have.
    pub(crate) most_talkers: usize,
    /// Of the program, and of what built it.
    pub(crate) version: String,
}

impl Contender {
    /// One of ours or of our peers: it takes an address, and says where it listens.
    pub(crate) fn ours(name: &str, design: &'static str, program: PathBuf) -> Self {
        Self {
            name: name.to_owned(),
            design,
            class: Class::OneLog,
            echoes: true,
            protocol: Protocol::Raw,
            program,
            arguments: vec!["{address}".to_owned()],
            config: None,
            speaks: true,
            pause: Duration::ZERO,
            most: None,
            most_talkers: usize::MAX,
            version: String::new(),
        }
    }

    /// Whether it is another kind of server, made by others.
    pub(crate) fn is_foreign(&self) -> bool {
        !self.speaks
    }

    /// The same server with more arguments in front.
    pub(crate) fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments.splice(0..0, arguments.iter().map(|&word| word.to_owned()));
        self
    }

    /// Under another name.
    pub(crate) fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Its arguments, for so many clients that come to this address. Writes its configuration.
    pub(crate) fn arguments(
        &self,
        address: SocketAddr,
        clients: usize,
        folder: &Path,
    ) -> Result<Vec<String>, String> {
        let fill = |text: &str| {
            text.replace("{address}", &address.to_string())
                .replace("{host}", &address.ip().to_string())
                .replace("{port}", &address.port().to_string())
                .replace("{clients}", &clients.to_string())
        };
        let config = folder.join(format!("{}.conf", self.name));
        if let Some(text) = self.config {
            fs::write(&config, fill(text))
                .map_err(|error| format!("{}: {error}", config.display()))?;
        }
        let config = config.to_string_lossy();
        let filled = self.arguments.iter().map(|word| fill(word).replace("{config}", &config));
        Ok(filled.collect())
    }

    /// How it stands in the report.
    pub(crate) fn entrant(&self) -> Entrant {
        let name = self.program.file_name().unwrap_or_default().to_string_lossy();
        let config = self.config.map(|text| text.trim().replace('\n', "; "));
        let config = config.map_or_else(String::new, |text| format!(" ({{config}}: {text})"));
        Entrant {
            contender: self.name.clone(),
            design: self.design.to_owned(),
            class: self.class.name().to_owned(),
            echoes: self.echoes,
            command: format!("{name} {}{config}", self.arguments.join(" ")),
            version: self.version.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Contender;

    #[test]
    fn arguments_are_filled_in_and_a_configuration_is_written() {
        let folder = std::env::temp_dir();
        let mut contender = Contender::ours("configured", "", "/bin/server".into());
        contender.arguments = ["-l", "{host}", "{port}", "-m", "{clients}", "-c", "{config}"]
            .map(str::to_owned)
            .to_vec();
        contender.config = Some("listener {port} {host}\n");
        let address = "127.0.0.1:4321".parse().expect("an address");
        let words = contender.arguments(address, 77, &folder).expect("it can be written");
        assert_eq!(words[..6], ["-l", "127.0.0.1", "4321", "-m", "77", "-c"]);
        let text = std::fs::read_to_string(&words[6]).expect("it was written");
        assert_eq!(text, "listener 4321 127.0.0.1\n");
        std::fs::remove_file(&words[6]).expect("it is there");
    }

    #[test]
    fn more_arguments_stand_in_front() {
        let contender = Contender::ours("a", "", "a".into()).with(&["--patience", "0"]);
        assert_eq!(contender.arguments, ["--patience", "0", "{address}"]);
    }
}
