//! A list of accounts in YAML: what a deployment calls the fields of a target, one item for each account.

use super::doc::ListedAccountDoc;
use super::{ListedAccount, Located};
use crate::diag::{FileId, SourceMap};
use crate::load::sink::Sink;
use crate::load::{Document, LoadError, Place, read_document, schema};
use crate::model::{AccountId, OrganizationalUnitId};

/// The accounts of a list in YAML.
pub(super) fn accounts(
    sources: &SourceMap,
    file: FileId,
    sink: &mut Sink,
) -> Result<Vec<ListedAccount>, LoadError> {
    let schema = schema::account_list_schema();
    let document: Document<Vec<ListedAccountDoc>> = match read_document(sources, file, &schema)? {
        Ok(document) => document,
        Err(faults) => {
            faults.into_iter().for_each(|fault| sink.push(fault));
            return Ok(Vec::new());
        }
    };
    let knows_tags = document.doc.iter().any(|doc| !doc.tags.is_empty());
    let mut accounts = Vec::with_capacity(document.doc.len());
    for (index, doc) in document.doc.iter().enumerate() {
        let place = document.root().index(index);
        let span = place.key("account").span();
        let Some(account) = sink.take("bad-account", span, AccountId::parse(&doc.account)) else {
            continue;
        };
        let mut listed = ListedAccount::new(account, span);
        listed.name = located(place, "name", doc.name.as_ref());
        listed.status = located(place, "status", doc.status.as_ref());
        listed.external_id = located(place, "external_id", doc.external_id.as_ref());
        listed.role = located(place, "role", doc.role.as_ref());
        listed.variant = located(place, "variant", doc.variant.as_ref());
        if let Some(unit) = &doc.unit {
            let span = place.key("unit").span();
            let unit = sink.take("bad-unit", span, OrganizationalUnitId::parse(unit));
            listed.unit = unit.map(|unit| (unit, span));
        }
        let tags = doc.tags.iter();
        listed.tags = knows_tags.then(|| {
            tags.map(|(key, value)| (key.clone(), value.clone()))
                .collect()
        });
        accounts.push(listed);
    }
    Ok(accounts)
}

fn located(place: Place<'_>, key: &str, text: Option<&String>) -> Option<Located> {
    text.map(|text| Located {
        text: text.clone(),
        span: place.key(key).span(),
    })
}
