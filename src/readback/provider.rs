//! The provider configurations of a root module: which account each reaches.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::ReadbackError;
use super::instances::for_each;
use super::module::Module;
use crate::hcl::{Block, Expression, Scope, Step, Value};

/// Accounts by the alias of a configuration and its key; both are empty for the one without an alias.
#[derive(Debug, Default, Clone)]
pub(super) struct Providers(BTreeMap<(String, String), Provider>);

/// A provider configuration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Provider {
    /// The one account that it takes.
    pub(super) account: String,
    /// The ARN of the role of that account by which it is entered.
    pub(super) entered_by: Option<String>,
}

impl Providers {
    /// Every configuration takes exactly one account.
    pub(super) fn read(root: &Module<'_>, scope: &Scope) -> Result<Self, ReadbackError> {
        let mut providers = Self::default();
        for block in root.of_kind("provider") {
            let failed = |why: String| root.failed("provider \"aws\"", why);
            if block.label(0) != "aws" {
                return Err(root.failed(
                    &block.title(),
                    "only the provider `aws`, which is hashicorp/aws, is understood",
                ));
            }
            let alias = block.body.attribute("alias");
            let alias = alias.and_then(|alias| alias.value.literal());
            let alias = alias.unwrap_or_default();
            let mut own = None;
            for (key, each) in for_each(block, scope).map_err(failed)? {
                let scope = own.get_or_insert(Cow::Borrowed(scope));
                if let Some(value) = each {
                    scope.to_mut().each(&key, &value);
                }
                let provider = provider(block, scope).map_err(failed)?;
                let key = (alias.to_owned(), key.to_string());
                let twice = providers.0.insert(key, provider);
                if twice.is_some() {
                    return Err(failed(format!("there are two of the alias {alias:?}")));
                }
            }
        }
        match providers.0.is_empty() {
            true => Err(root.failed(
                "provider \"aws\"",
                "the provider must allow exactly one account, and say which",
            )),
            false => Ok(providers),
        }
    }

    /// The account of the configuration that is used where none is named.
    pub(super) fn default_account(&self) -> Option<&str> {
        self.account("", "")
    }

    fn account(&self, alias: &str, key: &str) -> Option<&str> {
        let key = (alias.to_owned(), key.to_owned());
        self.0.get(&key).map(|provider| provider.account.as_str())
    }

    /// The configurations, in the order of their accounts.
    pub(super) fn sorted(&self) -> Vec<Provider> {
        let mut providers: Vec<Provider> = self.0.values().cloned().collect();
        providers.sort();
        providers
    }

    /// The account that `providers = { aws = aws.ALIAS }` of a module call leads to.
    pub(super) fn passed(&self, passed: &Expression<'_>, scope: &Scope) -> Result<&str, String> {
        let failed = || "a module is passed one configuration, as `aws`".to_owned();
        let Expression::Object(passed) = passed else {
            return Err(failed());
        };
        let [(_, Expression::Path(_, steps))] = passed.as_slice() else {
            return Err(failed());
        };
        let (alias, key) = match steps.as_slice() {
            [Step::Name(alias)] => (alias, Value::from("")),
            [Step::Name(alias), Step::Index(key)] => (alias, scope.evaluate(key)?),
            _ => return Err(failed()),
        };
        self.account(alias, key.as_text().unwrap_or_default())
            .ok_or_else(|| format!("there is no provider configuration {alias} for it"))
    }
}

/// The one account that a configuration takes. It may be entered by a role of that account.
fn provider(block: &Block<'_>, scope: &Scope) -> Result<Provider, String> {
    let one = "the provider must allow exactly one account, and say which";
    let ids = block.body.attribute("allowed_account_ids").ok_or(one)?;
    let account: Rc<str> = match scope.value_of(ids)?.as_list() {
        Some([Value::Text(id)]) => id.clone(),
        _ => return Err(one.to_owned()),
    };
    let mut entered_by = None;
    for inner in &block.body.blocks {
        let role = inner.body.attribute("role_arn");
        let role = role.ok_or("`assume_role` names no role")?;
        let role = scope.value_of(role)?;
        let arn = role.as_text().unwrap_or_default();
        if arn.split(':').nth(4) != Some(&*account) || entered_by.is_some() {
            return Err(format!("account {account} is entered by a role of another"));
        }
        entered_by = Some(arn.to_owned());
    }
    Ok(Provider {
        account: account.to_string(),
        entered_by,
    })
}
