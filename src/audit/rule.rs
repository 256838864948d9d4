//! The kinds of findings, each with its severity, reason and help.

use crate::diag::Severity;

/// A kind of finding.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The kebab-case name.
    pub code: &'static str,
    /// The default severity. Notes do not cause exit code 1.
    pub severity: Severity,
    /// A one-line summary.
    pub summary: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// What to do.
    pub help: &'static str,
}

impl Rule {
    /// The page of the rule, in Markdown.
    pub fn page(&self) -> String {
        let Self {
            code,
            summary,
            why,
            help,
            ..
        } = self;
        format!(
            "# {code}\n\n`landgrant audit` finds {summary}.\n\n## Why it matters\n\n{}\n\n## What to do\n\n{}\n",
            sentence(why),
            sentence(help)
        )
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    format!("{first}{}.", letters.as_str())
}

const DEPLOY: &str =
    "apply or deploy the rendered files; add what is really needed to the deployment";
const REMOVE: &str = "remove it, or accept it in the deployment under `audit.allow`";

macro_rules! rules {
    ($($name:ident, $code:literal, $severity:ident, $summary:literal, $why:literal, $help:expr;)*) => {
        $(pub(super) const $name: Rule = Rule {
            code: $code,
            severity: Severity::$severity,
            summary: $summary,
            why: $why,
            help: $help,
        };)*
        /// All rules, in the order in which findings are reported.
        pub const RULES: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    EXTRA_GRANT, "extra-grant", Error,
        "a policy that grants what is not planned",
        "somebody can do what nobody reviewed",
        DEPLOY;
    WIDENED_GRANT, "widened-grant", Error,
        "a policy that grants more than planned",
        "it allows more actions or resources, or has fewer conditions, than what was reviewed",
        DEPLOY;
    FOREIGN_INLINE_POLICY, "foreign-inline-policy", Error,
        "an inline policy that is not planned",
        "it grants what nobody reviewed; a product that finds its accounts in a group's inline policies, such as Micetro, reads it too",
        REMOVE;
    FOREIGN_MANAGED_POLICY, "foreign-managed-policy", Error,
        "a managed policy that is not planned",
        "whoever it is attached to gets everything that it grants",
        REMOVE;
    FOREIGN_MEMBER, "foreign-member", Error,
        "a group member that is not planned",
        "every member gets everything that the group allows",
        REMOVE;
    FOREIGN_GROUP, "foreign-group", Error,
        "the user in a group that is not planned",
        "the user gets everything that the group allows",
        REMOVE;
    FOREIGN_ATTACHMENT, "foreign-attachment", Error,
        "a planned policy attached to another principal",
        "whoever it is attached to gets everything that it grants",
        REMOVE;
    FOREIGN_INSTANCE_PROFILE, "foreign-instance-profile", Error,
        "a role in an unplanned instance profile",
        "whoever is on an instance with that profile works as the role",
        "take the role out of it: `aws iam remove-role-from-instance-profile`; or accept it in the deployment under `audit.allow`";
    CHANGED_TRUST, "changed-trust", Error,
        "a role that trusts principals that are not planned",
        "the trust policy decides who may assume the role",
        DEPLOY;
    CHANGED_PROVIDER, "changed-provider", Error,
        "an identity provider with audiences other than planned",
        "roles of the account may accept tokens that are issued for others",
        DEPLOY;
    CHANGED_BOUNDARY, "changed-boundary", Error,
        "a permissions boundary other than planned",
        "the boundary caps what the policies allow",
        DEPLOY;
    OLD_ACCESS_KEY, "old-access-key", Error,
        "an access key older than the deployment allows",
        "the longer a key is in use, the more copies of it there may be",
        "create a second key, give it to the product, and delete the old one";
    NOT_UNDERSTOOD, "not-understood", Error,
        "something that cannot be compared",
        "it may grant anything",
        "look at it; apply or deploy the rendered files in its place";
    FOREIGN_ROLE, "foreign-role", Warning,
        "an unplanned role that trusts the same principal",
        "whoever can assume the planned roles may be able to assume it too, and has then what it grants",
        "delete the role, take the principal out of its trust policy, or accept it in the deployment under `audit.allow`";
    NOT_DEPLOYED, "not-deployed", Warning,
        "a planned user, group or role that is missing",
        "it was never deployed, or was deleted, and the product has no access there",
        "apply or deploy the rendered files";
    MISSING_POLICY, "missing-policy", Warning,
        "a planned policy that is missing",
        "the product lacks what it grants",
        "apply or deploy the rendered files";
    MISSING_GRANT, "missing-grant", Warning,
        "a planned grant that is missing",
        "the product lacks it",
        "apply or deploy the rendered files";
    NARROWED_GRANT, "narrowed-grant", Warning,
        "a policy that grants less than planned, or denies more",
        "the product stops working where it needs the rest",
        DEPLOY;
    MISSING_INSTANCE_PROFILE, "missing-instance-profile", Warning,
        "a role without its instance profile",
        "EC2 hands a role to instances by a profile only",
        "apply or deploy the rendered files";
    MISSING_MEMBERSHIP, "missing-membership", Warning,
        "a planned group without its user",
        "the user has nothing of what the group allows",
        "apply or deploy the rendered files";
    NARROWED_TRUST, "narrowed-trust", Warning,
        "a role that may trust fewer principals than planned",
        "the product may be unable to assume it",
        DEPLOY;
    CHANGED_PATH, "changed-path", Warning,
        "a path other than planned",
        "the path is a part of the ARN, which policies and trust policies name",
        DEPLOY;
    CHANGED_SESSION, "changed-session", Warning,
        "a maximum session duration other than planned",
        "a session continues even if its user loses access in the meantime",
        DEPLOY;
    CHANGED_TAGS, "changed-tags", Warning,
        "tags other than planned",
        "policies and bills may depend on them",
        DEPLOY;
    NO_SNAPSHOT, "no-snapshot", Warning,
        "an account that was not checked",
        "nothing is known about it",
        "save a snapshot of it, or leave it out with --partial";
    UNKNOWN_KEY_AGE, "unknown-key-age", Warning,
        "access keys of unknown age",
        "they may be too old",
        "give the credential report of the hub account with --credential-report, or leave it out with --partial";
    EXPIRED_ALLOW, "expired-allow", Warning,
        "an `allow` entry that has expired",
        "it was accepted until that day only",
        "fix the finding, or accept it for longer with a current reason";
    UNSEEN_PROVIDER, "unseen-provider", Note,
        "an identity provider that an audit cannot see",
        "a snapshot lists no identity providers, so whether it exists, and whose tokens it accepts, is not known",
        "look it up with `aws iam get-open-id-connect-provider`, or run the `verify.sh` of a kit";
    UNUSED_ALLOW, "unused-allow", Note,
        "an `allow` entry that matches nothing",
        "the finding it accepted is gone, and it would hide the next one of its kind",
        "delete it";
    REWRITTEN_GRANT, "rewritten-grant", Note,
        "the same grant, written differently",
        "it allows nobody more or less",
        "apply or deploy the rendered files";
}
