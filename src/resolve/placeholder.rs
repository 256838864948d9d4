//! Reads text with placeholders, and says what is meant where one is of another language: CloudFormation's, Terraform's,
//! or a policy variable that IAM does not have.

use std::collections::BTreeMap;

use super::sink::Sink;
use crate::diag::{Diagnostic, Span, did_you_mean};
use crate::model::{Partition, Text, shown};
use crate::reference::Reference;

/// What a text may refer to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placeholders<'a> {
    /// A value for each parameter; none outside of catalogs.
    pub(super) parameters: &'a BTreeMap<String, String>,
    /// The catalog's parameter for a Region, if it declares one.
    pub(super) region: Option<&'a str>,
    /// Whether a parameter can be declared.
    pub(super) in_catalog: bool,
    /// The variables that IAM has; absent where it fills none in, which is checked there.
    pub(super) variables: Option<&'a Reference>,
}

/// A deployment has no parameters.
static NO_PARAMETERS: BTreeMap<String, String> = BTreeMap::new();

/// Names for the account and the partition in other languages, in lower case without `_` and `-`.
const ACCOUNT: &[&str] = &[
    "account",
    "accountid",
    "accountnumber",
    "awsaccount",
    "awsaccountid",
];
const PARTITION: &[&str] = &["partition", "awspartition"];
const REGION: &[&str] = &["region", "awsregion", "currentregion"];

/// How a reference of Terraform begins.
const TERRAFORM: &[&str] = &[
    "var",
    "local",
    "data",
    "module",
    "each",
    "count",
    "path",
    "self",
    "terraform",
];

/// What other languages write, what it is, and what is written here instead if that is always the same.
const FOREIGN: &[(&str, &str, &str)] = &[
    (
        "$${",
        "Terraform's way to write `${`",
        "write `${`: Landgrant escapes it in what it renders",
    ),
    (
        "${!",
        "CloudFormation's way to write `${`",
        "write `${` without the `!`: Landgrant escapes it in what it renders",
    ),
    (
        "&{",
        "the Terraform provider's way to write a policy variable",
        "write it with a dollar sign: `${aws:username}`",
    ),
    ("%{", "a directive of Terraform", ""),
    ("{{", "a reference of another template language", ""),
];

impl<'a> Placeholders<'a> {
    /// What a deployment's own texts may refer to: the account, the partition, and policy variables where IAM fills them in.
    pub(super) fn of_deployment(variables: Option<&'a Reference>) -> Self {
        Self {
            parameters: &NO_PARAMETERS,
            region: None,
            in_catalog: false,
            variables,
        }
    }

    /// The text, or nothing and a diagnostic.
    pub(super) fn parse(&self, sink: &mut Sink, text: &str, span: Span) -> Option<Text> {
        if let Some(fault) = self.fault(text, span) {
            sink.push(fault);
            return None;
        }
        Text::parse(text, self.parameters).ok()
    }

    fn fault(&self, text: &str, span: Span) -> Option<Diagnostic> {
        if let Some((mark, what, help)) = FOREIGN.iter().find(|(mark, ..)| text.contains(mark)) {
            let help = match *help {
                "" => self.instead(""),
                help => help.to_owned(),
            };
            return Some(foreign(mark, what, span).help(help));
        }
        let function = ["!Sub ", "!Ref ", "!GetAtt ", "!Join ", "Fn::"];
        if let Some(mark) = function.iter().find(|mark| text.starts_with(**mark)) {
            let what = "a function of CloudFormation";
            return Some(foreign(mark.trim_end(), what, span).help(
                "write the text itself, with `${account}` and `${partition}` where they stand",
            ));
        }
        let mut rest = text;
        while let Some((_, after)) = rest.split_once("${") {
            let open = |name: &str| self.unknown(&format!("${{{name}"), span);
            let Some((name, behind)) = after.split_once('}') else {
                return Some(open(after));
            };
            if let Some((before, _)) = name.split_once("${") {
                return Some(open(before));
            }
            if let Some(fault) = self.fault_of(name, span) {
                return Some(fault);
            }
            rest = behind;
        }
        None
    }

    /// The fault of what stands between `${` and `}`.
    fn fault_of(&self, name: &str, span: Span) -> Option<Diagnostic> {
        if ["partition", "account", "*", "?", "$"].contains(&name)
            || self.parameters.contains_key(name)
        {
            return None;
        }
        let written = format!("${{{name}}}");
        if let Some(pseudo) = name.strip_prefix("AWS::") {
            let fault = foreign(&written, "a pseudo parameter of CloudFormation", span);
            return Some(fault.help(self.instead(pseudo)));
        }
        let first = name.split(['.', '[']).next().unwrap_or(name);
        if TERRAFORM.contains(&first) && name.contains('.')
            || first.starts_with("aws_") && first != name
        {
            let fault = foreign(&written, "a reference of Terraform", span);
            let last = name.rsplit('.').next().unwrap_or(name);
            return Some(fault.help(self.instead(last)));
        }
        if first == "Token" && name.contains('[') {
            let fault = foreign(&written, "a token of the AWS CDK", span);
            return Some(fault.help(self.instead("")));
        }
        if name.contains(':') {
            return self.fault_of_variable(name, span);
        }
        if name.contains('.') {
            let fault = foreign(&written, "a reference to a resource of a template", span);
            return Some(fault.help(self.instead("")));
        }
        Some(self.unknown(name, span))
    }

    /// The fault of a policy variable: IAM fills in the keys of a request that have one value. A default may stand behind
    /// a comma and a space, in single quotes.
    fn fault_of_variable(&self, name: &str, span: Span) -> Option<Diagnostic> {
        let reference = self.variables?;
        let (key, default) = match name.split_once(',') {
            Some((key, default)) => (key.trim_end(), Some(default)),
            None => (name, None),
        };
        if let Some(default) = default {
            let plain = default.trim().trim_matches(['\'', '"']);
            let written = format!("{key}, '{plain}'");
            if written != name {
                let fault = Diagnostic::error(
                    "unknown-policy-variable",
                    span,
                    format!("the default of {} is in another form", shown(&format!("${{{key}}}"))),
                )
                .why("IAM documents a default behind a comma and a space, in single quotes; what another form stands for is not known");
                return Some(fault.help(format!("write `${{{written}}}`")));
            }
        }
        // Each identity provider has a host's name and keys of its own.
        if key
            .split_once(':')
            .is_some_and(|(host, _)| host.contains('.'))
        {
            return None;
        }
        match reference.key(key) {
            Some(known) if known.key_type().is_some_and(|kind| kind.multivalued) => Some(
                Diagnostic::error(
                    "unknown-policy-variable",
                    span,
                    format!("{} has several values", shown(key)),
                )
                .why("IAM fills in only keys that have one value, and compares this text with nothing that it ever has")
                .help("compare with values that are written out"),
            ),
            Some(_) => None,
            None => {
                let fault = Diagnostic::error(
                    "unknown-policy-variable",
                    span,
                    format!("IAM has no policy variable {}", shown(&format!("${{{key}}}"))),
                )
                .why("a variable that the request does not have makes the statement match nothing, or a negated condition everything");
                Some(match reference.near_key(key, &[]) {
                    Some(near) => fault.help(format!("did you mean `${{{near}}}`?")),
                    None => fault.help(format!(
                        "variables are condition keys, such as `${{aws:username}}` and `${{aws:PrincipalTag/team}}`; {NEWER}"
                    )),
                })
            }
        }
    }

    /// What to write in place of another language's name for something.
    fn instead(&self, name: &str) -> String {
        let plain = name.to_lowercase().replace(['_', '-'], "");
        let is = |names: &[&str]| names.contains(&plain.as_str());
        match (self.region, self.in_catalog) {
            _ if is(ACCOUNT) => "write `${account}`, the account that the grant is in".to_owned(),
            _ if is(PARTITION) => "write `${partition}`, the deployment's".to_owned(),
            _ if plain == "urlsuffix" => {
                suffixes()
            }
            (Some(region), _) if is(REGION) => {
                format!("write `${{{region}}}`, the catalog's parameter, or `*` for every Region")
            }
            (None, true) if is(REGION) => {
                "declare a parameter with `type: region` and write `${region}`, or write `*` for every Region".to_owned()
            }
            (_, false) if is(REGION) => {
                "write the Region itself, such as `eu-central-1`, or `*` for every Region".to_owned()
            }
            (_, true) => {
                "write the text itself, or declare a parameter under `parameters` and write `${name}`".to_owned()
            }
            (_, false) => {
                "write the text itself; `${account}` and `${partition}` are the deployment's".to_owned()
            }
        }
    }

    /// The fault of a placeholder that names nothing.
    fn unknown(&self, name: &str, span: Span) -> Diagnostic {
        if name.starts_with("${") {
            return Diagnostic::error(
                "unknown-placeholder",
                span,
                format!("the placeholder {} is not closed", shown(name)),
            )
            .help("close it with `}`; a dollar sign before a brace is written `${$}{`");
        }
        let fault = Diagnostic::error(
            "unknown-placeholder",
            span,
            format!("the placeholder {} names nothing", shown(name)),
        );
        let known: Vec<&str> = self
            .parameters
            .keys()
            .map(String::as_str)
            .chain(["account", "partition"])
            .collect();
        let plain = name.to_lowercase().replace(['_', '-'], "");
        let known_elsewhere = [ACCOUNT, PARTITION, REGION]
            .concat()
            .contains(&plain.as_str());
        match did_you_mean(name, known.iter().copied()) {
            _ if known_elsewhere => fault.help(self.instead(name)),
            Some(near) => fault.help(format!("did you mean `${{{near}}}`?")),
            None => fault.help(format!(
                "known here: {}; an IAM policy variable has a colon, as in `${{aws:username}}`",
                known.join(", ")
            )),
        }
    }
}

/// What stands for the DNS suffix, in each partition.
fn suffixes() -> String {
    let others = Partition::ALL
        .into_iter()
        .filter(|partition| partition.dns_suffix() != Partition::Aws.dns_suffix())
        .map(|partition| format!("`{}` in {partition}", partition.dns_suffix()));
    let others: Vec<String> = others.collect();
    format!(
        "write `{}`; it is {}",
        Partition::Aws.dns_suffix(),
        others.join(", ")
    )
}

/// What to do about a name that is newer than the reference.
pub(super) const NEWER: &str =
    "if it is newer than this release's data, add it with `--reference FILE`";

fn foreign(written: &str, what: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        "unknown-placeholder",
        span,
        format!("{} is {what}", shown(written)),
    )
    .why("Landgrant writes policies whole, and nothing fills this in: IAM would compare it as it stands here")
}
