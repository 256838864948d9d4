//! Audit: compares the grants in accounts, or those that a Terraform plan would create, with the plan.
//!
//! 1. `rule` lists the kinds of findings.
//! 2. `account` compares everything planned for one account; `principal` compares a user, a group or a role, and
//!    `policy` one policy.
//! 3. `foreign` finds unplanned resources that give access: members, attachments, other roles that trust whom
//!    planned roles trust. `trust` decides whether a trust policy lets a `caller` in, as far as that can be known, and
//!    `bearer` whether it lets in somebody with a token or a certificate.
//! 4. `keys` checks the age of access keys.
//! 5. `allow` marks accepted findings.
//!
//! Other resources of an account that give no access to planned ones are not reported.

mod account;
mod allow;
mod bearer;
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

pub use bearer::Bearers;
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

/// The input of an audit.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The resolved deployment.
    pub resolved: &'a Resolved,
    /// The planned resources.
    pub plan: &'a Plan,
    /// The evidence to compare with the plan.
    pub seen: Seen<'a>,
    /// The AWS service reference.
    pub reference: &'a Reference,
    /// The date of the audit.
    pub today: Date,
    /// Whether an account without a snapshot, or keys without a report, are only a note.
    pub partial: bool,
}

/// The state of the accounts.
#[derive(Debug, Clone, Copy)]
pub enum Seen<'a> {
    /// The accounts as they are.
    Accounts {
        snapshots: &'a BTreeMap<AccountId, Snapshot>,
        reports: &'a BTreeMap<AccountId, CredentialReport>,
    },
    /// The accounts as a Terraform plan would leave them. Other accounts are unknown.
    Terraform(&'a BTreeMap<AccountId, AfterApply>),
}

/// The state of an account after an apply.
#[derive(Debug, Clone)]
pub struct AfterApply {
    /// The account's principals and policies.
    pub snapshot: Snapshot,
    /// The parts of the Terraform plan that are not understood, one line each.
    pub odd: Vec<String>,
}

/// The result of an audit.
#[derive(Debug, Clone)]
pub struct Audit {
    /// The audited accounts of the plan, the hub first.
    pub accounts: Vec<Account>,
    /// The findings, the most severe first.
    pub findings: Vec<Finding>,
}

/// An account of the plan.
#[derive(Debug, Clone, Serialize)]
pub struct Account {
    /// The account id.
    #[serde(rename = "account")]
    pub id: AccountId,
    /// Its readable name.
    pub name: String,
    /// Whether it is the hub.
    pub hub: bool,
    /// The result for the account.
    pub state: State,
}

/// The result for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It was compared.
    Compared,
    /// It was compared, and contains nothing of the deployment.
    NotDeployed,
    /// There is no snapshot for it.
    NoSnapshot,
}

/// A difference from the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub rule: &'static Rule,
    /// The severity of this finding.
    pub severity: Severity,
    /// The account; `None` for findings about the deployment itself.
    pub account: Option<AccountId>,
    /// The kind and name of the principal or managed policy.
    pub principal: Option<(&'static str, String)>,
    /// The policy of the principal; a managed policy that is not planned is named by its ARN.
    pub policy: Option<(PolicyKind, String)>,
    /// The message. It continues a sentence that starts with the principal and the policy.
    pub what: String,
    /// The differences in grants, from the plan to the account.
    pub grants: Vec<GrantChange>,
    /// The names by which an `allow` entry can match the finding.
    pub about: Vec<String>,
    /// The related line of the deployment.
    pub span: Span,
    /// The reason why the deployment accepts it, if it does.
    pub accepted: Option<String>,
}

impl Audit {
    /// Whether there are only notes and accepted findings.
    pub fn is_clean(&self) -> bool {
        self.findings
            .iter()
            .all(|finding| finding.severity == Severity::Note || finding.accepted.is_some())
    }
}

/// Compares the evidence with the plan. The diagnostics are about the deployment's `allow` entries.
pub fn audit(input: &Input<'_>) -> (Audit, Vec<Diagnostic>) {
    let planned = plan::access(input.plan);
    let reach = reach::Reach::new(input, &planned);
    let bearers = bearer::Bearers::new(&planned);
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
                    bearers: &bearers,
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

/// The severity of missing evidence.
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
    // An account can have several roles, and the hub account can have roles too.
    let mut known = BTreeSet::new();
    accounts.retain(|(account, ..)| known.insert(*account));
    // The account of the stack set, if it only has a role for CloudFormation.
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

/// The findings of one account.
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

    /// Changes the last finding.
    fn last(&mut self, change: impl FnOnce(&mut Finding)) {
        if let Some(finding) = self.found.last_mut() {
            change(finding);
        }
    }
}
