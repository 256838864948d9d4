//! The provider configurations of a root module: which account each reaches.

use std::borrow::Cow;
use std::collections::BTreeMap;

use hcl::{Block, Expression, Value};

use super::ReadbackError;
use super::module::{Module, attribute, label};
use super::scope::{Scope, object};
use super::terraform::for_each;

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
    pub(super) fn read(root: &Module, scope: &Scope) -> Result<Self, ReadbackError> {
        let mut providers = Self::default();
        for block in root.of_kind("provider") {
            let failed = |why: String| root.failed("provider \"aws\"", why);
            if label(block, 0) != "aws" || block.labels().len() != 1 {
                return Err(root.failed(
                    &format!("provider \"{}\"", label(block, 0)),
                    "only the provider `aws`, which is hashicorp/aws, is understood",
                ));
            }
            let alias = attribute(block.body(), "alias")
                .map(|alias| scope.evaluate(alias))
                .transpose()
                .map_err(failed)?;
            let alias = alias.as_ref().and_then(Value::as_str).unwrap_or_default();
            let mut own = None;
            for (key, each) in for_each(block, scope).map_err(failed)? {
                let scope = own.get_or_insert_with(|| Cow::Borrowed(scope));
                if let Some(value) = each {
                    let scope = scope.to_mut();
                    let key = Value::from(key.clone());
                    scope.declare("each", object([("key", key), ("value", value)]));
                }
                let provider = provider(block, scope).map_err(failed)?;
                let twice = providers.0.insert((alias.to_owned(), key), provider);
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
    pub(super) fn passed(&self, passed: &Expression, scope: &Scope) -> Result<&str, String> {
        let failed = || "a module is passed one configuration, as `aws`".to_owned();
        let Expression::Object(passed) = passed else {
            return Err(failed());
        };
        let mut passed = passed.iter();
        let (Some((name, Expression::Traversal(path))), None) = (passed.next(), passed.next())
        else {
            return Err(failed());
        };
        let is_aws = matches!(&path.expr, Expression::Variable(name) if name.as_str() == "aws");
        if name.to_string() != "aws" || !is_aws {
            return Err(failed());
        }
        use hcl::expr::TraversalOperator::{GetAttr, Index};
        let (alias, key) = match path.operators.as_slice() {
            [GetAttr(alias)] => (alias, Value::from("")),
            [GetAttr(alias), Index(key)] => (alias, scope.evaluate(key)?),
            _ => return Err(failed()),
        };
        self.account(alias.as_str(), key.as_str().unwrap_or_default())
            .ok_or_else(|| format!("there is no provider configuration {alias} for it"))
    }
}

/// The one account that a configuration takes. It may be entered by a role of that account.
fn provider(block: &Block, scope: &Scope) -> Result<Provider, String> {
    const KNOWN: &[&str] = &["region", "allowed_account_ids", "alias", "for_each"];
    let body = block.body();
    let odd = "it may say the Region, the account and the role to enter it by, and nothing else";
    if !body
        .attributes()
        .all(|attribute| KNOWN.contains(&attribute.key()))
    {
        return Err(odd.to_owned());
    }
    let one = "the provider must allow exactly one account, and say which";
    let ids = scope.evaluate(attribute(body, "allowed_account_ids").ok_or(one)?)?;
    let account = match ids.as_array().map(Vec::as_slice) {
        Some([Value::String(id)]) => id.clone(),
        _ => return Err(one.to_owned()),
    };
    let mut entered_by = None;
    for inner in body.blocks() {
        let role = attribute(inner.body(), "role_arn");
        let (Some(role), "assume_role", 1) =
            (role, inner.identifier(), inner.body().iter().count())
        else {
            return Err(odd.to_owned());
        };
        let role = scope.evaluate(role)?;
        let arn = role.as_str().unwrap_or_default();
        if arn.split(':').nth(4) != Some(account.as_str()) || entered_by.is_some() {
            return Err(format!("account {account} is entered by a role of another"));
        }
        entered_by = Some(arn.to_owned());
    }
    Ok(Provider {
        account,
        entered_by,
    })
}
