//! Values that may name the target they are for: `${account}` stands for its id, `${name}` for its name.

use super::sink::Sink;
use crate::diag::{Diagnostic, Span};
use crate::model::{AccountId, Refusal, shown};

const ACCOUNT: &str = "${account}";
const NAME: &str = "${name}";

/// A value of some targets, or of all.
#[derive(Debug, Clone)]
pub(super) struct PerTarget<T> {
    text: String,
    /// The value, if it is the same for every target; absent if it has a fault.
    pub(super) same: Option<T>,
    /// Whether it names the target.
    pub(super) differs: bool,
    /// Where it is written.
    pub(super) span: Span,
    code: &'static str,
    parse: fn(&str) -> Result<T, Refusal>,
}

impl<T: Clone> PerTarget<T> {
    /// Reads a value. A fault that no target mends is reported at once.
    pub(super) fn parse(
        sink: &mut Sink,
        (text, span): (&str, Span),
        code: &'static str,
        parse: fn(&str) -> Result<T, Refusal>,
    ) -> Self {
        let differs = text.contains(ACCOUNT) || text.contains(NAME);
        Self {
            same: match differs {
                true => None,
                false => sink.take(code, span, parse(text)),
            },
            text: text.to_owned(),
            differs,
            span,
            code,
            parse,
        }
    }

    /// Whether it contains the target's name.
    pub(super) fn has_name(&self) -> bool {
        self.text.contains(NAME)
    }

    /// The value for one target.
    pub(super) fn of(&self, sink: &mut Sink, account: &AccountId, name: &str) -> Option<T> {
        if !self.differs {
            return self.same.clone();
        }
        let filled = self
            .text
            .replace(ACCOUNT, account.as_str())
            .replace(NAME, name);
        match (self.parse)(&filled) {
            Ok(value) => Some(value),
            Err(refusal) => {
                sink.push(
                    Diagnostic::error(self.code, self.span, refusal.what)
                        .label(format!(
                            "for account {account}, whose name is {}",
                            shown(name)
                        ))
                        .why(refusal.why)
                        .help(match self.has_name() {
                            true => "write `${account}`, or give this target a value of its own"
                                .to_owned(),
                            false => refusal.help,
                        }),
                );
                None
            }
        }
    }
}
