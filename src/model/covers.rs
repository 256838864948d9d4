//! Compares grants: which of two is wider.

use std::collections::{BTreeMap, BTreeSet};

use super::access::{ConditionMap, Grant, TrustedBy};
use super::fact::{Fact, Holds};
use super::holds::{Request, holds};
use super::{Effect, glob};

/// The maximum number of parts that are compared separately.
pub(super) const MOST_PARTS: usize = 1024;

/// The scope of a term beside its action: a kind and a value.
pub type Scope<'a> = (&'a str, &'a str);

/// A term with an action and conditions that can be compared: a grant, or a trust.
pub trait Term: Clone + Ord {
    /// Whether it allows or denies.
    fn effect(&self) -> Effect;
    /// The action.
    fn action(&self) -> &str;
    /// The action.
    fn action_mut(&mut self) -> &mut String;
    /// The scope: a resource, a principal.
    fn scope(&self) -> Scope<'_>;
    /// Whether this scope includes everything in the scope of `other`.
    fn scope_covers(&self, other: &Self) -> bool;
    /// The conditions.
    fn conditions(&self) -> &ConditionMap;
    /// The conditions.
    fn conditions_mut(&mut self) -> &mut ConditionMap;
}

/// Whether a condition with two values is equivalent to two statements with one value each.
pub fn values_are_alternatives(operator: &str) -> bool {
    !operator.contains("Not") && !operator.starts_with("ForAllValues:")
}

impl Term for Grant {
    fn effect(&self) -> Effect {
        self.effect
    }

    fn action(&self) -> &str {
        &self.action
    }

    fn action_mut(&mut self) -> &mut String {
        &mut self.action
    }

    fn scope(&self) -> Scope<'_> {
        ("", &self.resource)
    }

    fn scope_covers(&self, other: &Self) -> bool {
        glob::covers(&self.resource, &other.resource)
    }

    fn conditions(&self) -> &ConditionMap {
        &self.conditions
    }

    fn conditions_mut(&mut self) -> &mut ConditionMap {
        &mut self.conditions
    }
}

/// Whether an action pattern includes all actions of another one. AWS ignores case.
pub(super) fn action_covers(wide: &str, narrow: &str) -> bool {
    glob::covers(&wide.to_ascii_lowercase(), &narrow.to_ascii_lowercase())
}

impl TrustedBy {
    /// Whether this principal includes every principal that `other` matches, in a trust policy of a role of the account
    /// `own`. A star matches all principals of its type; `"*"` and `{"AWS": "*"}` are equal. `false` may be too
    /// cautious.
    pub fn covers(&self, other: &TrustedBy, own: &str) -> bool {
        let kind = |principal: &TrustedBy| match principal.kind.as_str() {
            "*" => "AWS".to_owned(),
            kind => kind.to_owned(),
        };
        kind(self) == kind(other)
            && (self.value == other.value
                || self.value == "*"
                || is_account_of(&self.value, &other.value, own))
    }
}

/// Whether an ARN names the account of another ARN. The account can allow any of its principals. In the role's own
/// account this is different: a principal that the role names needs no policy of its own.
fn is_account_of(account: &str, other: &str, own: &str) -> bool {
    account.strip_suffix(":root").is_some_and(|account| {
        account.rsplit(':').next() != Some(own) && other.starts_with(&format!("{account}:"))
    })
}

/// An operator, a key and values.
pub(super) type One<'a> = (&'a str, &'a str, &'a BTreeSet<String>);

/// Whether every request that meets `other` also meets `conditions`: each condition here matches every request, or
/// there is one in `other` that is not wider.
pub(super) fn no_stricter(conditions: &ConditionMap, other: &ConditionMap) -> bool {
    let met = |wanted: One<'_>| {
        other.iter().any(|(guard, keys)| {
            let mut keys = keys.iter();
            keys.any(|(name, others)| meets((guard, name, others), wanted))
        })
    };
    // Several conditions may list the exceptions one by one; with several values, each condition may match by a
    // different one.
    let met_by_several = |(operator, key, values): One<'_>| {
        let mut each = values.iter().map(|value| BTreeSet::from([value.clone()]));
        operator.contains("Not")
            && !operator.starts_with("ForAnyValue:")
            && each.all(|value| met((operator, key, &value)))
    };
    conditions.iter().all(|(operator, keys)| {
        keys.iter().all(|(key, values)| {
            let wanted: One<'_> = (operator, key, values);
            met(wanted) || met_by_several(wanted) || holds_always(wanted)
        })
    })
}

/// Whether every request that meets one condition also meets another one.
pub(super) fn meets((guard, name, others): One<'_>, (operator, key, values): One<'_>) -> bool {
    let is_false = |value: &String| value.eq_ignore_ascii_case("false");
    let implies = match operator {
        // A key that has to equal something is present.
        "Null" if values.iter().all(is_false) && guard != "Null" => {
            !guard.starts_with("ForAllValues:")
                && !guard.contains("Not")
                && !guard.ends_with("IfExists")
        }
        _ => {
            comparable(&plainest(operator, values), &plainest(guard, others))
                && lets_through(operator, values, others)
        }
    };
    name.eq_ignore_ascii_case(key) && implies
}

/// Whether a condition matches every request, whether or not its key is present.
pub(super) fn holds_always((operator, key, values): One<'_>) -> bool {
    let keys = BTreeMap::from([(key.to_owned(), values.clone())]);
    let request = Request {
        facts: &|_| Fact::unknown(),
        wanted: false,
        variables: true,
    };
    holds(&BTreeMap::from([(operator.to_owned(), keys)]), request) == Holds::Yes
}

/// Whether the values of conditions with these two operators can be compared. A literal text can match a pattern.
fn comparable(operator: &str, other: &str) -> bool {
    let exact = |of: &str, base: &str| of.replacen(base, "StringEquals", 1) == other;
    operator == other || exact(operator, "StringLike") || exact(operator, "ArnLike")
}

/// The operator with the same comparison that supports the fewest wildcards.
///
/// Source: AWS IAM User Guide, "IAM JSON policy elements: Condition operators": `ArnEquals` and `ArnLike` behave
/// identically, as do their negations, and all of them are case-sensitive.
fn plainest(operator: &str, values: &BTreeSet<String>) -> String {
    let mut plain =
        operator
            .replacen("ArnEquals", "ArnLike", 1)
            .replacen("ArnNotEquals", "ArnNotLike", 1);
    let is_literal = |value: &String| !value.contains(['*', '?', '$']);
    let is_arn = |value: &String| value.starts_with("arn:") && value.splitn(6, ':').count() == 6;
    if values.iter().all(is_literal) {
        plain = plain.replacen("StringLike", "StringEquals", 1).replacen(
            "StringNotLike",
            "StringNotEquals",
            1,
        );
        if values.iter().all(is_arn) {
            plain = plain.replacen("ArnLike", "StringEquals", 1).replacen(
                "ArnNotLike",
                "StringNotEquals",
                1,
            );
        }
    }
    plain
}

/// Whether a condition with these values matches every request that one with the other values does.
fn lets_through(operator: &str, values: &BTreeSet<String>, others: &BTreeSet<String>) -> bool {
    if operator.contains("Not") {
        // Each value is an exception: fewer values are wider.
        return values.is_subset(others);
    }
    let covers: fn(&str, &str) -> bool = match operator {
        _ if operator.contains("StringLike") => glob::covers,
        _ if operator.contains("Arn") => arn_covers,
        _ => |_, _| false,
    };
    others
        .iter()
        .all(|other| values.contains(other) || values.iter().any(|value| covers(value, other)))
}

/// Whether an ARN pattern includes everything that another one matches. AWS compares each of the six parts separately,
/// so a pattern with fewer parts is not comparable, nor is one with a variable, which contains a colon, before the last
/// part.
fn arn_covers(pattern: &str, other: &str) -> bool {
    let parts = |text: &str| text.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
    let (pattern, other) = (parts(pattern), parts(other));
    let mut pairs = pattern.iter().zip(&other);
    let early = |parts: &[String]| parts.iter().take(5).any(|part| part.contains("${"));
    pattern.len() == 6
        && other.len() == 6
        && !early(&pattern)
        && !early(&other)
        && pairs.all(|(pattern, other)| glob::covers(pattern, other))
}

#[cfg(test)]
mod tests {
    use super::super::Effect;
    use super::super::access::{ConditionMap, Grant, Trust, TrustedBy};
    use super::super::terms::Terms;
    use super::{action_covers, no_stricter};

    impl Grant {
        fn covers(&self, other: &Grant) -> bool {
            let is_covered = Terms::new(&[self.clone()].into()).wider(other).len() == 1;
            assert_eq!(
                is_covered,
                Terms::new(&[other.clone()].into()).narrower(self).len() == 1
            );
            is_covered
        }
    }

    impl Trust {
        fn covers(&self, other: &Trust, own: &str) -> bool {
            self.principal.covers(&other.principal, own)
                && action_covers(&self.action, &other.action)
                && no_stricter(&self.conditions, &other.conditions)
        }
    }

    fn conditions(conditions: &[(&str, &str, &[&str])]) -> ConditionMap {
        let mut map = ConditionMap::new();
        for (operator, key, values) in conditions {
            map.entry((*operator).to_owned()).or_default().insert(
                (*key).to_owned(),
                values.iter().map(|value| (*value).to_owned()).collect(),
            );
        }
        map
    }

    fn grant(action: &str, resource: &str, guards: &[(&str, &str, &[&str])]) -> Grant {
        Grant {
            effect: Effect::Allow,
            action: action.to_owned(),
            resource: resource.to_owned(),
            conditions: conditions(guards),
        }
    }

    /// The first is strictly wider.
    fn wider(wide: &Grant, narrow: &Grant) -> bool {
        wide.covers(narrow) && !narrow.covers(wide)
    }

    #[test]
    fn wildcards_and_resources_are_compared() {
        let open = |action| grant(action, "*", &[]);
        assert!(wider(&open("ec2:*"), &open("ec2:Describe*")));
        assert!(wider(&open("*"), &open("iam:PassRole")));
        assert!(wider(&open("ec2:describe*"), &open("ec2:DescribeVpcs")));
        assert!(wider(
            &open("s3:GetObject"),
            &grant("s3:GetObject", "arn:aws:s3:::b/*", &[])
        ));
        let other = grant("s3:GetObject", "arn:aws:s3:::c/*", &[]);
        assert!(!other.covers(&grant("s3:GetObject", "arn:aws:s3:::b/*", &[])));
    }

    #[test]
    fn operators_that_compare_alike_are_one() {
        const ARN: &str = "arn:aws:iam::111111111111:role/a";
        const ANY: &str = "arn:aws:iam::111111111111:role/*";
        let with = |operator: &str, values: &[&str]| {
            grant("s3:*", "*", &[(operator, "aws:PrincipalArn", values)])
        };
        for (one, other) in [
            (with("ArnEquals", &[ARN]), with("ArnLike", &[ARN])),
            (with("ArnEquals", &[ANY]), with("ArnLike", &[ANY])),
            (with("ArnEquals", &[ARN]), with("StringEquals", &[ARN])),
            (with("ArnLike", &[ARN]), with("StringLike", &[ARN])),
            (with("StringEquals", &["a"]), with("StringLike", &["a"])),
            (with("StringNotEquals", &[ARN]), with("ArnNotLike", &[ARN])),
            (
                with("ForAnyValue:ArnEqualsIfExists", &[ARN]),
                with("ForAnyValue:StringLikeIfExists", &[ARN]),
            ),
        ] {
            assert!(one.covers(&other) && other.covers(&one), "{one:?}");
        }
        for (wide, narrow) in [
            (with("ArnLike", &[ANY]), with("StringEquals", &[ARN])),
            (with("StringLike", &[ANY]), with("ArnEquals", &[ARN])),
        ] {
            assert!(wide.covers(&narrow) && !narrow.covers(&wide), "{wide:?}");
        }
        for (one, other) in [
            // A text, and a pattern.
            (with("StringEquals", &[ANY]), with("ArnLike", &[ANY])),
            (with("StringEquals", &["a*"]), with("StringLike", &["a*"])),
            (with("StringNotEquals", &[ANY]), with("ArnNotLike", &[ANY])),
            // Across the colons, and between them.
            (with("StringLike", &["arn:*"]), with("ArnLike", &["arn:*"])),
            // What is no ARN matches none.
            (with("ArnEquals", &["a"]), with("StringEquals", &["a"])),
            (
                with("ArnLike", &["${aws:PrincipalTag/a}"]),
                with("StringEquals", &["${aws:PrincipalTag/a}"]),
            ),
            (with("ArnEquals", &[ARN]), with("ArnEqualsIfExists", &[ARN])),
            (with("ArnEquals", &[ARN]), with("ArnNotEquals", &[ARN])),
            (
                with("StringEquals", &[ARN]),
                with("StringEqualsIgnoreCase", &[ARN]),
            ),
            (
                with("ForAnyValue:ArnEquals", &[ARN]),
                with("ArnEquals", &[ARN]),
            ),
        ] {
            assert!(!one.covers(&other) || !other.covers(&one), "{one:?}");
        }
    }

    #[test]
    fn a_condition_narrows_and_each_value_more_widens() {
        let guarded = |guards| grant("iam:PassRole", "*", guards);
        let ec2: &[(&str, &str, &[&str])] = &[(
            "StringEquals",
            "iam:PassedToService",
            &["ec2.amazonaws.com"],
        )];
        let two: &[(&str, &str, &[&str])] = &[(
            "StringEquals",
            "iam:passedtoservice",
            &["ec2.amazonaws.com", "lambda.amazonaws.com"],
        )];
        assert!(wider(&guarded(&[]), &guarded(ec2)));
        assert!(wider(&guarded(two), &guarded(ec2)));
        let like: &[(&str, &str, &[&str])] = &[("StringLike", "aws:ResourceTag/a", &["x*"])];
        let liked: &[(&str, &str, &[&str])] = &[("StringLike", "aws:ResourceTag/a", &["xy"])];
        assert!(wider(&guarded(like), &guarded(liked)));
        let not: &[(&str, &str, &[&str])] = &[("StringNotEquals", "aws:RequestedRegion", &["a"])];
        let nots: &[(&str, &str, &[&str])] =
            &[("StringNotEquals", "aws:RequestedRegion", &["a", "b"])];
        assert!(wider(&guarded(not), &guarded(nots)));
        assert!(!guarded(ec2).covers(&guarded(not)) && !guarded(not).covers(&guarded(ec2)));
    }

    #[test]
    fn what_always_holds_or_is_said_twice_narrows_nothing() {
        const TAG: &str = "aws:ResourceTag/x";
        type Guards<'a> = &'a [(&'a str, &'a str, &'a [&'a str])];
        let guarded = |guards: Guards<'_>| grant("ec2:StartInstances", "*", guards);
        let equal: [(Guards<'_>, Guards<'_>); 4] = [
            (&[], &[("StringLikeIfExists", TAG, &["*"])]),
            (&[], &[("Null", TAG, &["true", "false"])]),
            (
                &[("StringEquals", TAG, &["a"])],
                &[("StringEquals", TAG, &["a"]), ("Null", TAG, &["false"])],
            ),
            (
                &[("StringNotEquals", TAG, &["a", "b"])],
                &[
                    ("StringNotEquals", TAG, &["a"]),
                    ("StringNotLike", TAG, &["b"]),
                ],
            ),
        ];
        for (one, other) in equal {
            let (one, other) = (guarded(one), guarded(other));
            assert!(one.covers(&other) && other.covers(&one), "{other:?}");
        }
        let narrower: [(Guards<'_>, Guards<'_>); 5] = [
            (&[], &[("StringLike", TAG, &["*"])]),
            (&[], &[("StringLikeIfExists", TAG, &["a*"])]),
            (&[], &[("Null", TAG, &["false"])]),
            (
                &[("StringNotEquals", TAG, &["a"])],
                &[("StringNotEquals", TAG, &["a"]), ("Null", TAG, &["false"])],
            ),
            (
                &[("StringEqualsIfExists", TAG, &["a"])],
                &[
                    ("StringEqualsIfExists", TAG, &["a"]),
                    ("Null", TAG, &["false"]),
                ],
            ),
        ];
        for (wide, narrow) in narrower {
            let (wide, narrow) = (guarded(wide), guarded(narrow));
            assert!(wide.covers(&narrow) && !narrow.covers(&wide), "{narrow:?}");
        }
    }

    #[test]
    fn a_trusted_account_is_wider_than_its_user_and_than_itself_with_an_external_id() {
        let trust = |value: &str, guards| Trust {
            effect: Effect::Allow,
            principal: TrustedBy {
                kind: "AWS".to_owned(),
                value: value.to_owned(),
            },
            action: "sts:AssumeRole".to_owned(),
            conditions: conditions(guards),
        };
        let own = "222222222222";
        let account = trust("arn:aws:iam::111111111111:root", &[]);
        let user = trust("arn:aws:iam::111111111111:user/a", &[]);
        let with_id = trust(
            "arn:aws:iam::111111111111:root",
            &[("StringEquals", "sts:ExternalId", &["x"])],
        );
        assert!(account.covers(&user, own) && !user.covers(&account, own));
        assert!(account.covers(&with_id, own) && !with_id.covers(&account, own));
        assert!(trust("*", &[]).covers(&account, own));
        assert!(!account.covers(&trust("arn:aws:iam::222222222222:root", &[]), own));
        // In its own account, a role lets a user in that it names, whatever policies that one has.
        assert!(!account.covers(&user, "111111111111"));
        assert!(account.covers(&with_id, "111111111111"));
    }

    #[test]
    fn a_star_stands_for_its_own_kind_of_principal() {
        let trust = |kind: &str, value: &str| Trust {
            effect: Effect::Allow,
            principal: TrustedBy {
                kind: kind.to_owned(),
                value: value.to_owned(),
            },
            action: "sts:AssumeRole".to_owned(),
            conditions: ConditionMap::new(),
        };
        let covers = |one: (&str, &str), other: (&str, &str)| {
            trust(one.0, one.1).covers(&trust(other.0, other.1), "222222222222")
        };
        let root = ("AWS", "arn:aws:iam::999999999999:root");
        for everyone in [("AWS", "*"), ("*", "*")] {
            assert!(covers(everyone, root));
            assert!(covers(everyone, ("AWS", "*")) && covers(everyone, ("*", "*")));
            assert!(!covers(everyone, ("Federated", "*")));
        }
        for kind in ["Federated", "Service"] {
            assert!(covers((kind, "*"), (kind, "x")));
            assert!(!covers((kind, "*"), root) && !covers((kind, "*"), ("AWS", "*")));
        }
    }

    #[test]
    fn patterns_of_arns_are_compared_part_by_part() {
        let guarded = |operator: &str, value: &str| {
            let values: &[&str] = &[value];
            grant(
                "sts:AssumeRole",
                "*",
                &[(operator, "aws:PrincipalArn", values)],
            )
        };
        let user = "arn:aws:iam::111111111111:user/x";
        for operator in ["ArnEquals", "ArnLike", "ForAnyValue:ArnLikeIfExists"] {
            let one = guarded(operator, user);
            assert!(wider(&guarded(operator, "arn:aws:iam::*:user/*"), &one));
            assert!(!guarded(operator, "arn:aws:*").covers(&one));
            assert!(!guarded(operator, "*").covers(&one));
            assert!(!guarded(operator, "arn:aws:iam::*").covers(&one));
        }
        assert!(wider(
            &guarded("StringLike", "arn:aws:*"),
            &guarded("StringLike", user)
        ));
    }

    #[test]
    fn a_set_covers_what_its_terms_cover_in_parts() {
        let regions = |operator: &str, values: &[&str]| {
            grant(
                "ec2:CreateVpc",
                "*",
                &[(operator, "aws:RequestedRegion", values)],
            )
        };
        let covered = |operator: &str, values: &[&str]| {
            let each = [regions(operator, &["a"]), regions(operator, &["b"])];
            Terms::new(&each.into()).cover(&regions(operator, values))
        };
        assert!(covered("StringEquals", &["a", "b"]));
        assert!(!covered("StringEquals", &["a", "c"]));
        // Two that each leave one out leave none out together, but each alone is narrower than both.
        assert!(covered("StringNotEquals", &["a", "b"]));
        assert!(!covered("ForAllValues:StringEquals", &["a", "b"]));
    }
}
