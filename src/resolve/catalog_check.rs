//! Checks a catalog: words, parameters, features and their entries.

use std::cell::Cell;
use std::collections::BTreeMap;

use indexmap::IndexMap;
use regex_lite::RegexBuilder;

use super::catalog::{Catalog, Feature, Known, Parameter, SourceRef};
use super::denial;
use super::entry::check_entry;
use super::managed::check_managed;
use super::one_of;
use super::parameter_value;
use super::prerequisites;
use super::sink::Sink;
use super::unknown::samples;
use crate::diag::Diagnostic;
use crate::limits;
use crate::load::catalog::{CatalogDoc, EntryDoc, FeatureDoc, SourceRefDoc, VendorDoc};
use crate::load::{Document, Place};
use crate::model::{
    AccountId, CatalogId, FENCE, Level, ParameterKind, Partition, Refusal, check_principal_arn,
    leave_out, parse_slug, shown, unprintable,
};
use crate::reference::Reference;

/// Checks a catalog. Gives nothing where any fault is an error.
pub fn check(
    document: &Document<CatalogDoc>,
    reference: &Reference,
) -> (Option<Catalog>, Vec<Diagnostic>) {
    let mut sink = Sink::default();
    let catalog = check_into(&mut sink, document, reference);
    let diagnostics = sink.into_diagnostics();
    (
        Some(catalog).filter(|_| !crate::diag::has_errors(&diagnostics)),
        diagnostics,
    )
}

fn check_into(sink: &mut Sink, document: &Document<CatalogDoc>, reference: &Reference) -> Catalog {
    let doc = &document.doc;
    let root = document.root();
    sink.take(
        "bad-name",
        root.key("product").span(),
        parse_slug(&doc.product, "a product"),
    );
    if doc.product.starts_with(|c: char| c.is_ascii_digit()) {
        sink.push(
            Diagnostic::error(
                "bad-name",
                root.key("product").span(),
                "the name of a product begins with a digit",
            )
            .why("it names Terraform resources, which begin with a letter")
            .help("begin it with a letter"),
        );
    }
    let behind = doc.product.strip_prefix(FENCE);
    if behind.is_some_and(|rest| rest.is_empty() || rest.starts_with('-')) {
        sink.push(
            Diagnostic::error(
                "bad-name",
                root.key("product").span(),
                format!("`{FENCE}` is the name of the policy with what a deployment denies"),
            )
            .why(
                "the policies of a product are named after it, and a role has one policy of a name",
            )
            .help("give the product another name"),
        );
    }
    let version_fits = !doc.version.is_empty()
        && doc
            .version
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".+-_".contains(&byte));
    if !version_fits {
        sink.push(
            Diagnostic::error(
                "bad-name",
                root.key("version").span(),
                format!("{} is not a version", shown(&doc.version)),
            )
            .why("the version becomes part of a file name and of `product@version`")
            .help("use letters, digits, dots and hyphens: \"10.2\""),
        );
    }
    check_words(sink, doc, root);
    if let Some(vendor) = &doc.access.vendor {
        check_vendor(sink, doc, vendor, root.key("access").key("vendor"));
    }
    let parameters = parameters(sink, doc, root);
    let known = Known {
        samples: samples(&parameters),
        parameters: &parameters,
        reference,
        weight: Cell::default(),
    };
    if doc.features.is_empty() {
        sink.push(
            Diagnostic::error(
                "empty-list",
                root.key("features").key_span(),
                "the catalog has no feature",
            )
            .help("list the parts of the product that a customer may switch on"),
        );
    }
    let mut features = IndexMap::new();
    for (name, feature) in &doc.features {
        let place = root.key("features").key(name);
        sink.take("bad-name", place.key_span(), parse_slug(name, "a feature"));
        let feature = check_feature(sink, doc, feature, place, &known);
        features.insert(name.clone(), feature);
    }
    one_of::check_groups(sink, doc, root);
    let denials = denial::of_catalog(sink, doc, root, reference);
    Catalog {
        denials,
        one_of: doc.one_of.clone(),
        id: CatalogId {
            product: doc.product.clone(),
            version: doc.version.clone(),
        },
        title: doc.title.clone(),
        vendor: doc.vendor.clone(),
        sources: doc.sources.clone(),
        access: doc.access.clone(),
        parameters,
        features,
    }
}

/// Checks the words for people, which stand in one line of comments and tables.
fn check_words(sink: &mut Sink, doc: &CatalogDoc, root: Place<'_>) {
    words(sink, &doc.title, root.key("title"));
    words(sink, &doc.vendor, root.key("vendor"));
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, source) in doc.sources.iter().enumerate() {
        let place = root.key("sources").index(index);
        words(sink, &source.title, place.key("title"));
        let Some(earlier) = first.insert(&source.id, index) else {
            continue;
        };
        let earlier = root.key("sources").index(earlier).key("id").span();
        sink.push(
            Diagnostic::error(
                "duplicate-source",
                place.key("id").span(),
                format!("two sources have the id {}", shown(&source.id)),
            )
            .label("again here")
            .related(earlier, "first here")
            .why("a feature that names it could mean either")
            .help("give one of them another id"),
        );
    }
    for (name, feature) in &doc.features {
        let place = root.key("features").key(name);
        words(sink, &feature.title, place.key("title"));
        if let Some(section) = feature
            .source
            .as_ref()
            .and_then(|source| source.section.as_ref())
        {
            words(sink, section, place.key("source").key("section"));
        }
    }
}

fn words(sink: &mut Sink, text: &str, place: Place<'_>) {
    if let Some(odd) = unprintable(text) {
        sink.push(
            Diagnostic::error(
                "bad-text",
                place.span(),
                format!("{} contains an invisible character", shown(text)),
            )
            .why("it is printed on one line in comments and tables, where it would hide or move other text")
            .help(leave_out(odd)),
        );
    }
}

/// Checks the principals of the vendor, each in the partition that it is listed for.
fn check_vendor(sink: &mut Sink, doc: &CatalogDoc, vendor: &VendorDoc, place: Place<'_>) {
    let listed = Partition::ALL.map(|partition| (partition, vendor.in_partition(partition)));
    if listed.iter().all(|(_, texts)| texts.is_empty()) {
        sink.push(
            Diagnostic::error("empty-list", place.key_span(), "the vendor has no account")
                .help("write `aws:` with the account ids or the ARNs that the vendor documents, or delete `vendor`"),
        );
    }
    for (partition, texts) in listed {
        for (index, text) in texts.iter().enumerate() {
            let span = place.key(partition.as_str()).index(index).span();
            sink.take("bad-principal", span, vendor_principal(text, partition));
        }
    }
    if let Some(source) = &vendor.source {
        find_source(sink, doc, source, place.key("source"));
    }
}

/// A whole account is written as its id alone, so that there is one way to see that an external id is needed.
fn vendor_principal(text: &str, partition: Partition) -> Result<(), Refusal> {
    if AccountId::parse(text).is_ok() {
        return Ok(());
    }
    let help = format!(
        "write the 12 digits of an account, in quotes, or the ARN of a role or a user: `arn:{partition}:iam::777777777777:role/NAME`"
    );
    let begin = format!("arn:{partition}:");
    let refusal = match check_principal_arn(text, partition) {
        _ if text.starts_with("arn:") && !text.starts_with(&begin) => Refusal::new(
            format!("{} is not of {partition}", shown(text)),
            "roles cannot be assumed across partitions",
            help,
        ),
        Ok(_) if text.ends_with(":root") => Refusal::new(
            format!("{} is a whole account", shown(text)),
            "an account that stands for all its principals is written as its id",
            help,
        ),
        Ok(_) => return Ok(()),
        Err(refusal) => Refusal::new(refusal.what, refusal.why, help),
    };
    Err(refusal)
}

fn parameters(sink: &mut Sink, doc: &CatalogDoc, root: Place<'_>) -> IndexMap<String, Parameter> {
    let mut parameters = IndexMap::new();
    for (name, parameter) in &doc.parameters {
        let place = root.key("parameters").key(name);
        let name_fits = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
            && name != "account"
            && name != "partition";
        if !name_fits {
            sink.push(
                Diagnostic::error("bad-name", place.key_span(), format!("{} cannot be the name of a parameter", shown(name)))
                    .why("it stands between `${` and `}`; `account` and `partition` have a meaning there already")
                    .help("use lower-case letters, digits and underscores: `cluster_name`"),
            );
        }
        let pattern = parameter.pattern.as_ref().and_then(|pattern| {
            RegexBuilder::new(&format!("^(?:{pattern})$"))
                .size_limit(limits::PATTERN_BYTES)
                .build()
                .map_err(|error| {
                    sink.push(
                        Diagnostic::error(
                            "bad-pattern",
                            place.key("pattern").span(),
                            format!("{} is not a regular expression", shown(pattern)),
                        )
                        .why(error.to_string())
                        .help("write one such as `[a-z][a-z0-9-]*`; the whole value must match it"),
                    );
                })
                .ok()
        });
        if parameter.list && parameter.kind == ParameterKind::Boolean {
            sink.push(
                Diagnostic::error(
                    "misplaced-list",
                    place.key("list").span(),
                    "a boolean parameter has one value",
                )
                .why("it says whether what depends on it is granted, and a list says neither yes nor no")
                .help("delete `list`, or declare one parameter for each case"),
            );
        }
        let checked = Parameter {
            kind: parameter.kind,
            list: parameter.list,
            description: parameter.description.clone(),
            default: parameter.default.clone(),
            pattern,
        };
        if let Some(default) = &checked.default {
            let given = (name.as_str(), &checked, default);
            parameter_value::check(sink, given, place.key("default"), None);
        }
        parameters.insert(name.clone(), checked);
    }
    parameters
}

/// The document that a feature or a vendor's principal was read from.
fn find_source(
    sink: &mut Sink,
    doc: &CatalogDoc,
    reference: &SourceRefDoc,
    place: Place<'_>,
) -> Option<SourceRef> {
    let found = doc.sources.iter().find(|source| source.id == reference.id);
    if found.is_none() {
        let ids: Vec<&str> = doc
            .sources
            .iter()
            .map(|source| source.id.as_str())
            .collect();
        sink.push(
            Diagnostic::error(
                "unknown-source",
                place.key("id").span(),
                format!("no source has the id {}", shown(&reference.id)),
            )
            .help(format!("the sources are: {}", ids.join(", "))),
        );
    }
    found.map(|source| SourceRef {
        title: source.title.clone(),
        section: reference.section.clone(),
    })
}

fn check_feature(
    sink: &mut Sink,
    doc: &CatalogDoc,
    feature: &FeatureDoc,
    place: Place<'_>,
    known: &Known<'_>,
) -> Feature {
    if feature.grant_to.is_empty() {
        sink.push(
            Diagnostic::error(
                "empty-list",
                place.key("grant_to").key_span(),
                "the feature is granted to no account",
            )
            .help("write [hub], [target] or [hub, target]"),
        );
    }
    let source = feature.source.as_ref();
    let source = source.and_then(|source| find_source(sink, doc, source, place.key("source")));
    let needs = prerequisites::check(
        sink,
        feature.when.as_ref(),
        feature.partitions.as_deref(),
        feature.phase,
        place,
        known,
    );
    let mut entries = Vec::new();
    let mut inert = Vec::new();
    let mut managed = Vec::new();
    for (level, key, listed) in [
        (Level::Required, "required", &feature.required),
        (Level::Recommended, "recommended", &feature.recommended),
    ] {
        for (index, entry) in listed.iter().enumerate() {
            let place = place.key(key).index(index);
            let around = (level, feature, &needs);
            if let EntryDoc::Managed(entry) = entry {
                check_managed(sink, entry, (level, &needs), place, known, &mut managed);
                continue;
            }
            let checked = (&mut entries, &mut inert);
            check_entry(sink, entry, around, place, known, checked);
        }
    }
    if feature.required.is_empty() && feature.recommended.is_empty() {
        sink.push(
            Diagnostic::error(
                "empty-list",
                place.key_span(),
                "the feature lists no action",
            )
            .help("list actions under `required` or `recommended`, or delete the feature"),
        );
    }
    Feature {
        title: feature.title.clone(),
        grant_to: feature.grant_to.iter().copied().collect(),
        needs,
        source,
        entries,
        inert,
        managed,
    }
}
