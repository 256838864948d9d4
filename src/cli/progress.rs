//! Shows the current stage of a long render on a terminal. Prints nothing to a pipe or if the render is short.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::ui;

/// A render that finishes within this time prints nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// The progress line. It is erased when this is dropped.
pub(super) struct Progress {
    stages: Option<(Sender<&'static str>, JoinHandle<()>)>,
}

impl Progress {
    /// Starts with a stage.
    pub(super) fn new(stage: &'static str) -> Self {
        if !ui::is_watched() {
            return Self { stages: None };
        }
        let (sender, receiver) = channel();
        let show = move || {
            let mut stage = stage;
            let mut shown = false;
            let mut wait = PATIENCE;
            loop {
                match receiver.recv_timeout(wait) {
                    Ok(next) => {
                        stage = next;
                        if shown {
                            ui::status(stage);
                        }
                    }
                    Err(RecvTimeoutError::Timeout) => {
                        ui::status(stage);
                        shown = true;
                        wait = Duration::from_secs(3600);
                    }
                    Err(RecvTimeoutError::Disconnected) => break,
                }
            }
            if shown {
                ui::status("");
            }
        };
        Self {
            stages: Some((sender, std::thread::spawn(show))),
        }
    }

    /// Moves on to another stage.
    pub(super) fn stage(&self, stage: &'static str) {
        if let Some((sender, _)) = &self.stages {
            // The receiver is gone if the terminal was closed.
            let _ = sender.send(stage);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((sender, shown)) = self.stages.take() {
            drop(sender);
            let _ = shown.join();
        }
    }
}
