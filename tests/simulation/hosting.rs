//! What a host does beside the turns, told to the oracle.

use pollcast::SayError;
use pollcast::kernel::Kernel;
use pollcast::observer::Observer;

use crate::choice::Choices;
use crate::run::Run;

impl<const SHORT: bool, K: Kernel, O: Observer> Run<SHORT, K, O> {
    /// With this chance in a thousand each, the host says something, tells somebody something, and
    /// puts somebody out.
    pub fn host_acts(&mut self, per_mille: u32, choices: &mut impl Choices) {
        let most = self.server.config().longest_line();
        if most == 0 {
            return;
        }
        if choices.chance(per_mille) {
            let bytes = words(choices.amount(most));
            let outcome = self.say_to_all(&bytes);
            assert!(matches!(outcome, Ok(()) | Err(SayError::Later)), "{outcome:?}");
        }
        if choices.chance(per_mille) {
            let (client, bytes) = (self.somebody(choices), words(choices.amount(most)));
            let outcome = self.say_to(client, &bytes);
            let is_allowed = matches!(outcome, Ok(()) | Err(SayError::Later | SayError::Gone));
            assert!(is_allowed, "{outcome:?}");
        }
        if choices.chance(per_mille / 10) {
            let client = self.somebody(choices);
            let outcome = self.ask(|server| server.evict(client));
            assert!(matches!(outcome, Ok(()) | Err(SayError::Gone)), "{outcome:?}");
            self.world_mut().idle_spins = 0;
        }
    }

    pub fn say_to_all(&mut self, bytes: &[u8]) -> Result<(), SayError> {
        let said = self.ask(|server| server.broadcast(bytes));
        if said.is_ok() && self.server.client_count() > 0 {
            let mut world = self.world_mut();
            world.say("host says", bytes.len());
            world.oracle.host_said(bytes);
            world.idle_spins = 0;
        }
        said
    }

    pub fn say_to(&mut self, client: usize, bytes: &[u8]) -> Result<(), SayError> {
        let said = self.ask(|server| server.send_to(client, bytes));
        if said.is_ok() {
            let mut world = self.world_mut();
            let id = world.oracle.keys[&client];
            world.say("host tells", (id, bytes.len()));
            world.oracle.host_told(id, bytes);
            world.idle_spins = 0;
        }
        said
    }

    /// The key of a client, or one that nobody has.
    fn somebody(&self, choices: &mut impl Choices) -> usize {
        choices.below(self.server.client_count() + 1)
    }
}

/// So many bytes, the last of them a line feed.
pub fn words(bytes: usize) -> Vec<u8> {
    let mut words: Vec<u8> = (0..bytes).map(|byte| 0xc0 | (byte % 61) as u8).collect();
    words[bytes - 1] = b'\n';
    words
}
