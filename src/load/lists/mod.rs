//! Account lists that a deployment names: output of AWS Organizations, spreadsheets, and lists in YAML.
//!
//! 1. `doc` has the settings for a list.
//! 2. `json`, `csv` and `yaml` read the formats and keep the position of each value; `rows` finds those of a
//!    spreadsheet.
//! 3. Joining and selecting accounts is left to resolve.

mod csv;
pub mod doc;
mod json;
mod rows;
mod yaml;

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::deployment::{DeploymentDoc, TargetsDoc};
use super::sink::Sink;
use super::{Document, LoadError, Origin, Place, beside};
use crate::diag::{Diagnostic, FileId, SourceMap, Span};
use crate::model::{AccountId, OrganizationalUnitId, shown};
use doc::AccountListDoc;

/// An account list, with further data on its accounts.
#[derive(Debug)]
pub struct AccountList {
    /// The path, as written in the deployment.
    pub path: String,
    /// Its text.
    pub file: FileId,
    /// The accounts, in the order of the file.
    pub accounts: Vec<ListedAccount>,
    /// The list whose values were joined, if the deployment names one: its path as written, and its text.
    pub values: Option<(String, FileId)>,
    /// The unit of each account, if the deployment names a folder for that.
    pub units: Option<UnitsFolder>,
    /// The tags of each account, if the deployment names a folder for them.
    pub account_tags: Option<TagsFolder>,
}

/// A text and its position.
#[derive(Debug, Clone)]
pub struct Located {
    pub text: String,
    /// The position.
    pub span: Span,
}

/// An account of a list. Fields that the list does not have are absent.
#[derive(Debug, Clone)]
pub struct ListedAccount {
    pub account: AccountId,
    /// The position of the account in the list.
    pub span: Span,
    pub name: Option<Located>,
    /// Its status, as written in the list.
    pub status: Option<Located>,
    /// Its organizational unit.
    pub unit: Option<(OrganizationalUnitId, Span)>,
    /// The path from the organization to the unit, in AWS's notation: `o-…/r-…/ou-…/…/`.
    pub paths: Vec<String>,
    /// The external id that the product sends for the account.
    pub external_id: Option<Located>,
    /// The role's name in the account.
    pub role: Option<Located>,
    /// The variant of the role's permissions.
    pub variant: Option<Located>,
    /// Its tags, if the list has tags at all.
    pub tags: Option<BTreeMap<String, String>>,
}

impl ListedAccount {
    /// An account without other data.
    fn new(account: AccountId, span: Span) -> Self {
        Self {
            account,
            span,
            name: None,
            status: None,
            unit: None,
            paths: Vec::new(),
            external_id: None,
            role: None,
            variant: None,
            tags: None,
        }
    }

    /// Adds what another list says of the account, or takes it in place of what this one says.
    fn join(&mut self, other: Self) {
        self.name = other.name.or(self.name.take());
        self.status = other.status.or(self.status.take());
        self.unit = other.unit.or(self.unit.take());
        self.external_id = other.external_id.or(self.external_id.take());
        self.role = other.role.or(self.role.take());
        self.variant = other.variant.or(self.variant.take());
        if let Some(tags) = other.tags {
            self.tags.get_or_insert_default().extend(tags);
        }
    }
}

/// A folder that maps accounts to units.
#[derive(Debug)]
pub struct UnitsFolder {
    /// The path, as written in the deployment.
    pub path: String,
    /// Its files, by name.
    pub files: Vec<FileId>,
    /// Each account with its position and unit.
    pub members: Vec<(AccountId, Span, OrganizationalUnitId)>,
}

/// A folder with the tags of accounts.
#[derive(Debug)]
pub struct TagsFolder {
    /// The path, as written in the deployment.
    pub path: String,
    /// Its files, by name.
    pub files: Vec<FileId>,
    /// The tags of each account.
    pub tags: BTreeMap<AccountId, BTreeMap<String, String>>,
}

/// Lists that were read, by folder and by path as written, so that deployments of one folder share them. Lists with
/// errors are absent, and are reported once.
pub(super) type Known = BTreeMap<(Utf8PathBuf, Paths), Option<Arc<AccountList>>>;

/// What a deployment names for a list: the file, that of the values, and the folders of units and tags.
type Paths = (String, [Option<String>; 3]);

/// Reads the lists that a deployment names, each with the position of its name. Lists with errors are omitted.
pub(super) fn load(
    origin: &Origin,
    sources: &mut SourceMap,
    deployment: (&Utf8Path, &Document<DeploymentDoc>),
    known: &mut Known,
    sink: &mut Sink,
) -> Result<Vec<(Span, Arc<AccountList>)>, LoadError> {
    let (path, document) = deployment;
    let mut lists = Vec::new();
    for (index, targets) in document.doc.targets.iter().enumerate() {
        let TargetsDoc::List(doc) = targets else {
            continue;
        };
        let place = document.root().key("targets").index(index);
        let key = (
            path.parent().unwrap_or(Utf8Path::new("")).to_owned(),
            (
                doc.file.clone(),
                [&doc.values, &doc.units, &doc.account_tags].map(Option::clone),
            ),
        );
        if let Some(list) = known.get(&key) {
            lists.extend(list.clone().map(|list| (place.span(), list)));
            continue;
        }
        let mut loader = ListLoader {
            origin,
            sources,
            deployment: path,
            sink: Sink::default(),
        };
        let list = loader.list(doc, place)?;
        let faulty = loader.sink.has_errors();
        let told = loader.sink.into_diagnostics();
        told.into_iter().for_each(|fault| sink.push(fault));
        let list = list.filter(|_| !faulty).map(Arc::new);
        known.insert(key, list.clone());
        lists.extend(list.map(|list| (place.span(), list)));
    }
    Ok(lists)
}

struct ListLoader<'a> {
    origin: &'a Origin,
    sources: &'a mut SourceMap,
    deployment: &'a Utf8Path,
    sink: Sink,
}

impl ListLoader<'_> {
    fn list(
        &mut self,
        doc: &AccountListDoc,
        place: Place<'_>,
    ) -> Result<Option<AccountList>, LoadError> {
        let list = self.accounts(&doc.file, place.key("file").span())?;
        let values = match &doc.values {
            Some(path) => self.accounts(path, place.key("values").span())?,
            None => None,
        };
        let units = match &doc.units {
            Some(path) => self.units(path, place.key("units").span())?,
            None => None,
        };
        let account_tags = match &doc.account_tags {
            Some(path) => self.tags(path, place.key("account_tags").span())?,
            None => None,
        };
        let Some((file, mut accounts)) = list else {
            return Ok(None);
        };
        let values = values.map(|(file, values)| {
            self.join(&doc.file, &mut accounts, values);
            file
        });
        Ok(Some(AccountList {
            path: doc.file.clone(),
            file,
            accounts,
            values: doc.values.clone().zip(values),
            units,
            account_tags,
        }))
    }

    /// Joins values to the accounts of a list.
    fn join(&mut self, path: &str, accounts: &mut [ListedAccount], values: Vec<ListedAccount>) {
        let mut by_account: BTreeMap<AccountId, ListedAccount> = BTreeMap::new();
        for value in values {
            match by_account.get(&value.account) {
                Some(first) => self.sink.push(
                    Diagnostic::error(
                        "duplicate-target",
                        value.span,
                        format!("account {} is listed twice", value.account),
                    )
                    .label("again here")
                    .related(first.span, "first here")
                    .help("delete one of the two"),
                ),
                None => drop(by_account.insert(value.account.clone(), value)),
            }
        }
        for account in accounts {
            if let Some(value) = by_account.remove(&account.account) {
                account.join(value);
            }
        }
        let mut strangers = by_account.into_values();
        if let Some(first) = strangers.next() {
            let message = match strangers.count() {
                0 => format!("account {} is not in {path}", first.account),
                more => format!(
                    "{} accounts with values are not in {path}, the first is {}",
                    more + 1,
                    first.account
                ),
            };
            self.sink.push(
                Diagnostic::warning("unlisted-account", first.span, message)
                    .why("values are joined to the accounts of the list, and add none")
                    .help("save the list again, or delete the values"),
            );
        }
    }

    fn accounts(
        &mut self,
        path: &str,
        span: Span,
    ) -> Result<Option<(FileId, Vec<ListedAccount>)>, LoadError> {
        let Some(found) = beside::find(self.origin, &mut self.sink, self.deployment, (path, span))?
        else {
            return Ok(None);
        };
        let extension = Utf8Path::new(path).extension().unwrap_or_default();
        let extension = extension.to_ascii_lowercase();
        if !["json", "csv", "yaml", "yml"].contains(&extension.as_str()) {
            self.sink.push(
                Diagnostic::error(
                    "unknown-list-format",
                    span,
                    format!("{} is no list of accounts by its name", shown(path)),
                )
                .why("the format of a list is told by the end of its name")
                .help("give it a name that ends in .json, .csv or .yaml"),
            );
            return Ok(None);
        }
        let Some(text) = self.origin.read_if_there(&found)? else {
            beside::missing(
                &mut self.sink,
                span,
                format!("there is no file {}", shown(path)),
            );
            return Ok(None);
        };
        let file = self.sources.add_list(self.origin.name(&found), text);
        let accounts = match extension.as_str() {
            "json" => json::accounts(file, &self.sources.file(file).text, &mut self.sink),
            "csv" => csv::accounts(file, &self.sources.file(file).text, &mut self.sink),
            _ => yaml::accounts(self.sources, file, &mut self.sink)?,
        };
        Ok(Some((file, accounts)))
    }

    fn units(&mut self, path: &str, span: Span) -> Result<Option<UnitsFolder>, LoadError> {
        let Some(found) = self.folder(path, span)? else {
            return Ok(None);
        };
        let mut folder = UnitsFolder {
            path: path.to_owned(),
            files: Vec::new(),
            members: Vec::new(),
        };
        for (path, text) in found {
            let file = self.sources.add_list(self.origin.name(&path), text);
            let name = path.file_stem().unwrap_or_default();
            let unit = OrganizationalUnitId::parse(name).ok();
            if unit.is_none() {
                self.sink.push(
                    Diagnostic::error(
                        "bad-unit",
                        start_of(file),
                        format!("{} is the name of no unit", shown(name)),
                    )
                    .why("the name of the file says which unit the accounts are in")
                    .help("name it after the unit's id: ou-ab12-11111111.json, or r-ab12.json for the root"),
                );
            }
            folder.files.push(file);
            let accounts = json::accounts(file, &self.sources.file(file).text, &mut self.sink);
            if let Some(unit) = unit {
                let member = |listed: ListedAccount| (listed.account, listed.span, unit.clone());
                folder.members.extend(accounts.into_iter().map(member));
            }
        }
        Ok(Some(folder))
    }

    fn tags(&mut self, path: &str, span: Span) -> Result<Option<TagsFolder>, LoadError> {
        let Some(found) = self.folder(path, span)? else {
            return Ok(None);
        };
        let mut folder = TagsFolder {
            path: path.to_owned(),
            files: Vec::new(),
            tags: BTreeMap::new(),
        };
        for (path, text) in found {
            let file = self.sources.add_list(self.origin.name(&path), text);
            let name = path.file_stem().unwrap_or_default();
            let account = AccountId::parse(name).ok();
            if account.is_none() {
                self.sink.push(
                    Diagnostic::error(
                        "bad-account",
                        start_of(file),
                        format!("{} is not an account id", shown(name)),
                    )
                    .why("the name of the file says which account has the tags")
                    .help("name it after the account: 222222222222.json"),
                );
            }
            folder.files.push(file);
            let tags = json::tags(file, &self.sources.file(file).text, &mut self.sink);
            folder.tags.extend(account.map(|account| (account, tags)));
        }
        Ok(Some(folder))
    }

    /// The JSON files of a folder.
    fn folder(
        &mut self,
        path: &str,
        span: Span,
    ) -> Result<Option<BTreeMap<Utf8PathBuf, String>>, LoadError> {
        let Some(found) = beside::find(self.origin, &mut self.sink, self.deployment, (path, span))?
        else {
            return Ok(None);
        };
        let files = self.origin.json_files(&found)?;
        if files.is_none() {
            beside::missing(
                &mut self.sink,
                span,
                format!("there is no folder {}", shown(path)),
            );
        }
        Ok(files)
    }
}

fn start_of(file: FileId) -> Span {
    Span {
        file,
        start: 0,
        end: 0,
    }
}
