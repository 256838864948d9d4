//! IAM actions.

use std::fmt;

use super::{Refusal, glob, shown};

/// An action in a policy: `service:Name`, with wildcards allowed in the name, or `*`.
///
/// IAM ignores the case of actions. Equality here does not, because the output has AWS's capitalization. Prefixes are
/// always in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Action(String);

impl Action {
    /// Parses an action.
    ///
    /// # Errors
    ///
    /// Fails if the text is not a service prefix, a colon and a name of letters, digits and wildcards.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let refuse = |help: &str| {
            Err(Refusal::new(
                format!("{} is not an action", shown(text)),
                "IAM refuses a policy whose action is not a service prefix, a colon, and a name",
                help,
            ))
        };
        if text == "*" {
            return Ok(Self(text.to_owned()));
        }
        // Vendor documents may have actions in bold.
        let bare = text.trim_matches(['*', '`', ' ']);
        if let Some((service, name)) = bare.split_once(':')
            && service.bytes().any(|byte| byte.is_ascii_alphabetic())
            && !text.starts_with(bare)
        {
            let plain = format!("{}:{name}", service.to_ascii_lowercase());
            return refuse(&format!("write {}", shown(&plain)));
        }
        let Some((service, name)) = text.split_once(':') else {
            return refuse(
                "put the prefix of its service and a colon before it, as in `ec2:DescribeVpcs`",
            );
        };
        let service = service.to_ascii_lowercase();
        let service_fits = !service.is_empty()
            && service
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !service_fits {
            return refuse("the service prefix is letters, digits and hyphens: `ec2`");
        }
        let name_fits = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'*' || byte == b'?');
        if !name_fits {
            return refuse("the name is letters and digits, with `*` or `?` as wildcards");
        }
        Ok(Self(format!("{service}:{name}")))
    }

    /// The action as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the colon; `*` for the action `*`.
    pub fn service(&self) -> &str {
        self.0
            .split_once(':')
            .map_or(self.0.as_str(), |(service, _)| service)
    }

    /// Whether the action has a wildcard.
    pub fn has_wildcard(&self) -> bool {
        self.0.contains(['*', '?'])
    }

    /// Whether the actions are equal to IAM, which ignores case.
    pub fn same_as(&self, other: &Action) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }

    /// Whether every action that `other` matches is also matched by this one, ignoring case.
    pub fn covers(&self, other: &Action) -> bool {
        if !self.has_wildcard() {
            return self.same_as(other);
        }
        // Service prefixes have neither wildcards nor capital letters.
        ["*", other.service()].contains(&self.service())
            && glob::covers(&self.0.to_lowercase(), &other.0.to_lowercase())
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
