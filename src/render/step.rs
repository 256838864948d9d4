//! A step of a deployment.

use crate::model::Saying;

/// What `DEPLOY.md` writes for the account where a step is done in many.
pub(super) const EACH: &str = "ACCOUNT";

/// The section of the texts that has what steps make.
pub(super) const STEPS: &str = "steps";

/// Something that is applied or deployed, or the same in each of many accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What is made.
    pub what: Saying,
    /// The accounts that it is done in, one after the other or at once.
    pub accounts: Vec<String>,
    /// Whether it is done in each of many accounts, so that the commands name `EACH`.
    pub in_each: bool,
    /// What to run in the rendered folder, with the credentials of the account.
    pub commands: Vec<String>,
    /// What takes it away again.
    pub undo: Vec<String>,
    /// What to know before.
    pub notes: Vec<Saying>,
    /// Where it is done, in words. Targets are not named: two branches that each add one are to merge.
    pub place: Saying,
}

impl Step {
    /// What to run for one of its accounts.
    pub fn in_account(&self, account: &str) -> Vec<String> {
        in_account(&self.commands, account)
    }
}

/// The commands for one account.
pub(super) fn in_account(commands: &[String], account: &str) -> Vec<String> {
    let commands = commands.iter();
    commands
        .map(|command| command.replace(EACH, account))
        .collect()
}
