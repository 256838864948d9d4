//! Checks what a deployment says of its handoff kit.

use super::shape::parse_region;
use super::sink::Sink;
use crate::diag::{Diagnostic, Span};
use crate::load::deployment::DeploymentDoc;
use crate::load::{Document, Place};
use crate::model::{Partition, leave_out, shown, unprintable};

/// What a deployment says of its handoff kit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KitSettings {
    /// Whom it is for.
    pub customer: Option<String>,
    /// Who hands it over.
    pub consultant: Option<String>,
    /// The colour of links and marks: red, green and blue.
    pub accent: Option<[u8; 3]>,
    /// Where the CloudFormation templates will be.
    pub hosted: Option<Hosted>,
    /// Notes by section: paragraphs of one line each.
    pub notes: Vec<(&'static str, Vec<String>)>,
}

/// Where templates will be, for links that open them in the AWS console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosted {
    /// The address of the folder, which ends with a slash.
    pub folder: String,
    /// The Region that the console is opened in.
    pub region: String,
    /// The console's host in that Region.
    pub console: String,
}

/// The longest name of a customer or a consultant, in characters: it is a part of the title.
const LONGEST_NAME: usize = 120;

pub(super) fn check(
    sink: &mut Sink,
    deployment: &Document<DeploymentDoc>,
    partition: Partition,
) -> KitSettings {
    let Some(doc) = &deployment.doc.kit else {
        return KitSettings::default();
    };
    let place = deployment.root().key("kit");
    let customer = name(sink, place.key("customer"), doc.customer.as_deref());
    let consultant = name(sink, place.key("consultant"), doc.consultant.as_deref());
    let accent = doc.accent.as_ref();
    let accent = accent.and_then(|text| colour(sink, place.key("accent").span(), text));
    let notes = place.key("notes");
    let notes = doc.notes.sections().map(|(section, note)| {
        let span = notes.key(section).span();
        printable(sink, span, note, &['\n', '\t']);
        (section, paragraphs(note))
    });
    KitSettings {
        customer,
        consultant,
        accent,
        notes: notes.collect(),
        hosted: hosted(
            sink,
            place,
            (doc.templates_at.as_deref(), doc.region.as_deref()),
            partition,
        ),
    }
}

fn name(sink: &mut Sink, place: Place<'_>, text: Option<&str>) -> Option<String> {
    let text = text?.trim();
    let printable = printable(sink, place.span(), text, &[]);
    if text.is_empty() || text.chars().count() > LONGEST_NAME {
        sink.push(
            Diagnostic::error(
                "bad-name",
                place.span(),
                format!("{} cannot be a name in a title", shown(text)),
            )
            .why(format!("it has 1 to {LONGEST_NAME} characters"))
            .help("write the name as it is on a letter, or delete the field"),
        );
        return None;
    }
    printable.then(|| text.to_owned())
}

/// Whether every character can be seen; tells which cannot.
fn printable(sink: &mut Sink, span: Span, text: &str, but: &[char]) -> bool {
    let odd = unprintable(&text.replace(|character| but.contains(&character), " "));
    if let Some(odd) = odd {
        sink.push(
            Diagnostic::error(
                "bad-text",
                span,
                format!("{} contains an invisible character", shown(text)),
            )
            .why("whoever reads the kit could be shown something else than what it says")
            .help(leave_out(odd)),
        );
    }
    odd.is_none()
}

fn paragraphs(note: &str) -> Vec<String> {
    let lines: Vec<&str> = note.lines().map(str::trim).collect();
    lines
        .split(|line| line.is_empty())
        .filter(|lines| !lines.is_empty())
        .map(|lines| lines.join(" "))
        .collect()
}

fn colour(sink: &mut Sink, span: Span, text: &str) -> Option<[u8; 3]> {
    let digits = text.strip_prefix('#').filter(|digits| {
        digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    });
    let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    if number.is_none() {
        sink.push(
            Diagnostic::error(
                "bad-colour",
                span,
                format!("{} is not a colour", shown(text)),
            )
            .why("a colour is a number sign and six hexadecimal digits: red, green, blue")
            .help("write it in quotes, such as \"#0b6e4f\""),
        );
    }
    number.map(|number| {
        let [_, red, green, blue] = number.to_be_bytes();
        [red, green, blue]
    })
}

/// The console takes templates from S3 only (CloudFormation User Guide, "Create quick-create links").
fn hosted(
    sink: &mut Sink,
    place: Place<'_>,
    (folder, region): (Option<&str>, Option<&str>),
    partition: Partition,
) -> Option<Hosted> {
    if let (None, Some(_)) = (folder, region) {
        sink.push(
            Diagnostic::warning(
                "unused-region",
                place.key("region").span(),
                "the kit's Region is used by no link",
            )
            .help("add `templates_at`, or delete `region`"),
        );
    }
    let folder = folder?;
    let span = place.key("templates_at").span();
    let Some(console) = partition.console() else {
        sink.push(
            Diagnostic::error(
                "unpublished-console",
                span,
                format!("the kit cannot link to the console of {partition}"),
            )
            .why("AWS does not publish the address of that console, so a link would be a guess")
            .help("delete `templates_at`: the kit says how to create the stacks without links"),
        );
        return None;
    };
    let host = folder
        .strip_prefix("https://")
        .map(|rest| rest.split('/').next().unwrap_or_default());
    let suffix = format!(".{}", partition.dns_suffix());
    let in_s3 = host.is_some_and(|host| {
        host.strip_suffix(&suffix).is_some_and(|host| {
            let mut labels = host.split('.');
            labels.any(|label| label == "s3" || label.starts_with("s3-"))
        })
    });
    let plain = folder
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._~/:%+".contains(&byte));
    if !in_s3 || !plain {
        sink.push(
            Diagnostic::error(
                "bad-templates-address",
                span,
                format!("{} is no folder in S3", shown(folder)),
            )
            .why(format!(
                "the AWS console opens templates from S3 only, by an address that begins with https:// and is at {suffix}"
            ))
            .help(format!(
                "write the folder that you will put the templates into, such as https://BUCKET.s3.REGION{suffix}/landgrant/"
            )),
        );
        return None;
    }
    let region = match region {
        Some(region) => {
            let parsed = parse_region(region, partition);
            sink.take("bad-region", place.key("region").span(), parsed)?
        }
        None => partition.iam_region().to_owned(),
    };
    let slash = if folder.ends_with('/') { "" } else { "/" };
    Some(Hosted {
        folder: format!("{folder}{slash}"),
        console: format!("{region}.{console}"),
        region,
    })
}
