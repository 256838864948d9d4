//! One side of a review, read from whatever the user named.

mod catalog;
mod deployment;
mod folder;
mod held;

pub(super) use held::tell_unread;

use std::collections::BTreeMap;

use camino::Utf8Path;
use time::Date;

use super::super::{OverlayFile, TemplatesDir};
use crate::load::{Origin, Subject};
use crate::model::Access;
use crate::reference::Reference;
use crate::review::{Findings, Side};

/// What both sides are read with.
pub(super) struct Reader<'a> {
    pub(super) catalogs: Option<&'a Utf8Path>,
    pub(super) overlay: &'a OverlayFile,
    pub(super) templates: &'a TemplatesDir,
    pub(super) out: &'a Utf8Path,
    pub(super) reference: &'a Reference,
    pub(super) today: Date,
}

impl Reader<'_> {
    /// Reads a side. Nothing, where it has faults, which are printed.
    pub(super) fn read(&self, name: &str) -> anyhow::Result<Option<Side>> {
        let (origin, subject) = Origin::parse(name)?;
        let side = match subject {
            Subject::Deployment(path) => self.deployment(&origin, &path)?,
            Subject::Folder(path) => self.folder(&origin, &path)?,
            Subject::Catalog(id) => self.catalog(&origin, &id)?,
            Subject::Nothing => Some(Side {
                access: BTreeMap::from([(String::new(), Access::default())]),
                findings: Some(Findings::new()),
                quotas: Some(Vec::new()),
                ..Side::default()
            }),
        };
        Ok(side.map(|side| Side {
            name: name.to_owned(),
            ..side
        }))
    }
}
