//! Adopt: a plan beside what its accounts hold already, resource by resource.
//!
//! 1. `account` goes through the planned resources and looks each up in the snapshot of its account.
//! 2. `compare` says what a resource that is there grants otherwise.
//! 3. `extra` finds what stands beside the planned resources and stays.
//! 4. `interest` says what of a snapshot matters at all.
//! 5. `files` lays out what is there as Terraform's import blocks and as CloudFormation's resource import.

mod account;
mod compare;
mod extra;
mod files;
mod interest;

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde_json::{Map, Value};

pub(crate) use extra::beside;
pub use files::files;
pub use interest::{assumes, interest};

use crate::load::snapshot::{Found, Snapshot};
use crate::model::AccountId;
use crate::plan::{self, Plan};
use crate::render::{address, hub_stack_name, target_stack_name};

/// What of a plan is there already, account by account: the hub first, then the targets.
#[derive(Debug, Clone)]
pub struct Adoption {
    pub accounts: Vec<Account>,
}

/// What of a plan is there already in one account: in the hub, or of the role of a target.
#[derive(Debug, Clone)]
pub struct Account {
    pub id: AccountId,
    /// Its name for people.
    pub name: String,
    /// The role's name in the deployment, where there are several roles; absent for the hub.
    pub role: Option<String>,
    /// Whether the role denies everybody until its principal is known.
    pub pending: bool,
    /// Whether it is the hub.
    pub hub: bool,
    /// The root module of Terraform that takes over what is there; none where a stack set makes it, or no Terraform is written.
    pub root: Option<Utf8PathBuf>,
    /// Whether a stack of its own can take it over.
    pub stacked: bool,
    /// The name of that stack.
    pub stack_name: String,
    /// What the files for that stack are called: the account id, or the key of the target.
    pub key: String,
    /// Whether there is a snapshot of it. Without one nothing is known, and nothing is imported.
    pub known: bool,
    /// The planned resources, as Terraform counts them.
    pub resources: Vec<Resource>,
    /// The same as CloudFormation counts them, those that are there only.
    pub stack: Vec<StackResource>,
    /// What stands beside them and stays, a line each.
    pub extras: Vec<String>,
}

/// A planned resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// What it is, for people.
    pub kind: &'static str,
    pub name: String,
    /// Its address in the rendered root module, as an HCL expression.
    pub address: String,
    /// How the AWS provider finds it, if it is there.
    pub import_id: String,
    /// What was found.
    pub state: State,
}

/// What was found of a planned resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It is there as planned, as far as a snapshot tells.
    Same,
    /// It is there, and the apply changes it. A line for each difference: `-` goes, `+` comes, `~` is said otherwise.
    Differs(Vec<String>),
    /// It is not there, and the apply makes it.
    Missing,
    /// Something of its name is there that can neither be imported nor left.
    InTheWay(String),
}

/// A resource for a stack to take over, as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct StackResource {
    /// `AWS::IAM::User` and so on.
    pub kind: &'static str,
    /// Its logical id in the rendered template.
    pub logical_id: String,
    /// What CloudFormation finds it by: names of properties and their values.
    pub identifier: Vec<(&'static str, String)>,
    /// Its properties as they are, not as they are planned.
    pub properties: Map<String, Value>,
}

impl State {
    /// Whether the resource is there and can be imported.
    pub fn is_there(&self) -> bool {
        matches!(self, State::Same | State::Differs(_))
    }

    fn from_differences(lines: Vec<String>) -> Self {
        match lines.is_empty() {
            true => State::Same,
            false => State::Differs(lines),
        }
    }
}

impl Adoption {
    /// Every planned resource that cannot be made because of what is there.
    pub fn in_the_way(&self) -> impl Iterator<Item = (&Account, &Resource, &str)> {
        self.accounts.iter().flat_map(|account| {
            account
                .resources
                .iter()
                .filter_map(move |resource| match &resource.state {
                    State::InTheWay(why) => Some((account, resource, why.as_str())),
                    _ => None,
                })
        })
    }
}

/// Compares a plan with snapshots of its accounts.
pub fn adopt(plan: &Plan, snapshots: &BTreeMap<AccountId, Snapshot>) -> Adoption {
    let planned = plan::access(plan);
    let look_up = |mut account: Account, resources: &[plan::Resource<'_>], call: &str| {
        if let Some(snapshot) = snapshots.get(&account.id) {
            account.known = true;
            account::adopt(plan, &planned, snapshot, resources, &mut account, call);
        }
        account
    };
    let hub = plan.hub.iter().map(|hub| {
        let account = Account {
            hub: true,
            root: plan.terraform.then(|| address::hub_root(plan)),
            stacked: plan.cloudformation.is_some(),
            stack_name: hub
                .parts()
                .first()
                .map_or_else(String::new, |part| hub_stack_name(plan, part)),
            ..Account::new(&hub.account, "hub")
        };
        look_up(account, &plan.hub_resources(), "")
    });
    let targets = plan.targets.iter().enumerate().map(|(number, target)| {
        let call = address::role_call(plan, number).filter(|_| plan.terraform);
        let (root, call) = call.unzip();
        let role = &plan.roles[target.role];
        let account = Account {
            role: role.name.clone(),
            pending: role.is_pending(),
            root,
            stacked: plan.has_own_stack(number),
            stack_name: target_stack_name(plan, role),
            key: target.key.clone(),
            ..Account::new(&target.account, &target.name)
        };
        let resources = plan.target_resources(number);
        look_up(account, &resources, &call.unwrap_or_default())
    });
    Adoption {
        accounts: hub.chain(targets).collect(),
    }
}

impl Account {
    /// An account of which nothing is known.
    fn new(id: &AccountId, name: &str) -> Self {
        Self {
            id: id.clone(),
            name: name.to_owned(),
            role: None,
            pending: false,
            hub: false,
            root: None,
            stacked: false,
            stack_name: String::new(),
            key: id.to_string(),
            known: false,
            resources: Vec::new(),
            stack: Vec::new(),
            extras: Vec::new(),
        }
    }
}

/// The state of a resource, given how one that is there compares.
fn state<T>(found: Found<'_, T>, compare: impl FnOnce(&T) -> State) -> State {
    match found {
        Found::Nothing => State::Missing,
        Found::OtherCase(name) => State::InTheWay(format!(
            "{name} exists, and IAM ignores the case of names: spell it like that in the deployment, or delete it"
        )),
        Found::It(item) => compare(item),
    }
}
