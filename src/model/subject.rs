//! Subjects of tokens from issuers that all customers of a service share: whose they are.
//!
//! Sources: the IAM User Guide, "Identity-provider controls for shared OIDC providers"; GitHub Docs, "OpenID Connect
//! reference"; GitLab Docs, "OpenID Connect in AWS"; HCP Terraform Docs, "Workload identity tokens"; Buildkite Docs, "OIDC";
//! Pulumi Docs, "OpenID Connect"; Vercel Docs, "OpenID Connect federation"; Google Identity, "OpenID Connect"; Codefresh
//! Docs, "OpenID Connect for pipelines"; Scalr Docs, "Provider configurations"; Upbound Docs, "OIDC"; Modal Docs, "OIDC";
//! DVC Studio Docs, "OpenID Connect".

use super::matches;

/// Whose subjects a pattern stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Anybody's: a wildcard stands where the customer's name has not ended. This is what one looks like.
    Anybodys(&'static str),
    /// Nobody's, or anybody's: it names no customer. This is what one looks like.
    Nobodys(&'static str),
    /// All of one customer.
    Customers,
    /// Some of one customer.
    Some,
}

/// A service whose customers share an issuer.
struct Shared {
    /// Host and path, in which `*` stands for a name.
    issuer: &'static str,
    /// What stands before the customer's name, and what ends it.
    names: &'static [(&'static str, char)],
    /// Whether that may stand behind other names too.
    anywhere: bool,
    /// What stands before the name of a part of what a customer has; one of them has to be named.
    parts: &'static [&'static str],
    /// What a subject looks like.
    form: &'static str,
}

/// The names that a subject of GitHub Actions can have; an organization chooses which, and in which order.
const GITHUB: Shared = Shared {
    issuer: "token.actions.githubusercontent.com",
    names: &[
        ("repo:", '/'),
        ("repository:", '/'),
        ("repository_id:", ':'),
        ("repository_owner:", ':'),
        ("repository_owner_id:", ':'),
        ("enterprise:", ':'),
        ("enterprise_id:", ':'),
    ],
    anywhere: true,
    parts: &["repo:", "repository:", "repository_id:"],
    form: "repo:OWNER/NAME:ref:refs/heads/main",
};

const GITLAB: Shared = Shared {
    issuer: "gitlab.com",
    names: &[("project_path:", '/')],
    anywhere: false,
    parts: &["project_path:"],
    form: "project_path:GROUP/PROJECT:ref_type:branch:ref:main",
};

const TERRAFORM: Shared = Shared {
    issuer: "app.terraform.io",
    names: &[("organization:", ':')],
    anywhere: false,
    parts: &["project:", "workspace:"],
    form: "organization:NAME:project:NAME:workspace:NAME:run_phase:apply",
};

const VERCEL: Shared = Shared {
    issuer: "oidc.vercel.com",
    names: &[("owner:", ':')],
    anywhere: false,
    parts: &["project:"],
    form: "owner:NAME:project:NAME:environment:production",
};

/// What subjects look like of servers that customers have of their own. Whatever they let in is one customer's.
const OF_OWN_SERVERS: &[Shared] = &[GITHUB, GITLAB];

const SHARED: &[Shared] = &[
    GITHUB,
    Shared {
        issuer: "token.actions.githubusercontent.com/*",
        ..GITHUB
    },
    Shared {
        issuer: "token.actions.*.ghe.com",
        ..GITHUB
    },
    Shared {
        issuer: "vstoken.actions.githubusercontent.com",
        ..GITHUB
    },
    Shared {
        issuer: "oidc-configuration.audit-log.githubusercontent.com",
        names: &[],
        anywhere: false,
        parts: &[],
        form: "https://github.com/ENTERPRISE",
    },
    GITLAB,
    TERRAFORM,
    Shared {
        issuer: "app.eu.terraform.io",
        ..TERRAFORM
    },
    Shared {
        issuer: "scalr.io",
        names: &[("account:", ':')],
        anywhere: false,
        parts: &["environment:", "workspace:"],
        form: "account:NAME:environment:NAME:workspace:NAME",
    },
    Shared {
        issuer: "oidc.codefresh.io",
        names: &[("account:", ':')],
        anywhere: false,
        parts: &["pipeline:"],
        form: "account:ID:pipeline:ID:*",
    },
    Shared {
        issuer: "proidc.upbound.io",
        names: &[("mcp:", '/')],
        anywhere: false,
        parts: &["mcp:"],
        form: "mcp:ORGANIZATION/CONTROL_PLANE:provider:provider-aws",
    },
    Shared {
        issuer: "oidc.modal.com",
        names: &[("modal:workspace_id:", ':')],
        anywhere: false,
        parts: &["environment_name:", "app_name:", "function_name:"],
        form: "modal:workspace_id:ID:environment_name:NAME:app_name:NAME:*",
    },
    Shared {
        issuer: "studio.datachain.ai/api",
        names: &[("credentials:", '/')],
        anywhere: false,
        parts: &["credentials:"],
        form: "credentials:OWNER/NAME",
    },
    Shared {
        issuer: "agent.buildkite.com",
        names: &[("organization:", ':')],
        anywhere: false,
        parts: &["pipeline:"],
        form: "organization:NAME:pipeline:NAME:ref:refs/heads/main:commit:*:step:*",
    },
    Shared {
        issuer: "api.pulumi.com/oidc",
        names: &[
            ("pulumi:deploy:org:", ':'),
            ("pulumi:environments:org:", ':'),
            ("pulumi:environments:pulumi.organization.login:", ':'),
        ],
        anywhere: false,
        parts: &["project:", "env:", "currentEnvironment.name:"],
        form: "pulumi:environments:org:NAME:env:NAME",
    },
    VERCEL,
    Shared {
        issuer: "oidc.vercel.com/*",
        ..VERCEL
    },
    Shared {
        issuer: "accounts.google.com",
        names: &[],
        anywhere: false,
        parts: &[],
        form: "100000000000000000001",
    },
];

/// Whose subjects a pattern stands for, in which `*` and `?` are wildcards; nothing if the issuer is not known to be shared
/// and the subject says nothing of a repository.
pub fn whose(issuer: &str, subject: &str) -> Option<Whose> {
    let mut shared = SHARED.iter();
    if let Some(shared) = shared.find(|shared| matches(shared.issuer, issuer)) {
        return Some(of(shared, subject));
    }
    let mut own = OF_OWN_SERVERS.iter();
    let own = own.find(|own| own.parts.iter().any(|label| subject.starts_with(label)))?;
    match of(own, subject) {
        Whose::Anybodys(_) => Some(Whose::Customers),
        Whose::Nobodys(_) => None,
        whose => Some(whose),
    }
}

fn of(shared: &Shared, subject: &str) -> Whose {
    let wildcard = subject.find(['*', '?']);
    let literal = &subject[..wildcard.unwrap_or(subject.len())];
    // Nothing divides these. Google's are numbers.
    if shared.names.is_empty() {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        return match wildcard {
            Some(_) => Whose::Anybodys(shared.form),
            None if digits(literal) || !digits(shared.form) => Whose::Some,
            None => Whose::Nobodys(shared.form),
        };
    }
    let open = wildcard.is_some();
    let named = shared.names.iter().any(|(label, end)| {
        let mut behind = behind(literal, label);
        behind.any(|(start, rest)| {
            (start == 0 || shared.anywhere)
                && match rest.split_once(*end) {
                    Some((name, rest)) => !name.is_empty() && (open || !rest.is_empty()),
                    None => *end == ':' && !open && shared.anywhere && !rest.is_empty(),
                }
        })
    });
    match named {
        false if open => Whose::Anybodys(shared.form),
        false => Whose::Nobodys(shared.form),
        true if shared.parts.iter().any(|label| names(subject, label)) => Whose::Some,
        true => Whose::Customers,
    }
}

/// Each place behind a label that begins the text or follows a colon, with where the label is.
fn behind<'a>(text: &'a str, label: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
    let places = text.match_indices(label);
    let places = places.filter(|(at, _)| *at == 0 || text[..*at].ends_with(':'));
    places.map(|(at, _)| (at, &text[at + label.len()..]))
}

/// Whether a name follows a label, without a wildcard in it.
fn names(subject: &str, label: &str) -> bool {
    behind(subject, label).any(|(_, rest)| {
        let name = rest.split(':').next().unwrap_or_default();
        !name.is_empty() && !name.contains(['*', '?'])
    })
}

#[cfg(test)]
mod tests {
    use super::{Whose, whose};

    #[test]
    fn subjects_say_whose_they_are() {
        use Whose::{Anybodys, Customers, Some};
        let anybodys = Anybodys("");
        let of = |issuer: &str, subject: &str| match whose(issuer, subject).unwrap() {
            Anybodys(_) => anybodys,
            other => other,
        };
        let github = "token.actions.githubusercontent.com";
        for (subject, expected) in [
            ("repo:acme/infra:ref:refs/heads/main", Some),
            ("repo:acme@1/infra@2:environment:production", Some),
            ("repo:acme/infra", Some),
            ("repo:acme/infra:*", Some),
            ("repo:acme/infra*", Customers),
            ("repo:acme/*", Customers),
            ("repo:acme/*:ref:refs/heads/main", Customers),
            ("repo:acme*", anybodys),
            ("repo:*/infra:ref:refs/heads/main", anybodys),
            ("*:acme/infra:ref:refs/heads/main", anybodys),
            ("repository_owner_id:1:*", Customers),
            ("repository_owner_id:1*", anybodys),
            ("repository_owner:acme", Customers),
            (
                "job_workflow_ref:acme/w/.github/workflows/a.yml@refs/heads/main:repo:acme/infra",
                Some,
            ),
            (
                "job_workflow_ref:acme/w/.github/workflows/a.yml@*",
                anybodys,
            ),
        ] {
            assert_eq!(of(github, subject), expected, "{subject}");
        }
        for subject in [
            "environment:production",
            "ref:refs/heads/main",
            "repo:acme",
            "repo:acme/",
            "repo:/infra",
            "xrepo:acme/infra:environment:a",
            "acme/infra:ref:refs/heads/main",
        ] {
            assert!(
                matches!(of(github, subject), Whose::Nobodys(_)),
                "{subject}"
            );
        }
        for (issuer, subject, expected) in [
            (
                "token.actions.githubusercontent.com/acme",
                "repo:a/*",
                Customers,
            ),
            ("token.actions.acme.ghe.com", "repo:*", anybodys),
            ("gitlab.com", "project_path:acme/infra:*", Some),
            (
                "gitlab.com",
                "project_path:acme/*:ref_type:branch:ref:main",
                Customers,
            ),
            ("gitlab.com", "project_path:acme*", anybodys),
            ("app.terraform.io", "organization:acme:*", Customers),
            ("app.terraform.io", "organization:acme:project:a:*", Some),
            ("app.terraform.io", "organization:*", anybodys),
            ("agent.buildkite.com", "organization:*", anybodys),
            (
                "agent.buildkite.com",
                "organization:acme:pipeline:a:*",
                Some,
            ),
            ("agent.buildkite.com", "organization:acme:*", Customers),
            ("api.pulumi.com/oidc", "organization:*", anybodys),
            (
                "api.pulumi.com/oidc",
                "pulumi:environments:org:acme:env:*",
                Customers,
            ),
            ("accounts.google.com", "1*", anybodys),
            ("oidc.codefresh.io", "account:*", anybodys),
            ("oidc.codefresh.io", "account:1:*", Customers),
            ("oidc.codefresh.io", "account:1:pipeline:2:*", Some),
            ("scalr.io", "account:acme:environment:*", Customers),
            (
                "scalr.io",
                "account:acme:environment:prod:workspace:*",
                Some,
            ),
            ("proidc.upbound.io", "mcp:*", anybodys),
            ("proidc.upbound.io", "mcp:acme/*", Customers),
            ("proidc.upbound.io", "mcp:acme/prod:provider:*", Some),
            ("oidc.vercel.com/acme", "owner:*", anybodys),
            ("oidc.vercel.com/acme", "owner:acme:*", Customers),
            ("app.eu.terraform.io", "organization:*", anybodys),
            ("vstoken.actions.githubusercontent.com", "repo:*", anybodys),
            (
                "oidc-configuration.audit-log.githubusercontent.com",
                "https://github.com/*",
                anybodys,
            ),
            (
                "oidc-configuration.audit-log.githubusercontent.com",
                "https://github.com/acme",
                Some,
            ),
            ("gitlab.example.com", "project_path:*", Customers),
            (
                "gitlab.example.com",
                "project_path:*:ref_type:branch:ref:main",
                Customers,
            ),
            ("gitlab.example.com", "project_path:acme/infra:*", Some),
            ("github.example.com/_services/token", "repo:*", Customers),
            (
                "github.example.com/_services/token",
                "repo:acme/infra:*",
                Some,
            ),
            ("accounts.google.com", "100000000000000000001", Some),
        ] {
            assert_eq!(of(issuer, subject), expected, "{issuer} {subject}");
        }
        for (issuer, subject) in [
            ("gitlab.com", "acme/infra:ref_type:branch:ref:main"),
            ("gitlab.com", "ref:main:project_path:acme/infra"),
            ("app.terraform.io", "project:a:workspace:b"),
            ("app.terraform.io", "organization:acme"),
            ("accounts.google.com", "me@example.com"),
        ] {
            assert!(
                matches!(of(issuer, subject), Whose::Nobodys(_)),
                "{issuer} {subject}"
            );
        }
        assert_eq!(whose("login.example.com", "*"), None);
    }
}
