//! Decides requests against an [`Access`] as AWS documents it, without AWS.
//!
//! 1. The policies of the caller are gathered: its own, and those of its groups if it is a user.
//! 2. A grant speaks about a request where action, resource and every condition match.
//! 3. A deny among them decides; otherwise some allow must be there, in the permissions boundary too if there is one.
//! 4. To assume a role, the role's trust policy must let the caller in as well. A token, a SAML response and a service have no
//!    policies of their own: the trust policy alone decides. Each of what the call does has to be let in: session tags are
//!    `sts:TagSession`, and a source identity is `sts:SetSourceIdentity`.
//!
//! Whatever is not certain (an operator that is not known here, a value that cannot be read) is a panic, never a guess.
//!
//! Sources: the IAM User Guide, "Policy evaluation logic", "IAM JSON policy elements: Condition operators", "Single-valued
//! vs. multivalued context keys", "Variables and tags", "Pass session tags in AWS STS" and "Monitor and control actions taken
//! with assumed roles"; the STS API Reference, `AssumeRoleWithWebIdentity` and `AssumeRoleWithSAML`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use landgrant::model::{
    Access, AwsPolicy, ConditionMap, Effect, Grant, Grants, Identity, IdentityKind, PolicyKind,
    Trust,
};
use landgrant::reference::managed_policy;

/// Condition keys and their values. AWS ignores the case of keys; they are kept in lower case.
#[derive(Debug, Clone, Default)]
pub(crate) struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    /// A context from pairs; a key that appears twice has two values.
    pub(crate) fn new(pairs: &[(&str, &str)]) -> Self {
        let mut context = Self::default();
        for (key, value) in pairs {
            context
                .0
                .entry(key.to_lowercase())
                .or_default()
                .push((*value).to_owned());
        }
        context
    }

    fn values(&self, key: &str) -> &[String] {
        self.0.get(&key.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// Whether a key begins so, in lower case.
    fn any_key(&self, begin: &str) -> bool {
        self.0.keys().any(|key| key.starts_with(begin))
    }

    /// Fills in a key that the request itself does not say.
    fn fill(&mut self, key: &str, value: &str) {
        self.0
            .entry(key.to_lowercase())
            .or_insert_with(|| vec![value.to_owned()]);
    }
}

/// Somebody wants to do something.
#[derive(Debug, Clone)]
pub(crate) struct Request<'a> {
    /// The ARN of a user, or of a session of a role: `arn:aws:sts::222222222222:assumed-role/NAME/SESSION`.
    pub(crate) principal: &'a str,
    /// The action, in any case.
    pub(crate) action: &'a str,
    /// The ARN of the resource, or `*` where the action takes none.
    pub(crate) resource: &'a str,
    /// What else is known of the request.
    pub(crate) context: Context,
}

/// Somebody wants to assume a role.
#[derive(Debug, Clone)]
pub(crate) struct Assumption<'a> {
    /// The ARN of a user, of a session of a role, or of an account's root; of the identity provider that issued the token or
    /// the response; or the name of a service.
    pub(crate) caller: &'a str,
    /// The ARN of the role.
    pub(crate) role: &'a str,
    /// The external id that is sent along.
    pub(crate) external_id: Option<&'a str>,
    /// How long the session is to last.
    pub(crate) seconds: u32,
    /// What else is known of the request: claims of a token, session tags as `aws:RequestTag/…`, `sts:SourceIdentity`.
    pub(crate) context: Context,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It is let through.
    Allowed,
    /// It is refused.
    Denied(Reason),
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// A policy of the caller denies it.
    ExplicitDeny,
    /// No policy of the caller allows it.
    NotGranted,
    /// The caller's permissions boundary does not allow it.
    Boundary,
    /// The role's trust policy does not let the caller in.
    NotTrusted,
    /// There is no such role.
    NoSuchRole,
    /// The session would be shorter or longer than AWS or the role takes.
    SessionLength,
    /// An account's root cannot assume roles.
    Root,
    /// Nothing is known of the caller.
    UnknownCaller,
}

/// What the managed policies of AWS grant that are attached to a principal. A file has no more of them than their ARNs.
fn of_aws(holder: &Identity) -> Vec<&'static Grant> {
    let attached = holder.policies.keys();
    let attached = attached.filter(|(kind, _)| *kind == PolicyKind::OfAws);
    let policies = attached.map(|(_, arn)| {
        let policy = AwsPolicy::named_in(arn).and_then(managed_policy);
        policy.unwrap_or_else(|| panic!("{arn} is not known"))
    });
    policies.flat_map(|policy| policy.granted()).collect()
}

/// What there is: the principals of an [`Access`], and what a test says of others.
#[derive(Debug)]
pub(crate) struct World<'a> {
    access: &'a Access,
    boundaries: BTreeMap<String, Grants>,
    outsiders: BTreeMap<String, Grants>,
}

/// The longest session of a role that was assumed by another role's session.
const CHAINED: u32 = 3600;
/// The shortest session there is.
const SHORTEST: u32 = 900;

impl<'a> World<'a> {
    /// Only what the access holds.
    pub(crate) fn new(access: &'a Access) -> Self {
        Self {
            access,
            boundaries: BTreeMap::new(),
            outsiders: BTreeMap::new(),
        }
    }

    /// The policy with this ARN, which serves as a permissions boundary, allows these grants.
    pub(crate) fn with_boundary(mut self, arn: &str, grants: Grants) -> Self {
        self.boundaries.insert(arn.to_owned(), grants);
        self
    }

    /// A user or role that exists outside the access has these grants.
    pub(crate) fn with_outsider(mut self, arn: &str, grants: Grants) -> Self {
        self.outsiders.insert(arn.to_owned(), grants);
        self
    }

    /// Decides a request.
    pub(crate) fn decide(&self, request: &Request<'_>) -> Decision {
        let Some(caller) = self.caller(request.principal) else {
            return Decision::Denied(Reason::UnknownCaller);
        };
        let context = caller.context(&request.context);
        self.allowed_by_identity(&caller, request.action, request.resource, &context)
    }

    /// Whether any allow of the caller names the action, whatever the resource and the conditions.
    pub(crate) fn ever_allows(&self, principal: &str, action: &str) -> bool {
        let caller = self
            .caller(principal)
            .unwrap_or_else(|| panic!("nothing is known of {principal}"));
        caller
            .grants
            .iter()
            .any(|grant| grant.effect == Effect::Allow && action_matches(&grant.action, action))
    }

    /// Decides whether a role can be assumed.
    pub(crate) fn assume_role(&self, assumption: &Assumption<'_>) -> Decision {
        use Decision::Denied;
        if assumption.caller.ends_with(":root") {
            return Denied(Reason::Root);
        }
        let Some(caller) = self.caller(assumption.caller) else {
            return Denied(Reason::UnknownCaller);
        };
        let role = match self.access.identities.get(assumption.role) {
            Some(role) if role.kind == IdentityKind::Role => role,
            _ => return Denied(Reason::NoSuchRole),
        };
        let mut context = caller.context(&assumption.context);
        if let Some(id) = assumption.external_id {
            context.fill("sts:ExternalId", id);
        }
        for action in caller.actions(&context) {
            let answer = self.may_take(&caller, action, (assumption.role, role), &context);
            if answer != Decision::Allowed {
                return answer;
            }
        }
        let longest = role.max_session.expect("a role bounds its sessions");
        let longest = match caller.kind {
            CallerKind::Role => longest.min(CHAINED),
            _ => longest,
        };
        match (SHORTEST..=longest).contains(&assumption.seconds) {
            true => Decision::Allowed,
            false => Denied(Reason::SessionLength),
        }
    }

    /// Whether both sides let the caller do one thing with a role as it assumes it.
    fn may_take(
        &self,
        caller: &Caller<'_>,
        action: &str,
        (arn, role): (&str, &Identity),
        context: &Context,
    ) -> Decision {
        let identity = self.allowed_by_identity(caller, action, arn, context);
        if identity == Decision::Denied(Reason::ExplicitDeny) {
            return identity;
        }
        let same_account = account_of(&caller.arn) == account_of(arn);
        match trusted(role, caller, action, context) {
            TrustAnswer::Denied | TrustAnswer::Silent => Decision::Denied(Reason::NotTrusted),
            TrustAnswer::Named if !caller.has_policies() => Decision::Allowed,
            // In one account, a trust policy that names the caller itself is enough.
            TrustAnswer::Named if same_account => Decision::Allowed,
            TrustAnswer::Named | TrustAnswer::Account => identity,
        }
    }

    fn caller(&self, arn: &str) -> Option<Caller<'_>> {
        let account = account_of(arn);
        let resource = resource_of(arn);
        let outside = match resource.split('/').next() {
            _ if !arn.starts_with("arn:") => Some(CallerKind::Service),
            Some("oidc-provider") => Some(CallerKind::Token),
            Some("saml-provider") => Some(CallerKind::Saml),
            _ => None,
        };
        if let Some(kind) = outside {
            return Some(Caller {
                kind,
                arn: arn.to_owned(),
                principal_arn: String::new(),
                grants: Vec::new(),
                boundary: None,
            });
        }
        let (kind, principal_arn) = match resource.split('/').collect::<Vec<_>>().as_slice() {
            ["user", .., _] => (CallerKind::User, arn.to_owned()),
            ["assumed-role", name, _] => {
                let known = self
                    .access
                    .identities
                    .iter()
                    .filter(|(_, identity)| identity.kind == IdentityKind::Role)
                    .map(|(arn, _)| arn)
                    .chain(self.outsiders.keys());
                let role = known
                    .filter(|role| account_of(role) == account)
                    .find(|role| {
                        resource_of(role).starts_with("role/")
                            && role.rsplit('/').next() == Some(name)
                    })?;
                (CallerKind::Role, role.clone())
            }
            _ => return None,
        };
        let mut grants: Vec<&Grant> = Vec::new();
        let mut boundary = None;
        match (
            self.access.identities.get(&principal_arn),
            self.outsiders.get(&principal_arn),
        ) {
            (Some(identity), _) => {
                let groups = identity
                    .groups
                    .iter()
                    .map(|group| &self.access.identities[group]);
                for holder in std::iter::once(identity).chain(groups) {
                    grants.extend(holder.policies.values().flatten());
                    grants.extend(of_aws(holder));
                }
                boundary = identity.permissions_boundary.as_ref().map(|arn| {
                    self.boundaries
                        .get(arn)
                        .unwrap_or_else(|| panic!("the test does not say what {arn} allows"))
                });
            }
            (None, Some(outsider)) => grants.extend(outsider),
            (None, None) => return None,
        }
        Some(Caller {
            kind,
            arn: arn.to_owned(),
            principal_arn,
            grants,
            boundary,
        })
    }

    fn allowed_by_identity(
        &self,
        caller: &Caller<'_>,
        action: &str,
        resource: &str,
        context: &Context,
    ) -> Decision {
        let speak = |effect: Effect, grants: &[&Grant]| {
            grants.iter().any(|grant| {
                grant.effect == effect && speaks_about(grant, action, resource, context)
            })
        };
        let boundary: Vec<&Grant> = caller.boundary.into_iter().flatten().collect();
        if speak(Effect::Deny, &caller.grants) || speak(Effect::Deny, &boundary) {
            return Decision::Denied(Reason::ExplicitDeny);
        }
        if !speak(Effect::Allow, &caller.grants) {
            return Decision::Denied(Reason::NotGranted);
        }
        if caller.boundary.is_some() && !speak(Effect::Allow, &boundary) {
            return Decision::Denied(Reason::Boundary);
        }
        Decision::Allowed
    }
}

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CallerKind {
    User,
    /// A session of a role.
    Role,
    /// Whoever holds a token of an OIDC provider.
    Token,
    /// Whoever holds a response of a SAML provider.
    Saml,
    /// A service of AWS.
    Service,
}

struct Caller<'a> {
    kind: CallerKind,
    /// The user, the session, the provider or the service.
    arn: String,
    /// The user, or the role of the session: `aws:PrincipalArn`. Empty for whoever is no principal of IAM.
    principal_arn: String,
    grants: Vec<&'a Grant>,
    boundary: Option<&'a Grants>,
}

impl Caller<'_> {
    /// Whether it has policies of its own, which have to allow the call as well.
    fn has_policies(&self) -> bool {
        matches!(self.kind, CallerKind::User | CallerKind::Role)
    }

    /// What it does as it assumes a role.
    fn actions(&self, context: &Context) -> Vec<&'static str> {
        let assume = match self.kind {
            CallerKind::Token => "sts:AssumeRoleWithWebIdentity",
            CallerKind::Saml => "sts:AssumeRoleWithSAML",
            _ => "sts:AssumeRole",
        };
        let mut actions = vec![assume];
        if context.any_key("aws:requesttag/") {
            actions.push("sts:TagSession");
        }
        if !context.values("sts:SourceIdentity").is_empty() {
            actions.push("sts:SetSourceIdentity");
        }
        actions
    }

    /// The request's context with what AWS itself says of the caller.
    fn context(&self, given: &Context) -> Context {
        let mut context = given.clone();
        if !self.has_policies() {
            return context;
        }
        context.fill("aws:PrincipalArn", &self.principal_arn);
        context.fill("aws:PrincipalAccount", account_of(&self.principal_arn));
        match self.kind {
            CallerKind::User => {
                let name = self.arn.rsplit('/').next().unwrap_or_default();
                context.fill("aws:username", name);
                context.fill("aws:PrincipalType", "User");
            }
            _ => context.fill("aws:PrincipalType", "AssumedRole"),
        }
        context
    }
}

enum TrustAnswer {
    Denied,
    Silent,
    /// The caller itself is trusted.
    Named,
    /// The caller's account is trusted, and leaves it to its own policies who may.
    Account,
}

fn trusted(role: &Identity, caller: &Caller<'_>, action: &str, context: &Context) -> TrustAnswer {
    let mut best = TrustAnswer::Silent;
    for trust in &role.trust {
        let Some(by_name) = names(trust, caller) else {
            continue;
        };
        if !action_matches(&trust.action, action) || !conditions_hold(&trust.conditions, context) {
            continue;
        }
        match (trust.effect, by_name) {
            (Effect::Deny, _) => return TrustAnswer::Denied,
            (Effect::Allow, true) => best = TrustAnswer::Named,
            (Effect::Allow, false) if matches!(best, TrustAnswer::Silent) => {
                best = TrustAnswer::Account;
            }
            (Effect::Allow, false) => {}
        }
    }
    best
}

/// Whether a trust names the caller itself (true) or its account (false); nothing where it names neither.
fn names(trust: &Trust, caller: &Caller<'_>) -> Option<bool> {
    let value = trust.principal.value.as_str();
    match trust.principal.kind.as_str() {
        "*" | "AWS" if value == "*" || trust.principal.kind == "*" => {
            assert!(
                caller.has_policies() || trust.effect == Effect::Deny,
                "AWS does not say whether an allow for everybody lets in {}",
                caller.arn
            );
            Some(false)
        }
        "AWS" if value == caller.arn || value == caller.principal_arn => Some(true),
        "AWS" if caller.has_policies() => {
            let account = account_of(&caller.principal_arn);
            let partition = caller.principal_arn.split(':').nth(1).unwrap_or_default();
            let root = format!("arn:{partition}:iam::{account}:root");
            (value == account || value == root).then_some(false)
        }
        "Service" if caller.kind == CallerKind::Service => (value == caller.arn).then_some(true),
        "Federated" if matches!(caller.kind, CallerKind::Token | CallerKind::Saml) => {
            (value == caller.arn).then_some(true)
        }
        // A service or a federation is never a user or a session of a role.
        _ => None,
    }
}

fn speaks_about(grant: &Grant, action: &str, resource: &str, context: &Context) -> bool {
    action_matches(&grant.action, action)
        && pattern(&grant.resource, context).is_some_and(|pattern| matches(&pattern, resource))
        && conditions_hold(&grant.conditions, context)
}

/// AWS ignores the case of actions.
fn action_matches(wanted: &str, action: &str) -> bool {
    matches(&wildcards(&wanted.to_lowercase()), &action.to_lowercase())
}

fn account_of(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}

fn resource_of(arn: &str) -> &str {
    arn.splitn(6, ':').nth(5).unwrap_or_default()
}

/// A piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// This character.
    One(char),
    /// Any one character.
    AnyOne,
    /// Any run of characters.
    AnyRun,
}

fn literal(text: &str) -> Vec<Piece> {
    text.chars().map(Piece::One).collect()
}

fn wildcards(text: &str) -> Vec<Piece> {
    text.chars()
        .map(|character| match character {
            '*' => Piece::AnyRun,
            '?' => Piece::AnyOne,
            other => Piece::One(other),
        })
        .collect()
}

/// A pattern with its policy variables filled in; nothing where the request has no value for one of them.
/// What a variable stands for, and `${*}`, `${?}` and `${$}`, are literal.
fn pattern(text: &str, context: &Context) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        pieces.extend(wildcards(&rest[..start]));
        let end = start + rest[start..].find('}').expect("a variable ends");
        let name = &rest[start + 2..end];
        match name {
            "*" | "?" | "$" => pieces.extend(literal(name)),
            _ => {
                let (key, default) = match name.split_once(',') {
                    Some((key, default)) => (key.trim(), Some(default.trim().trim_matches('\''))),
                    None => (name, None),
                };
                match (context.values(key), default) {
                    ([value], _) => pieces.extend(literal(value)),
                    ([], Some(default)) => pieces.extend(literal(default)),
                    ([], None) => return None,
                    _ => panic!("the variable {key} has several values, which AWS does not take"),
                }
            }
        }
        rest = &rest[end + 1..];
    }
    pieces.extend(wildcards(rest));
    Some(pieces)
}

/// Whether a text is what a pattern stands for. One row of the usual table: which prefixes of the pattern match so far.
fn matches(pattern: &[Piece], text: &str) -> bool {
    let mut row: Vec<bool> = vec![false; pattern.len() + 1];
    row[0] = true;
    for index in 0..pattern.len() {
        row[index + 1] = row[index] && pattern[index] == Piece::AnyRun;
    }
    for character in text.chars() {
        let mut next = vec![false; pattern.len() + 1];
        for (index, piece) in pattern.iter().enumerate() {
            next[index + 1] = match piece {
                Piece::One(wanted) => row[index] && *wanted == character,
                Piece::AnyOne => row[index],
                Piece::AnyRun => row[index + 1] || next[index],
            };
        }
        row = next;
    }
    row[pattern.len()]
}

/// All operators and all keys must hold.
fn conditions_hold(conditions: &ConditionMap, context: &Context) -> bool {
    conditions.iter().all(|(operator, keys)| {
        keys.iter()
            .all(|(key, values)| condition_holds(operator, key, values, context))
    })
}

fn condition_holds(
    operator: &str,
    key: &str,
    values: &BTreeSet<String>,
    context: &Context,
) -> bool {
    let given = context.values(key);
    if operator == "Null" {
        return values
            .iter()
            .any(|value| match value.to_lowercase().as_str() {
                "true" => given.is_empty(),
                "false" => !given.is_empty(),
                _ => panic!("Null takes true or false, not {value}"),
            });
    }
    let (set, single) = match operator.split_once(':') {
        Some((set, single)) => (Some(set), single),
        None => (None, operator),
    };
    let (single, if_exists) = match single.strip_suffix("IfExists") {
        Some(single) => (single, true),
        None => (single, false),
    };
    let (compare, negated) = comparison(single);
    if given.is_empty() {
        return match set {
            _ if if_exists => true,
            Some("ForAllValues") => true,
            Some("ForAnyValue") => false,
            // A negated operator holds for a key that is not there.
            _ => negated,
        };
    }
    assert!(
        !negated || values.iter().all(|value| pattern(value, context).is_some()),
        "AWS does not say what {operator} means where a variable has no value"
    );
    let one_holds = |given: &String| {
        let any = values.iter().any(|wanted| compare(wanted, given, context));
        any != negated
    };
    match set {
        None => match given {
            [only] => one_holds(only),
            _ => panic!("{operator} is for one value, and {key} has several"),
        },
        Some("ForAllValues") => given.iter().all(one_holds),
        Some("ForAnyValue") => given.iter().any(one_holds),
        Some(other) => panic!("the set operator {other} is not known"),
    }
}

/// Compares a value of the policy with one of the request.
type Comparison = fn(&str, &str, &Context) -> bool;

/// The comparison of an operator, and whether it is negated.
fn comparison(operator: &str) -> (Comparison, bool) {
    match operator {
        "StringEquals" => (string_equals, false),
        "StringNotEquals" => (string_equals, true),
        "StringEqualsIgnoreCase" => (string_equals_ignoring_case, false),
        "StringNotEqualsIgnoreCase" => (string_equals_ignoring_case, true),
        "StringLike" => (string_like, false),
        "StringNotLike" => (string_like, true),
        // AWS gives both the same meaning.
        "ArnEquals" | "ArnLike" => (arn_like, false),
        "ArnNotEquals" | "ArnNotLike" => (arn_like, true),
        "Bool" => (bool_equals, false),
        "NumericEquals" => (|wanted, given, _| number(given) == number(wanted), false),
        "NumericNotEquals" => (|wanted, given, _| number(given) == number(wanted), true),
        "NumericLessThan" => (|wanted, given, _| number(given) < number(wanted), false),
        "NumericLessThanEquals" => (|wanted, given, _| number(given) <= number(wanted), false),
        "NumericGreaterThan" => (|wanted, given, _| number(given) > number(wanted), false),
        "NumericGreaterThanEquals" => (|wanted, given, _| number(given) >= number(wanted), false),
        "IpAddress" => (in_range, false),
        "NotIpAddress" => (in_range, true),
        other => panic!("the operator {other} is not known here"),
    }
}

/// Whether an address is in a range of its family: the first bits are the same.
fn in_range(wanted: &str, given: &str, _: &Context) -> bool {
    let address = |text: &str| -> IpAddr {
        let parsed = text.parse();
        parsed.unwrap_or_else(|_| panic!("{text} is not an IP address"))
    };
    let (network, bits) = match wanted.split_once('/') {
        Some((network, bits)) => (network, Some(bits)),
        None => (wanted, None),
    };
    let (network, given, length) = match (address(network), address(given)) {
        (IpAddr::V4(network), IpAddr::V4(given)) => (
            u128::from(u32::from(network)) << 96,
            u128::from(u32::from(given)) << 96,
            32,
        ),
        (IpAddr::V6(network), IpAddr::V6(given)) => (network.into(), given.into(), 128),
        _ => return false,
    };
    let bits = bits.map_or(length, |bits| bits.parse().expect("a number of bits"));
    assert!(bits <= length, "{wanted} is not a range");
    bits == 0 || (network ^ given) >> (128 - bits) == 0
}

fn string_equals(wanted: &str, given: &str, context: &Context) -> bool {
    filled(wanted, context).is_some_and(|wanted| wanted == given)
}

fn string_equals_ignoring_case(wanted: &str, given: &str, context: &Context) -> bool {
    filled(wanted, context).is_some_and(|wanted| wanted.to_lowercase() == given.to_lowercase())
}

fn string_like(wanted: &str, given: &str, context: &Context) -> bool {
    pattern(wanted, context).is_some_and(|pattern| matches(&pattern, given))
}

/// Each of the six parts of an ARN is matched by itself.
fn arn_like(wanted: &str, given: &str, context: &Context) -> bool {
    let wanted: Vec<&str> = wanted.splitn(6, ':').collect();
    let given: Vec<&str> = given.splitn(6, ':').collect();
    // A variable holds a colon in its name, so it would be torn apart by the split.
    assert!(
        wanted.len() < 6 || wanted[..5].iter().all(|part| !part.contains("${")),
        "a policy variable stands in the last part of an ARN only"
    );
    wanted.len() == given.len()
        && wanted
            .iter()
            .zip(given)
            .all(|(wanted, given)| string_like(wanted, given, context))
}

fn bool_equals(wanted: &str, given: &str, _: &Context) -> bool {
    let read = |text: &str| match text.to_lowercase().as_str() {
        "true" => true,
        "false" => false,
        _ => panic!("Bool takes true or false, not {text}"),
    };
    read(wanted) == read(given)
}

fn number(text: &str) -> f64 {
    text.parse()
        .unwrap_or_else(|_| panic!("{text} is not a number"))
}

/// A value with its variables filled in, where `*` and `?` stand for themselves.
fn filled(text: &str, context: &Context) -> Option<String> {
    let pieces = pattern(text, context)?;
    Some(
        pieces
            .into_iter()
            .map(|piece| match piece {
                Piece::One(character) => character,
                Piece::AnyOne => '?',
                Piece::AnyRun => '*',
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    //! The column "AWS" of the table of experiments that stock simulators answer otherwise in places, as far as a
    //! request can say it; then what that table leaves out.

    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use landgrant::model::PolicyKind;
    use landgrant::readback::{read_policy, read_trust_policy};

    const USER: &str = "arn:aws:iam::111111111111:user/svc";
    const GROUP: &str = "arn:aws:iam::111111111111:group/vendor/access";
    const ROLE: &str = "arn:aws:iam::222222222222:role/vendor/Product";
    const SESSION: &str = "arn:aws:sts::222222222222:assumed-role/Product/session";
    const BOUNDARY: &str = "arn:aws:iam::111111111111:policy/boundary";
    const ROOT: &str = "arn:aws:iam::111111111111:root";

    /// Where a policy is put.
    type Holder = (&'static str, PolicyKind);
    const USER_INLINE: Holder = (USER, PolicyKind::Inline);
    const USER_MANAGED: Holder = (USER, PolicyKind::Managed);
    const GROUP_INLINE: Holder = (GROUP, PolicyKind::Inline);
    const GROUP_MANAGED: Holder = (GROUP, PolicyKind::Managed);
    const ROLE_INLINE: Holder = (ROLE, PolicyKind::Inline);
    const ROLE_MANAGED: Holder = (ROLE, PolicyKind::Managed);

    fn world(policies: &[(Holder, Value)], trust: &Value, role: &str) -> Access {
        let mut access = Access::default();
        access.identity(GROUP, IdentityKind::Group);
        access
            .identity(USER, IdentityKind::User)
            .groups
            .insert(GROUP.to_owned());
        let identity = access.identity(role, IdentityKind::Role);
        identity.max_session = Some(3600);
        if !trust.is_null() {
            identity.trust = read_trust_policy(
                "trust",
                &json!({"Version": "2012-10-17", "Statement": trust}),
            )
            .unwrap();
        }
        // A row that puts the role elsewhere has no policies for it.
        for (number, ((arn, kind), statements)) in policies.iter().enumerate() {
            let grants = grants(statements);
            let identity = access.identities.get_mut(*arn).unwrap();
            Arc::make_mut(identity)
                .policies
                .insert((*kind, format!("p{number}")), grants);
        }
        access
    }

    fn grants(statements: &Value) -> Grants {
        read_policy(
            "policy",
            &json!({"Version": "2012-10-17", "Statement": statements}),
        )
        .unwrap()
    }

    fn allow(action: &str, resource: &str) -> Value {
        json!({"Effect": "Allow", "Action": action, "Resource": resource})
    }

    fn allow_if(action: &str, operator: &str, key: &str, values: &Value) -> Value {
        json!({"Effect": "Allow", "Action": action, "Resource": "*", "Condition": {operator: {key: values}}})
    }

    fn check(
        name: &str,
        policies: &[(Holder, Value)],
        boundary: Option<Value>,
        (principal, action, resource): (&str, &str, &str),
        context: &[(&str, &str)],
        expected: bool,
    ) {
        let mut access = world(policies, &Value::Null, ROLE);
        if boundary.is_some() {
            for arn in [USER, ROLE] {
                let identity = access.identities.get_mut(arn).unwrap();
                Arc::make_mut(identity).permissions_boundary = Some(BOUNDARY.to_owned());
            }
        }
        let world = World::new(&access)
            .with_boundary(BOUNDARY, boundary.as_ref().map(grants).unwrap_or_default());
        let request = Request {
            principal,
            action,
            resource,
            context: Context::new(context),
        };
        let decision = world.decide(&request);
        assert_eq!(
            decision == Decision::Allowed,
            expected,
            "{name}: {decision:?}"
        );
    }

    #[test]
    fn requests_are_decided_as_aws_documents() {
        let vpcs = || allow("ec2:DescribeVpcs", "*");
        let ask_vpcs = (USER, "ec2:DescribeVpcs", "*");
        for (place, holder) in [
            ("inline", USER_INLINE),
            ("group_inline", GROUP_INLINE),
            ("group_managed", GROUP_MANAGED),
            ("managed", USER_MANAGED),
        ] {
            let policies = [(holder, vpcs())];
            check(
                &format!("user policy as {place}: allowed action"),
                &policies,
                None,
                ask_vpcs,
                &[],
                true,
            );
            check(
                &format!("user policy as {place}: other action"),
                &policies,
                None,
                (USER, "ec2:RunInstances", "*"),
                &[],
                false,
            );
        }
        check("user without any policy", &[], None, ask_vpcs, &[], false);
        let deny = json!({"Effect": "Deny", "Action": "ec2:*", "Resource": "*"});
        check(
            "explicit Deny in a group policy beats Allow",
            &[(USER_INLINE, vpcs()), (GROUP_INLINE, deny)],
            None,
            ask_vpcs,
            &[],
            false,
        );
        let one = |statement: Value| vec![(USER_INLINE, statement)];
        let anywhere = |action: &str| one(allow(action, "*"));
        check(
            "action wildcard ec2:Describe*",
            &anywhere("ec2:Describe*"),
            None,
            ask_vpcs,
            &[],
            true,
        );
        check(
            "action wildcard ec2:DescribeVpc?",
            &anywhere("ec2:DescribeVpc?"),
            None,
            ask_vpcs,
            &[],
            true,
        );
        check(
            "action in another case: ec2:DescribeVPCs",
            &anywhere("ec2:DescribeVPCs"),
            None,
            ask_vpcs,
            &[],
            true,
        );

        let user = |resource: &str| one(allow("iam:*", resource));
        let variable = "arn:aws:iam::111111111111:user/${aws:username}";
        check(
            "Resource = own user ARN, iam:GetUser",
            &user(USER),
            None,
            (USER, "iam:GetUser", USER),
            &[],
            true,
        );
        check(
            "Resource = own user ARN, iam:ListGroupsForUser",
            &user(USER),
            None,
            (USER, "iam:ListGroupsForUser", USER),
            &[],
            true,
        );
        check(
            "Resource = user/${aws:username}, iam:GetUser",
            &user(variable),
            None,
            (USER, "iam:GetUser", USER),
            &[],
            true,
        );
        let other = "arn:aws:iam::111111111111:user/svc2";
        check(
            "Resource = user/${aws:username}, another user",
            &user(variable),
            None,
            (USER, "iam:GetUser", other),
            &[],
            false,
        );
        check(
            "Resource = another user's ARN, iam:GetUser",
            &user(other),
            None,
            (USER, "iam:GetUser", USER),
            &[],
            false,
        );
        check(
            "Resource = group ARN, iam:GetGroup of that group",
            &user(GROUP),
            None,
            (USER, "iam:GetGroup", GROUP),
            &[],
            true,
        );
        let zone = "arn:aws:route53:::hostedzone/Z1";
        let zoned = one(allow("route53:*", zone));
        check(
            "Resource = hosted zone ARN, of that zone",
            &zoned,
            None,
            (USER, "route53:ListResourceRecordSets", zone),
            &[],
            true,
        );
        check(
            "Resource = hosted zone ARN, another zone",
            &zoned,
            None,
            (
                USER,
                "route53:ListResourceRecordSets",
                "arn:aws:route53:::hostedzone/Z12",
            ),
            &[],
            false,
        );
        check(
            "Resource = hosted zone ARN, ChangeResourceRecordSets",
            &zoned,
            None,
            (USER, "route53:ChangeResourceRecordSets", zone),
            &[],
            true,
        );
        let vpc = "arn:aws:ec2:eu-west-1:111111111111:vpc/vpc-1";
        check(
            "Resource = VPC ARN, ec2:DeleteVpc of that VPC",
            &one(allow("ec2:DeleteVpc", vpc)),
            None,
            (USER, "ec2:DeleteVpc", vpc),
            &[],
            true,
        );

        let region = [("aws:RequestedRegion", "eu-west-1")];
        let condition = |operator: &str, value: &str| {
            one(allow_if(
                "ec2:DescribeVpcs",
                operator,
                "aws:RequestedRegion",
                &json!(value),
            ))
        };
        check(
            "Condition that holds",
            &condition("StringEquals", "eu-west-1"),
            None,
            ask_vpcs,
            &region,
            true,
        );
        check(
            "Condition that does not hold",
            &condition("StringEquals", "us-east-1"),
            None,
            ask_vpcs,
            &region,
            false,
        );
        let mut deny = allow_if(
            "ec2:DescribeVpcs",
            "StringEquals",
            "aws:RequestedRegion",
            &json!("us-east-1"),
        );
        deny["Effect"] = json!("Deny");
        check(
            "Deny whose Condition does not hold",
            &[(USER_INLINE, vpcs()), (USER_INLINE, deny)],
            None,
            ask_vpcs,
            &region,
            true,
        );
        check(
            "Condition with StringNotEquals that does not hold",
            &condition("StringNotEquals", "eu-west-1"),
            None,
            ask_vpcs,
            &region,
            false,
        );
        check(
            "Bool aws:MultiFactorAuthPresent true, no MFA",
            &one(allow_if(
                "ec2:DescribeVpcs",
                "Bool",
                "aws:MultiFactorAuthPresent",
                &json!("true"),
            )),
            None,
            ask_vpcs,
            &[],
            false,
        );
        check(
            "permissions boundary of the user leaves the action out",
            &one(vpcs()),
            Some(allow("s3:*", "*")),
            ask_vpcs,
            &[],
            false,
        );
        check(
            "permissions boundary of the user allows it too",
            &one(vpcs()),
            Some(allow("ec2:*", "*")),
            ask_vpcs,
            &[],
            true,
        );
        check(
            "permissions boundary alone allows nothing",
            &[],
            Some(allow("ec2:*", "*")),
            ask_vpcs,
            &[],
            false,
        );

        for (place, holder) in [("inline", ROLE_INLINE), ("managed", ROLE_MANAGED)] {
            check(
                &format!("session: role {place} policy"),
                &[(holder, vpcs())],
                None,
                (SESSION, "ec2:DescribeVpcs", "*"),
                &[],
                true,
            );
        }
        let granted = [(
            ROLE_INLINE,
            json!([
                vpcs(),
                allow("route53:*HostedZone*", "*"),
                allow("cloudwatch:ListMetrics", "*"),
                allow("apigateway:GET", "*")
            ]),
        )];
        for (action, expected) in [
            ("route53:ListHostedZones", true),
            ("route53:CreateHostedZone", true),
            ("cloudwatch:ListMetrics", true),
            ("apigateway:GET", true),
            ("ec2:RunInstances", false),
            ("s3:ListAllMyBuckets", false),
            ("iam:CreateUser", false),
        ] {
            check(
                &format!("session: {action}"),
                &granted,
                None,
                (SESSION, action, "*"),
                &[],
                expected,
            );
            check(
                &format!("session without any permission: {action}"),
                &[],
                None,
                (SESSION, action, "*"),
                &[],
                false,
            );
        }
        check(
            "session: permissions boundary of the role leaves the action out",
            &[(ROLE_INLINE, vpcs())],
            Some(allow("s3:*", "*")),
            (SESSION, "ec2:DescribeVpcs", "*"),
            &[],
            false,
        );
    }

    #[test]
    fn conditions_hold_as_aws_documents() {
        let tagged = [
            ("aws:RequestTag/owner", "net"),
            ("aws:TagKeys", "owner"),
            ("aws:TagKeys", "stage"),
        ];
        let owner = "aws:RequestTag/owner";
        let absent = "aws:RequestTag/absent";
        let rows: &[(&str, &str, Value, bool)] = &[
            ("StringEquals", owner, json!(["x", "net"]), true),
            ("StringEquals", "AWS:requesttag/OWNER", json!("net"), true),
            ("StringEquals", owner, json!("ne*"), false),
            ("StringEquals", owner, json!("Net"), false),
            ("StringEqualsIgnoreCase", owner, json!("Net"), true),
            ("StringLike", owner, json!("n?*"), true),
            ("StringNotLike", owner, json!(["x", "n*"]), false),
            ("StringEquals", absent, json!("net"), false),
            ("StringNotEquals", absent, json!("net"), true),
            ("StringNotLike", absent, json!("*"), true),
            ("ArnNotLike", absent, json!("arn:aws:iam::1:role/x"), true),
            ("NumericNotEquals", absent, json!("1"), true),
            ("StringEqualsIfExists", absent, json!("net"), true),
            ("StringEqualsIfExists", owner, json!("other"), false),
            ("Null", absent, json!("true"), true),
            ("Null", absent, json!("false"), false),
            ("Null", owner, json!("false"), true),
            ("Null", owner, json!("true"), false),
            (
                "ForAllValues:StringEquals",
                "aws:TagKeys",
                json!(["owner", "stage", "x"]),
                true,
            ),
            (
                "ForAllValues:StringEquals",
                "aws:TagKeys",
                json!("owner"),
                false,
            ),
            ("ForAllValues:StringEquals", absent, json!("owner"), true),
            (
                "ForAnyValue:StringEquals",
                "aws:TagKeys",
                json!("owner"),
                true,
            ),
            ("ForAnyValue:StringEquals", absent, json!("owner"), false),
            ("ForAnyValue:StringNotEquals", absent, json!("owner"), false),
            (
                "ForAllValues:StringNotEquals",
                "aws:TagKeys",
                json!("owner"),
                false,
            ),
            (
                "ForAnyValue:StringNotEquals",
                "aws:TagKeys",
                json!("owner"),
                true,
            ),
            (
                "ArnEquals",
                "aws:PrincipalArn",
                json!("arn:aws:iam::111111111111:user/*"),
                true,
            ),
            (
                "ArnLike",
                "aws:PrincipalArn",
                json!("arn:aws:iam::*:user/svc"),
                true,
            ),
            (
                "ArnLike",
                "aws:PrincipalArn",
                json!("arn:*:user/svc"),
                false,
            ),
            (
                "ArnEquals",
                "aws:PrincipalArn",
                json!("arn:aws:iam::111111111111:user/sv"),
                false,
            ),
            (
                "StringEquals",
                "aws:username",
                json!("${aws:username}"),
                true,
            ),
            (
                "StringLike",
                owner,
                json!("${aws:PrincipalTag/none}*"),
                false,
            ),
            (
                "StringEquals",
                owner,
                json!("${aws:PrincipalTag/none, 'net'}"),
                true,
            ),
            ("StringLike", owner, json!("n${*}"), false),
            ("NumericLessThan", "s3:max-keys", json!("10"), true),
            ("NumericGreaterThanEquals", "s3:max-keys", json!("9"), true),
            ("NumericGreaterThan", "s3:max-keys", json!("9"), false),
            ("Bool", "aws:SecureTransport", json!("True"), true),
            ("BoolIfExists", absent, json!("false"), true),
            ("IpAddress", "aws:SourceIp", json!("203.0.113.0/29"), true),
            ("IpAddress", "aws:SourceIp", json!("203.0.113.8/29"), false),
            ("IpAddress", "aws:SourceIp", json!("203.0.113.7"), true),
            ("NotIpAddress", "aws:SourceIp", json!("203.0.113.7"), false),
            (
                "NotIpAddress",
                "aws:SourceIp",
                json!(["::/0", "10.0.0.0/8"]),
                true,
            ),
            ("NotIpAddress", "aws:SourceIp", json!("0.0.0.0/0"), false),
            ("IpAddress", absent, json!("0.0.0.0/0"), false),
            ("NotIpAddress", absent, json!("0.0.0.0/0"), true),
        ];
        let mut context = tagged.to_vec();
        context.extend([
            ("s3:max-keys", "9"),
            ("aws:SecureTransport", "true"),
            ("aws:SourceIp", "203.0.113.7"),
        ]);
        for (operator, key, values, expected) in rows {
            let policy = [(
                USER_INLINE,
                allow_if("s3:ListBucket", operator, key, values),
            )];
            check(
                &format!("{operator} {key} {values}"),
                &policy,
                None,
                (USER, "s3:ListBucket", "*"),
                &context,
                *expected,
            );
        }
    }

    #[test]
    fn what_is_not_known_for_certain_is_never_guessed() {
        for (operator, value) in [
            ("IpAddress", "10.0.0.0/8"),
            ("DateLessThan", "2030-01-01"),
            ("StringEquals", "owner"),
        ] {
            let policy = [(
                USER_INLINE,
                allow_if("s3:ListBucket", operator, "aws:TagKeys", &json!(value)),
            )];
            let access = world(&policy, &Value::Null, ROLE);
            let request = Request {
                principal: USER,
                action: "s3:ListBucket",
                resource: "*",
                context: Context::new(&[("aws:TagKeys", "a"), ("aws:TagKeys", "b")]),
            };
            let outcome = std::panic::catch_unwind(|| World::new(&access).decide(&request));
            assert!(outcome.is_err(), "{operator}");
        }
    }

    struct Assume {
        name: &'static str,
        identity: Option<&'static str>,
        trust: Value,
        role: &'static str,
        external_id: Option<&'static str>,
        seconds: u32,
        expected: Decision,
    }

    #[test]
    fn both_sides_decide_who_assumes_a_role() {
        use Decision::{Allowed, Denied};
        let same = "arn:aws:iam::111111111111:role/Product";
        let mut count = 0;
        for role in [same, ROLE] {
            let trust = |principal: &str, condition: Value| {
                let mut statement = json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"});
                if !condition.is_null() {
                    statement["Condition"] = condition;
                }
                statement
            };
            let plain = |principal: &str| trust(principal, Value::Null);
            let external =
                |operator: &str, id: &str| trust(USER, json!({operator: {"sts:ExternalId": id}}));
            let narrowed = |arn: &str| trust(ROOT, json!({"ArnEquals": {"aws:PrincipalArn": arn}}));
            let row = |name, trust: Value, expected| Assume {
                name,
                identity: Some("*"),
                trust,
                role,
                external_id: None,
                seconds: 3600,
                expected,
            };
            let not_trusted = Denied(Reason::NotTrusted);
            let rows = [
                row("trust = root of the caller's account", plain(ROOT), Allowed),
                row("trust = the user's ARN", plain(USER), Allowed),
                row("trust = account id", plain("111111111111"), Allowed),
                row(
                    "trust = another account",
                    plain("arn:aws:iam::999999999999:root"),
                    not_trusted,
                ),
                row(
                    "trust = a user whose name begins with the caller's",
                    plain("arn:aws:iam::111111111111:user/svc2"),
                    not_trusted,
                ),
                row("trust = a group", plain(GROUP), not_trusted),
                row(
                    "trust = root of another partition",
                    plain("arn:aws-cn:iam::111111111111:root"),
                    not_trusted,
                ),
                Assume {
                    identity: Some("arn:aws:iam::222222222222:role/Other"),
                    ..row(
                        "identity policy for another role",
                        plain(ROOT),
                        Denied(Reason::NotGranted),
                    )
                },
                Assume {
                    identity: None,
                    ..row(
                        "no identity policy, trust = root",
                        plain(ROOT),
                        Denied(Reason::NotGranted),
                    )
                },
                Assume {
                    identity: None,
                    ..row(
                        "no identity policy, trust = the user's ARN",
                        plain(USER),
                        if role == same {
                            Allowed
                        } else {
                            Denied(Reason::NotGranted)
                        },
                    )
                },
                Assume {
                    external_id: Some("id-1"),
                    ..row(
                        "external id right (trust = user)",
                        external("StringEquals", "id-1"),
                        Allowed,
                    )
                },
                row(
                    "external id missing",
                    external("StringEquals", "id-1"),
                    not_trusted,
                ),
                Assume {
                    external_id: Some("id-2"),
                    ..row(
                        "external id wrong",
                        external("StringEquals", "id-1"),
                        not_trusted,
                    )
                },
                Assume {
                    external_id: Some("id-2"),
                    ..row(
                        "external id in StringLike, wrong",
                        external("StringLike", "id-1*"),
                        not_trusted,
                    )
                },
                row(
                    "trust = root + ArnEquals aws:PrincipalArn = caller",
                    narrowed(USER),
                    Allowed,
                ),
                row(
                    "trust = root + ArnEquals aws:PrincipalArn = someone else",
                    narrowed("arn:aws:iam::111111111111:user/other"),
                    not_trusted,
                ),
                Assume {
                    role: "arn:aws:iam::222222222222:role/Nowhere",
                    ..row(
                        "role does not exist",
                        plain(ROOT),
                        Denied(Reason::NoSuchRole),
                    )
                },
                Assume {
                    seconds: 43_200,
                    ..row(
                        "DurationSeconds 43200 over MaxSessionDuration 3600",
                        plain(ROOT),
                        Denied(Reason::SessionLength),
                    )
                },
                Assume {
                    seconds: 899,
                    ..row(
                        "DurationSeconds under 900",
                        plain(ROOT),
                        Denied(Reason::SessionLength),
                    )
                },
                row(
                    "a deny in the trust policy beats an allow",
                    json!([plain(ROOT), {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}]),
                    not_trusted,
                ),
                row(
                    "trust of another action",
                    json!({"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "sts:TagSession"}),
                    not_trusted,
                ),
                row(
                    "trust of a service",
                    json!({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}),
                    not_trusted,
                ),
            ];
            count += rows.len();
            for row in rows {
                let policies: Vec<(Holder, Value)> = row
                    .identity
                    .map(|resource| (GROUP_INLINE, allow("sts:AssumeRole", resource)))
                    .into_iter()
                    .collect();
                let access = world(&policies, &row.trust, role);
                let assumption = Assumption {
                    caller: USER,
                    role: row.role,
                    external_id: row.external_id,
                    seconds: row.seconds,
                    context: Context::default(),
                };
                let decision = World::new(&access).assume_role(&assumption);
                assert_eq!(decision, row.expected, "{role}: {}", row.name);
            }
        }
        assert!(count >= 40, "{count} rows");
    }
}
