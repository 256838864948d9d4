//! Checks the variants of a deployment: their names, and who uses them.

use std::collections::BTreeSet;

use super::GrantSet;
use super::sink::Sink;
use crate::diag::{Diagnostic, Span, did_you_mean};
use crate::load::deployment::{DeploymentDoc, VariantDoc};
use crate::load::{Document, Place};
use crate::model::{parse_slug, shown};

/// The set of grants of a target that names no variant.
pub(super) const COMMON: usize = 0;

/// The variants of a deployment. The order in which it names them means nothing.
#[derive(Debug)]
pub(super) struct Variants<'a> {
    all: Vec<Variant<'a>>,
}

/// A variant as the deployment has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Variant<'a> {
    pub(super) name: &'a str,
    pub(super) doc: &'a VariantDoc,
    pub(super) place: Place<'a>,
}

impl<'a> Variants<'a> {
    /// The variants of a deployment, by name.
    pub(super) fn new(deployment: &'a Document<DeploymentDoc>) -> Self {
        let place = deployment.root().key("variants");
        let mut all: Vec<Variant<'a>> = deployment
            .doc
            .variants
            .iter()
            .map(|(name, doc)| Variant {
                name,
                doc,
                place: place.key(name),
            })
            .collect();
        all.sort_by_key(|variant| variant.name);
        Self { all }
    }

    /// Each variant with the number of its set of grants.
    pub(super) fn sets(&self) -> impl Iterator<Item = (usize, &Variant<'a>)> {
        self.all
            .iter()
            .enumerate()
            .map(|(index, variant)| (COMMON + 1 + index, variant))
    }

    /// Refuses names that no file can have.
    pub(super) fn check_names(&self, sink: &mut Sink) {
        for variant in &self.all {
            let name = parse_slug(variant.name, "a variant");
            sink.take("bad-name", variant.place.key_span(), name);
        }
    }

    /// The set of grants that a name stands for.
    pub(super) fn set(&self, sink: &mut Sink, name: Option<&str>, span: Span) -> Option<usize> {
        let Some(name) = name else {
            return Some(COMMON);
        };
        let known = self.sets().find(|(_, variant)| variant.name == name);
        if let Some((set, _)) = known {
            return Some(set);
        }
        let names: Vec<&str> = self.all.iter().map(|variant| variant.name).collect();
        let help = match (did_you_mean(name, names.iter().copied()), names.as_slice()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, []) => "describe it under `variants`, or delete this field".to_owned(),
            (None, names) => format!("there are: {}", names.join(", ")),
        };
        sink.push(
            Diagnostic::error(
                "unknown-variant",
                span,
                format!("no variant is named {}", shown(name)),
            )
            .help(help),
        );
        None
    }

    /// Says which variants nobody uses, and which grant what another set grants already.
    pub(super) fn review(&self, sink: &mut Sink, used: &BTreeSet<usize>, sets: &[GrantSet]) {
        for (set, variant) in self.sets() {
            if !used.contains(&set) {
                sink.push(
                    Diagnostic::warning(
                        "unused-variant",
                        variant.place.key_span(),
                        format!("no target uses the variant `{}`", variant.name),
                    )
                    .why("nothing is rendered of it")
                    .help(format!(
                        "write `variant: {}` in a target, or delete it",
                        variant.name
                    )),
                );
                continue;
            }
            let (Some(own), Some(before)) = (sets.get(set), sets.get(..set)) else {
                continue;
            };
            let mut rendered = (0..).zip(before).filter(|(other, _)| used.contains(other));
            let same = rendered
                .find(|(_, other)| (&other.grants, &other.managed) == (&own.grants, &own.managed));
            let Some((_, same)) = same else { continue };
            let (what, help) = match &same.variant {
                None => (
                    "what targets without a variant get".to_owned(),
                    "delete it, and `variant` in the targets that name it".to_owned(),
                ),
                Some(other) => (
                    format!("what `{other}` grants"),
                    format!("name `{other}` in its targets and delete this one"),
                ),
            };
            sink.push(
                Diagnostic::warning(
                    "redundant-variant",
                    variant.place.key_span(),
                    format!("the variant `{}` grants {what}", variant.name),
                )
                .why("a reviewer reads two modules and templates that say the same")
                .help(help),
            );
        }
    }
}
