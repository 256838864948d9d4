//! Whom a role trusts, and on what terms.

use std::collections::BTreeMap;

use super::caller::{Caller, Shown};
use super::principal::{ask_for, tell_apart};
use super::request::Request;
use crate::diag::Span;
use crate::model::{
    Action, ArnPattern, Conditions, Effect, ExternalId, OidcProvider, Partition, Principal, Text,
    TrustKind,
};
use crate::reference::Reference;

/// Who may assume the roles, and on what terms.
#[derive(Debug, Clone)]
pub struct Trusted {
    pub principal: TrustedPrincipal,
    /// How the role is assumed, and what may be passed on the way.
    pub actions: Vec<Action>,
    /// Which external ids the role asks for.
    pub external_ids: ExternalIds,
    /// Where the deployment names each of these, if it lists them here.
    pub external_ids_at: Vec<Span>,
    /// What else has to hold.
    pub conditions: Conditions,
    /// What of that the deployment asks for, beside what the kind brings.
    pub written: Conditions,
    /// Where each key of `written` is, by its operator.
    pub written_at: BTreeMap<(String, String), Span>,
    /// The OIDC provider whose tokens let it in, if one does.
    pub provider: Option<OidcProvider>,
    /// Whether that provider is made with the roles.
    pub makes_provider: bool,
    /// Where the deployment says so.
    pub span: Span,
}

/// The external ids that a role asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExternalIds {
    /// That of the target, if it has one.
    OfTarget,
    /// Any of these, in every target; none at all if there is none.
    These(Vec<ExternalId>),
}

/// A principal that a role trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustedPrincipal {
    /// The hub account, narrowed to its users or not.
    Account {
        /// Whether only the hub's users may.
        restrict_to_user: bool,
    },
    /// The hub's users, by ARN.
    User,
    /// An identity that nothing here makes.
    Outside(TrustKind, Vec<Principal>),
}

impl Trusted {
    /// Whether principals of the hub are let in, which need to be allowed to assume the roles there.
    pub fn is_of_hub(&self) -> bool {
        !matches!(self.principal, TrustedPrincipal::Outside(..))
    }

    /// Whether the deployment's own conditions let in only requests with certain values of a key.
    pub fn asks_for(&self, key: &str) -> bool {
        let is_it = |known: &str, _| known.eq_ignore_ascii_case(key);
        ask_for(self.each_written(), is_it)
    }

    /// Whether the deployment's own conditions tell the principals of one account apart.
    pub fn tells_apart(&self) -> bool {
        tell_apart(self.each_written())
    }

    fn each_written(&self) -> impl Iterator<Item = (&String, &String, Vec<String>)> {
        self.written.iter().flat_map(|(operator, keys)| {
            keys.iter().map(move |(key, values)| {
                let values = values.iter().map(Text::pattern);
                (operator, key, values.collect())
            })
        })
    }

    /// Who asks to assume the role.
    pub fn caller(&self) -> Caller<'_> {
        let with = match &self.principal {
            TrustedPrincipal::Outside(kind, principals) => {
                Shown::by(kind, principals, self.provider.as_ref())
            }
            TrustedPrincipal::Account {
                restrict_to_user: false,
            } => Shown::Account,
            TrustedPrincipal::Account { .. } | TrustedPrincipal::User => Shown::User,
        };
        Caller::Assumes {
            with,
            actions: &self.actions,
        }
    }

    /// What its conditions are judged for. `anything` is every resource.
    pub fn request<'a>(
        &'a self,
        anything: &'a [ArnPattern],
        partition: Partition,
        reference: &'a Reference,
    ) -> Request<'a> {
        Request {
            actions: &self.actions[..self.actions.len().min(1)],
            resources: anything,
            effect: Effect::Allow,
            caller: self.caller(),
            partition: Some(partition),
            reference,
        }
    }
}
