//! Whom a kit is for, and so what is in it.

use crate::render::kit_view::Shows;

/// Whom a kit is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Audience {
    /// Whoever: everything is in it.
    #[default]
    Everybody,
    /// Whoever has to say yes: what is granted, why, what was asked. No steps.
    Reviewer,
    /// Whoever deploys it: the steps, the checks, the keys, the way back. No permission table.
    Operator,
    /// Whoever has ordered it: all but the budget of quotas, which only its maker fills.
    Customer,
}

impl Audience {
    /// Whether it is told what a reviewer asks.
    pub fn is_told_findings(self) -> bool {
        self.shows().findings
    }

    /// The sections that it is shown.
    pub(super) fn shows(self) -> Shows {
        let reads = self != Audience::Operator;
        let works = self != Audience::Reviewer;
        Shows {
            permissions: reads,
            findings: reads,
            quotas: self != Audience::Customer,
            policies: reads,
            deploy: works,
            verify: works,
            keys: works,
            glossary: matches!(self, Audience::Everybody | Audience::Customer),
        }
    }
}
