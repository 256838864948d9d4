//! Account lists and account tags as JSON from the AWS CLI: one page, or several concatenated ones.
//!
//! serde_json first finds the borders of every value, so that each has a position without a tree of the whole file.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::json::{error_message, place};
use super::{ListedAccount, Located};
use crate::diag::{Diagnostic, FileId, Span};
use crate::load::sink::Sink;
use crate::model::{AccountId, OrganizationalUnitId, shown};

/// The relevant fields of a page; others are ignored, since AWS adds new ones.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a page of output")]
struct RawPage<'a> {
    #[serde(borrow)]
    accounts: Option<&'a RawValue>,
    #[serde(borrow)]
    tags: Option<&'a RawValue>,
    #[serde(borrow)]
    next_token: Option<&'a RawValue>,
}

/// The relevant fields of an account (botocore, `organizations`, shape `Account`).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an account with its fields")]
struct RawAccount<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    status: Option<&'a RawValue>,
    #[serde(borrow)]
    state: Option<&'a RawValue>,
    #[serde(borrow)]
    paths: Option<Vec<&'a RawValue>>,
}

/// A tag of an account.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a tag with its fields")]
struct RawTag<'a> {
    #[serde(borrow)]
    key: Option<&'a RawValue>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
}

/// The expected content of a file.
#[derive(Clone, Copy)]
enum Kind {
    Accounts,
    Tags,
}

struct JsonList<'a, 's> {
    file: FileId,
    text: &'a str,
    kind: Kind,
    sink: &'s mut Sink,
}

/// The accounts of `aws organizations list-accounts`, or of `list-accounts-for-parent`.
pub(super) fn accounts(file: FileId, text: &str, sink: &mut Sink) -> Vec<ListedAccount> {
    let mut list = JsonList {
        file,
        text,
        kind: Kind::Accounts,
        sink,
    };
    let mut accounts = Vec::new();
    for item in list.items() {
        if list.sink.is_full() {
            break;
        }
        accounts.extend(list.account(item));
    }
    accounts
}

/// The tags of `aws organizations list-tags-for-resource`.
pub(super) fn tags(file: FileId, text: &str, sink: &mut Sink) -> BTreeMap<String, String> {
    let mut list = JsonList {
        file,
        text,
        kind: Kind::Tags,
        sink,
    };
    let items = list.items();
    items
        .into_iter()
        .filter_map(|item| list.tag(item))
        .collect()
}

impl<'a> JsonList<'a, '_> {
    /// The items of all pages.
    fn items(&mut self) -> Vec<&'a RawValue> {
        let mut items = Vec::new();
        let mut more: Option<&RawValue> = None;
        let mut pages = 0;
        let stream = serde_json::Deserializer::from_str(self.text).into_iter::<&'a RawValue>();
        for value in stream {
            if self.sink.is_full() {
                break;
            }
            let value = match value {
                Ok(value) => value,
                Err(error) => {
                    let at = place(self.file, self.text, &error);
                    self.refuse(at, &error_message(&error));
                    return items;
                }
            };
            pages += 1;
            let list = if value.get().starts_with('[') {
                more = None;
                Some(value)
            } else {
                let Some(page) = self.parse::<RawPage<'a>>(value) else {
                    continue;
                };
                more = page.next_token;
                match self.kind {
                    Kind::Accounts => page.accounts,
                    Kind::Tags => page.tags,
                }
            };
            match list {
                Some(list) => {
                    items.extend(self.parse::<Vec<&'a RawValue>>(list).unwrap_or_default())
                }
                None => self.refuse(
                    self.span(value),
                    &format!("it has no `{}`", self.list_name()),
                ),
            }
        }
        if pages == 0 {
            self.refuse(self.whole(), "the file is empty");
        }
        if let Some(more) = more {
            self.sink.push(
                Diagnostic::error(
                    "truncated-account-list",
                    self.span(more),
                    "this is not the last page of the output",
                )
                .why(
                    "accounts on the other pages would count as removed, and their roles with them",
                )
                .help("save it again without --no-paginate and --max-items"),
            );
        }
        items
    }

    fn account(&mut self, item: &'a RawValue) -> Option<ListedAccount> {
        let raw: RawAccount<'a> = self.parse(item)?;
        let Some(id) = raw.id else {
            self.sink.push(
                Diagnostic::error("missing-field", self.span(item), "an account without `Id`")
                    .help("a list in JSON is what the AWS CLI prints; write a list of your own in CSV or YAML"),
            );
            return None;
        };
        let id = self.text_of("Id", id)?;
        let account = self
            .sink
            .take("bad-account", id.span, AccountId::parse(&id.text))?;
        let mut listed = ListedAccount::new(account, id.span);
        listed.name = raw.name.and_then(|name| self.text_of("Name", name));
        // `State` replaces `Status`, which AWS retires in September 2026.
        listed.status = match (raw.state, raw.status) {
            (Some(state), _) => self.text_of("State", state),
            (None, Some(status)) => self.text_of("Status", status),
            (None, None) => None,
        };
        for path in raw.paths.into_iter().flatten() {
            let Some(path) = self.text_of("Paths", path) else {
                continue;
            };
            let units = path.text.split('/');
            let mut units = units.filter_map(|part| OrganizationalUnitId::parse(part).ok());
            if listed.unit.is_none()
                && let Some(unit) = units.next_back()
            {
                listed.unit = Some((unit, path.span));
            }
            listed.paths.push(path.text);
        }
        Some(listed)
    }

    fn tag(&mut self, item: &'a RawValue) -> Option<(String, String)> {
        let raw: RawTag<'a> = self.parse(item)?;
        let (Some(key), Some(value)) = (raw.key, raw.value) else {
            self.refuse(self.span(item), "a tag without `Key` and `Value`");
            return None;
        };
        let key = self.text_of("Key", key)?;
        let value = self.text_of("Value", value)?;
        Some((key.text, value.text))
    }

    fn text_of(&mut self, field: &str, value: &'a RawValue) -> Option<Located> {
        let span = self.span(value);
        if let Ok(text) = serde_json::from_str(value.get()) {
            return Some(Located { text, span });
        }
        let message = format!("`{field}` should be text, but is {}", shown(value.get()));
        let mut fault = Diagnostic::error("wrong-type", span, message).help("write it in quotes");
        if field == "Id" {
            fault = fault
                .why("a program that takes an account id for a number loses its leading zeros");
        }
        self.sink.push(fault);
        None
    }

    fn parse<T: Deserialize<'a>>(&mut self, value: &'a RawValue) -> Option<T> {
        match serde_json::from_str(value.get()) {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                let inside = place(self.file, value.get(), &error);
                let offset = self.offset(value);
                let span = Span {
                    file: self.file,
                    start: offset + inside.start,
                    end: offset + inside.end,
                };
                self.refuse(span, &error_message(&error));
                None
            }
        }
    }

    fn refuse(&mut self, span: Span, what: &str) {
        let (name, command) = match self.kind {
            Kind::Accounts => ("list of accounts", "list-accounts"),
            Kind::Tags => ("list of an account's tags", "list-tags-for-resource"),
        };
        self.sink.push(
            Diagnostic::error(
                "bad-account-list",
                span,
                format!("this is not a {name}: {what}"),
            )
            .why(format!(
                "such a list is what `aws organizations {command}` prints as JSON"
            ))
            .help("save it again, with --output json"),
        );
    }

    fn list_name(&self) -> &'static str {
        match self.kind {
            Kind::Accounts => "Accounts",
            Kind::Tags => "Tags",
        }
    }

    fn whole(&self) -> Span {
        Span {
            file: self.file,
            start: 0,
            end: 0,
        }
    }

    fn span(&self, value: &'a RawValue) -> Span {
        let start = self.offset(value);
        let first_line = value.get().lines().next().unwrap_or_default();
        Span {
            file: self.file,
            start,
            end: start + first_line.len(),
        }
    }

    /// The offset of a value, which is a slice of the text.
    fn offset(&self, value: &'a RawValue) -> usize {
        (value.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize)
    }
}
