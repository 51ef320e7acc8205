//! The host of one server: it drives the loop, and between turns it heeds signals, answers for the
//! counters, and keeps the service manager informed.

use std::borrow::Borrow;
use std::io;
use std::time::{Duration, Instant};

use log::{info, warn};
use pollcast::Server;
use pollcast::kernel::Kernel;
use pollcast::kernel::mio::MioKernel;
use pollcast::observer::Observer;
use pollcast::observer::log::LogObserver;

use super::logger::Logger;
use super::report::Report;
use super::service::{self, News};
use super::signals::Signals;
use super::statistics::StatisticsSocket;
#[cfg(feature = "trace")]
use super::tracing::Tracing;

/// A server, and all that is not a client of it.
pub(crate) struct Host<K: Kernel, O: Observer> {
    server: Server<K, O>,
    logger: Logger,
    signals: Signals,
    statistics: Option<StatisticsSocket>,
    /// How often a line of counters is logged, and when the next one is.
    interval: Option<(Duration, Instant)>,
    started: Instant,
    /// Events of the host's own sources that were heeded.
    heeded: u64,
    /// When to answer on for the counters, if some may be left: no event will tell of them again.
    answers_due: Option<Instant>,
    #[cfg(feature = "trace")]
    tracing: Option<Tracing>,
}

impl<K, O> Host<K, O>
where
    K: Kernel + Borrow<MioKernel>,
    O: Observer + Borrow<LogObserver>,
{
    /// A host of this server.
    ///
    /// # Errors
    /// One line that says what cannot work.
    pub(crate) fn new(
        server: Server<K, O>,
        logger: Logger,
        mut signals: Signals,
        mut statistics: Option<StatisticsSocket>,
    ) -> Result<Self, String> {
        let cannot_watch =
            |error: io::Error| format!("cannot watch for signals and questions: {error}");
        let registry = server.kernel().borrow().registry();
        signals.wake(registry).map_err(cannot_watch)?;
        if let Some(statistics) = &mut statistics {
            statistics.wake(registry).map_err(cannot_watch)?;
        }
        let started = Instant::now();
        Ok(Self {
            server,
            logger,
            signals,
            statistics,
            interval: None,
            started,
            heeded: 0,
            answers_due: None,
            #[cfg(feature = "trace")]
            tracing: None,
        })
    }

    /// Heeds what a trace of the server asks for between turns.
    #[cfg(feature = "trace")]
    pub(crate) fn heed_trace(&mut self, tracing: Tracing) {
        self.tracing = Some(tracing);
    }

    /// Logs a line of counters so often.
    pub(crate) fn log_counters_every(&mut self, interval: Duration) {
        self.interval = Some((interval, self.started + interval));
    }

    /// Runs until a signal asks for the end, and then until everybody has everything.
    ///
    /// # Errors
    /// When it cannot wait for events any more.
    pub(crate) fn run(&mut self) -> io::Result<()> {
        tell(News::Ready);
        let mut is_ending = false;
        while !self.server.is_finished() {
            self.server.turn(self.pause())?;
            self.heed_sources();
            self.log_counters();
            #[cfg(feature = "trace")]
            self.tracing.iter().for_each(Tracing::heed);
            if self.signals.end_is_asked() && !is_ending {
                is_ending = true;
                self.server.shut_down();
                tell(News::Stopping);
            }
        }
        #[cfg(feature = "trace")]
        self.tracing.iter().for_each(Tracing::end);
        info!("summary: {}", self.report().line());
        Ok(())
    }

    /// How long the next turn may wait.
    fn pause(&self) -> Option<Duration> {
        let line = self.interval.map(|(_, at)| at);
        let next = [line, self.answers_due].into_iter().flatten().min();
        next.map(|at| at.saturating_duration_since(Instant::now()))
    }

    /// Looks at the sources of its own, if one of them has news.
    fn heed_sources(&mut self) {
        let events = self.server.kernel().borrow().host_events();
        let now = Instant::now();
        if events == self.heeded && self.answers_due.is_none_or(|at| at > now) {
            return;
        }
        self.heeded = events;
        self.signals.hear();
        if let Some(mut statistics) = self.statistics.take() {
            self.answers_due = statistics.answer(|| self.report().json()).map(|pause| now + pause);
            self.statistics = Some(statistics);
        }
    }

    /// Logs the counters, if they are asked for or due. An interval that was slept through is due
    /// once.
    fn log_counters(&mut self) {
        let now = Instant::now();
        let is_due = self.interval.is_some_and(|(_, at)| at <= now);
        if let Some((interval, at)) = self.interval.as_mut().filter(|_| is_due) {
            *at = now + *interval;
        }
        if self.signals.counters_are_asked() || is_due {
            info!("stats: {}", self.report().line());
        }
    }

    fn report(&self) -> Report<'_> {
        Report {
            stats: self.server.stats(),
            uptime: self.started.elapsed(),
            clients: self.server.client_count(),
            memory: self.server.memory(),
            lines_dropped: self.logger.dropped_lines(),
            lines_suppressed: self.server.observer().borrow().suppressed(),
        }
    }
}

/// A service manager that cannot be told ends nothing here; it will end what it does not hear of.
fn tell(news: News) {
    if let Err(error) = service::tell(news) {
        warn!("the service manager was not told {news:?}: {error}");
    }
}
