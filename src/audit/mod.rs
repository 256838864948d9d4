//! Audit: what is in the accounts, or what Terraform would make there, held against the plan, in grants.
//!
//! 1. `rule` lists what can be found.
//! 2. `account` goes through what is planned for one account; `principal` compares a user, a group or a role, and
//!    `policy` one policy.
//! 3. `foreign` finds what stands beside and reaches in: members, attachments, other roles that let the hub in.
//!    `trust` says whether a trust policy lets a `caller` in, as far as it can be known.
//! 4. `keys` looks at the age of access keys.
//! 5. `allow` marks what the deployment accepts.
//!
//! What is not ours and does not reach in is no finding.

mod account;
mod allow;
mod caller;
mod foreign;
mod keys;
mod planned;
mod policy;
mod principal;
mod reach;
mod rule;
mod trust;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use time::Date;

pub use caller::Caller;
pub use rule::{RULES, Rule};
pub use trust::TrustPolicy;

use crate::diag::{Diagnostic, Severity, Span};
use crate::load::credentials::CredentialReport;
use crate::load::snapshot::Snapshot;
use crate::model::{AccountId, PolicyKind};
use crate::plan::{self, Plan};
use crate::reference::Reference;
use crate::resolve::Resolved;
use crate::review::GrantChange;

/// What an audit looks at.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The deployment with every name bound.
    pub resolved: &'a Resolved,
    /// The resources that come of it.
    pub plan: &'a Plan,
    /// What was seen.
    pub seen: Seen<'a>,
    /// The AWS service reference.
    pub reference: &'a Reference,
    /// The day on which it is looked at.
    pub today: Date,
    /// Whether an account without a snapshot, or keys without a report, are a note only.
    pub partial: bool,
}

/// What was seen of the accounts.
#[derive(Debug, Clone, Copy)]
pub enum Seen<'a> {
    /// What is there.
    Accounts {
        snapshots: &'a BTreeMap<AccountId, Snapshot>,
        reports: &'a BTreeMap<AccountId, CredentialReport>,
    },
    /// What Terraform plans for some accounts. Nothing is known of the others.
    Terraform(&'a BTreeMap<AccountId, AfterApply>),
}

/// What an account holds after an apply.
#[derive(Debug, Clone)]
pub struct AfterApply {
    /// What it holds.
    pub snapshot: Snapshot,
    /// What of the plan is not understood, a line each.
    pub odd: Vec<String>,
}

/// What an audit found.
#[derive(Debug, Clone)]
pub struct Audit {
    /// The accounts of the plan that were asked for: the hub first.
    pub accounts: Vec<Account>,
    /// What was found, the worst first.
    pub findings: Vec<Finding>,
}

/// An account of the plan.
#[derive(Debug, Clone, Serialize)]
pub struct Account {
    /// The account.
    #[serde(rename = "account")]
    pub id: AccountId,
    /// Its name for people.
    pub name: String,
    /// Whether it is the hub.
    pub hub: bool,
    /// What came of it.
    pub state: State,
}

/// What came of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It was compared.
    Compared,
    /// It was looked at, and nothing of the deployment is there.
    NotDeployed,
    /// There is no snapshot of it.
    NoSnapshot,
}

/// Something that is not as planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub rule: &'static Rule,
    /// How serious it is here.
    pub severity: Severity,
    /// Where; nowhere for what is wrong in the deployment itself.
    pub account: Option<AccountId>,
    /// The principal or managed policy that it is about: what it is, and its name.
    pub principal: Option<(&'static str, String)>,
    /// The policy of the principal that it is about; a managed one by its ARN if it is not planned.
    pub policy: Option<(PolicyKind, String)>,
    /// What is wrong, in words. It goes on where the principal and the policy are named.
    pub what: String,
    /// The differences in grants: before is planned, after is there.
    pub grants: Vec<GrantChange>,
    /// Names by which the deployment can accept it.
    pub about: Vec<String>,
    /// The line of the deployment that it belongs to.
    pub span: Span,
    /// Why the deployment accepts it, if it does.
    pub accepted: Option<String>,
}

impl Audit {
    /// Whether nothing was found but notes and what the deployment accepts.
    pub fn is_clean(&self) -> bool {
        self.findings
            .iter()
            .all(|finding| finding.severity == Severity::Note || finding.accepted.is_some())
    }
}

/// Holds what was seen against the plan. The diagnostics are faults of what the deployment accepts.
pub fn audit(input: &Input<'_>) -> (Audit, Vec<Diagnostic>) {
    let planned = plan::access(input.plan);
    let reach = reach::Reach::new(input, &planned);
    let mut audit = Audit {
        accounts: Vec::new(),
        findings: Vec::new(),
    };
    for (id, name, hub, span) in accounts(input) {
        let snapshot = match input.seen {
            Seen::Accounts { snapshots, .. } => snapshots.get(id),
            Seen::Terraform(planned) => match planned.get(id) {
                Some(planned) => Some(&planned.snapshot),
                None => continue,
            },
        };
        let mut findings = Findings {
            account: id,
            span,
            found: &mut audit.findings,
        };
        let state = match snapshot {
            Some(snapshot) => {
                let planned = planned::All {
                    input,
                    access: &planned,
                    reach: &reach,
                };
                account::compare(&planned, id, snapshot, &mut findings)
            }
            None => {
                let severity = missing_severity(input);
                findings.add(
                    &rule::NO_SNAPSHOT,
                    "was not checked: there is no snapshot of it",
                );
                findings.last(|finding| finding.severity = severity);
                State::NoSnapshot
            }
        };
        audit.accounts.push(Account {
            id: id.clone(),
            name: name.to_owned(),
            hub,
            state,
        });
    }
    let faults = allow::accept(input, &mut audit);
    let order = |finding: &Finding| {
        let rule = RULES.iter().position(|rule| *rule == finding.rule);
        let accounts = &audit.accounts;
        let account = accounts
            .iter()
            .position(|account| Some(&account.id) == finding.account.as_ref());
        (finding.severity, rule, account)
    };
    audit.findings.sort_by(|a, b| {
        let names = |finding: &'_ Finding| (finding.principal.clone(), finding.policy.clone());
        (order(a), names(a)).cmp(&(order(b), names(b)))
    });
    (audit, faults)
}

/// The severity of not knowing something.
fn missing_severity(input: &Input<'_>) -> Severity {
    match input.partial {
        true => Severity::Note,
        false => Severity::Warning,
    }
}

/// The accounts of the plan, each with its name, whether it is the hub, and its line in the deployment.
fn accounts<'a>(input: &Input<'a>) -> Vec<(&'a AccountId, &'a str, bool, Span)> {
    let hub = input.resolved.hub.iter();
    let hub = hub.map(|hub| (&hub.account, "hub", true, hub.span));
    let targets = input.resolved.targets.iter();
    let targets = targets.map(|target| (&target.account, target.name.as_str(), false, target.span));
    let mut accounts: Vec<_> = hub.chain(targets).collect();
    // An account can have several roles, and the hub can have some too.
    let mut known = BTreeSet::new();
    accounts.retain(|(account, ..)| known.insert(*account));
    // Where CloudFormation works as a role of the plan, and nothing else may be.
    if let Some(sets) = &input.resolved.layout.stack_set
        && input.plan.accounts().contains(&&sets.account)
        && accounts
            .iter()
            .all(|(account, ..)| **account != sets.account)
    {
        accounts.push((&sets.account, "stack sets", false, sets.span));
    }
    accounts
}

/// What is found in one account.
struct Findings<'a> {
    account: &'a AccountId,
    span: Span,
    found: &'a mut Vec<Finding>,
}

impl Findings<'_> {
    /// Adds a finding about the account as a whole.
    fn add(&mut self, rule: &'static Rule, what: impl Into<String>) {
        self.found.push(Finding {
            rule,
            severity: rule.severity,
            account: Some(self.account.clone()),
            principal: None,
            policy: None,
            what: what.into(),
            grants: Vec::new(),
            about: vec![self.account.to_string()],
            span: self.span,
            accepted: None,
        });
    }

    /// Adds a finding about a principal or a managed policy.
    fn about(
        &mut self,
        rule: &'static Rule,
        principal: (&'static str, &str),
        what: impl Into<String>,
    ) {
        self.add(rule, what);
        self.last(|finding| {
            finding.principal = Some((principal.0, principal.1.to_owned()));
            finding.about.push(principal.1.to_owned());
        });
    }

    /// Adds a finding about a policy of a principal.
    fn policy(
        &mut self,
        rule: &'static Rule,
        principal: (&'static str, &str),
        policy: (PolicyKind, &str),
        what: impl Into<String>,
    ) {
        self.about(rule, principal, what);
        self.last(|finding| {
            finding.policy = Some((policy.0, policy.1.to_owned()));
            finding.about.push(policy.1.to_owned());
        });
    }

    /// Changes the finding that was added last.
    fn last(&mut self, change: impl FnOnce(&mut Finding)) {
        if let Some(finding) = self.found.last_mut() {
            change(finding);
        }
    }
}
