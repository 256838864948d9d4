//! Whether a file that is in no plan makes something in an account, or runs something on the way: one that a template of the
//! user's own adds, or one in a folder that is read without its plan.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value as Json};

use super::file_kind::{changes_others, is_module_file, is_terraform};
use super::installed;
use super::principal::Built;
use super::terraform::Roots;
use crate::cfn;
use crate::hcl;
use crate::model::{AccountId, FileSet, is_state};
use crate::render::{import_template_path, template_of};

/// Extensions of files that Terraform, OpenTofu or CloudFormation may take for theirs.
const EXTENSIONS: &[&str] = &[
    "tf", "tofu", "json", "yaml", "yml", "template", "cfn", "cform", "cft",
];

/// Blocks that make nothing and run nothing. `moved` is none of them: it makes a planned resource of somebody else's, with
/// all that this one has. Nor is `removed`, which leaves access where it is.
const HARMLESS: &[&str] = &["locals", "variable", "output"];

/// What of a `terraform` block says only where the state is kept, and which Terraform is wanted.
const OF_STATE: &[&str] = &["backend", "cloud", "required_version"];

/// Whether a file is one of those that can declare something.
pub fn is_read(path: &Utf8Path) -> bool {
    path.extension()
        .is_some_and(|extension| EXTENSIONS.contains(&extension))
}

/// What files declare beside the rendered ones, in words, by path; nothing of import blocks that take over what is rendered.
/// What cannot be read is told too, since its tool may read it. Paths are counted from the folder.
pub fn foreign<'f>(
    rendered: &FileSet,
    files: impl IntoIterator<Item = (&'f Utf8Path, &'f str)>,
) -> BTreeMap<Utf8PathBuf, String> {
    let is_rendered = |path: &Utf8Path| rendered.contains_key(path);
    let mut found = BTreeMap::new();
    let mut imports = FileSet::new();
    for (path, text) in files {
        if holds_imports(path, text) {
            imports.insert(path.as_str(), text);
        } else if let Some(what) = declares(path, text, &is_rendered) {
            found.insert(path.to_owned(), what);
        }
    }
    if imports.is_empty() {
        return found;
    }
    // Whether an import fits depends on what is rendered beside it.
    let mut together = rendered.clone();
    together.extend(imports.clone());
    let roots = Roots::new(&together);
    for path in imports.keys() {
        let root = path.parent().unwrap_or(Utf8Path::new(""));
        let read = roots.open(root);
        let read = read.and_then(|root| roots.read(&root, &mut Built::default()));
        if let Err(error) = read {
            found.insert(
                path.to_owned(),
                format!("its import blocks do not fit: {error}"),
            );
        }
    }
    found
}

/// Whether a file has import blocks, and nothing else that makes or runs anything.
fn holds_imports(path: &Utf8Path, text: &str) -> bool {
    if !is_module_file(path) || changes_others(path, &|_| false).is_some() {
        return false;
    }
    hcl_blocks(text).is_ok_and(|blocks| {
        let is_import = |block: &&Block| block.kind == "import";
        blocks.iter().any(|block| is_import(&block))
            && blocks
                .iter()
                .all(|block| is_import(&block) || block.makes().is_none())
    })
}

/// What a file declares by itself: an import is told, and so is what Terraform noted. The path is counted from the folder,
/// and so are those of which the caller knows whether they are rendered.
pub fn declares(
    path: &Utf8Path,
    text: &str,
    is_rendered: &dyn Fn(&Utf8Path) -> bool,
) -> Option<String> {
    if installed::noted_of(path).is_some() {
        return Some("it notes from where modules are taken".to_owned());
    }
    if is_state(path, text.as_bytes()) {
        return Some("it is a state of Terraform, which says which resources are whose".to_owned());
    }
    let name = path.file_name().unwrap_or_default();
    let folder = path.parent().and_then(Utf8Path::file_name);
    if is_terraform(path) {
        if let Some(what) = changes_others(path, is_rendered) {
            return Some(what.to_owned());
        }
        let blocks = match name.ends_with(".json") {
            true => json_blocks(text),
            false => hcl_blocks(text),
        };
        return match blocks {
            // What is worse than an import is told first.
            Ok(blocks) => {
                let (imports, others): (Vec<Block>, Vec<Block>) =
                    blocks.into_iter().partition(|block| block.kind == "import");
                others.iter().chain(&imports).find_map(Block::makes)
            }
            Err(why) => Some(why),
        };
    }
    if folder.and_then(template_of).is_some() && name.ends_with(".json") {
        return Some("it holds parameters to deploy a template with".to_owned());
    }
    template(path, text)
}

/// A block of a module, whichever syntax it has.
struct Block {
    kind: String,
    /// The types of the data in it, or the names of what is in a `terraform` block.
    inner: Vec<String>,
}

impl Block {
    /// What it makes or runs, in words.
    fn makes(&self) -> Option<String> {
        let kind = self.kind.as_str();
        let inner = |harmless: &dyn Fn(&str) -> bool| {
            let mut inner = self.inner.iter();
            inner.find(|name| !harmless(name)).cloned()
        };
        match kind {
            "terraform" => inner(&|name| OF_STATE.contains(&name))
                .map(|name| format!("it has `{name}` in a `terraform` block")),
            "data" | "check" => inner(&is_harmless_data)
                .map(|name| format!("it has a `data \"{name}\"` block, which can run something")),
            _ if HARMLESS.contains(&kind) => None,
            "import" => Some(format!("it has an `{kind}` block")),
            _ => Some(format!("it has a `{kind}` block")),
        }
    }
}

/// Data that is only looked up. That of another provider can run a program.
fn is_harmless_data(name: &str) -> bool {
    name == "terraform_remote_state"
        || (name.starts_with("aws_") && name != "aws_lambda_invocation")
}

fn hcl_blocks(text: &str) -> Result<Vec<Block>, String> {
    let blocks = hcl::parse(text).map_err(|fault| {
        let (line, column) = hcl::line_and_column(text, fault.offset);
        format!(
            "it cannot be read as Terraform: line {line}, column {column}: {}",
            fault.what
        )
    })?;
    Ok(blocks
        .iter()
        .map(|block| Block {
            kind: block.kind.to_owned(),
            inner: match block.kind {
                "data" => vec![block.label(0).to_owned()],
                "check" => {
                    let inner = block.body.blocks.iter();
                    let data = inner.filter(|inner| inner.kind == "data");
                    data.map(|data| data.label(0).to_owned()).collect()
                }
                _ => {
                    let blocks = block.body.blocks.iter().map(|inner| inner.kind);
                    let attributes = block.body.attributes.iter().map(|inner| inner.name);
                    blocks.chain(attributes).map(str::to_owned).collect()
                }
            },
        })
        .collect())
}

/// Wherever Terraform's JSON takes an object, it takes a list of objects too.
fn json_blocks(text: &str) -> Result<Vec<Block>, String> {
    // Of a key that appears twice, Terraform takes both.
    let value = cfn::parse_json(text).map_err(|error| format!("it cannot be read: {error}"))?;
    let mut blocks = Vec::new();
    for (kind, body) in fields(&value) {
        let inner: Vec<(&String, &Json)> = match kind.as_str() {
            // Checks by name, then data by type.
            "check" => fields(body)
                .into_iter()
                .flat_map(|(_, check)| fields(check))
                .filter(|(key, _)| *key == "data")
                .flat_map(|(_, data)| fields(data))
                .collect(),
            _ => fields(body),
        };
        blocks.push(Block {
            kind: kind.clone(),
            inner: inner.into_iter().map(|(name, _)| name.clone()).collect(),
        });
    }
    Ok(blocks)
}

/// The fields of an object or of each object in a list, without comments.
fn fields(value: &Json) -> Vec<(&String, &Json)> {
    match value {
        Json::Object(object) => object.iter().filter(|(key, _)| *key != "//").collect(),
        Json::Array(items) => items.iter().flat_map(fields).collect(),
        _ => Vec::new(),
    }
}

/// What a file says that CloudFormation may take for a template: it looks at the content, not at the extension.
fn template(path: &Utf8Path, text: &str) -> Option<String> {
    let Ok(template) = cfn::template(text) else {
        // Another reader may find more in it.
        let may_be = is_of_cloudformation(path) || names_section(text);
        return may_be.then(|| "it cannot be read, and may be a template".to_owned());
    };
    if template.get("Transform").is_some() || calls_macro(&template) {
        return Some("it is a template with a transform".to_owned());
    }
    let resources = template.get("Resources")?;
    let is_empty = resources.as_object().is_some_and(Map::is_empty);
    let is_company = is_empty || is_import(path, resources);
    (!is_company).then(|| "it is a template with resources".to_owned())
}

/// Whether a file lies where templates do, and is no settings of a linter, which are hidden.
fn is_of_cloudformation(path: &Utf8Path) -> bool {
    let folder = path.parent().unwrap_or(Utf8Path::new(""));
    let mut folders = folder.components();
    is_read(path)
        && !path.file_name().unwrap_or_default().starts_with('.')
        && folders.any(|part| part.as_str() == "cloudformation")
}

/// Whether a text that cannot be read may have a section that makes something: as a key, which can be written by escapes,
/// over lines, behind a question mark, or as an alias; or by a short tag.
fn names_section(text: &str) -> bool {
    let hidden = ["\\u", "\\U", "\\x", "\\\n", "\\\r", "!Transform"];
    let is_aliased = text.contains("? ") || has_aliased_key(text);
    let is_key = |name: &str| {
        text.match_indices(name).any(|(at, _)| {
            let after = text[at + name.len()..].trim_start_matches(['"', '\'']);
            let blank = |c: char| c.is_whitespace() || c.is_control();
            is_aliased || after.trim_start_matches(blank).starts_with(':')
        })
    };
    is_key("Resources") || is_key("Transform") || hidden.iter().any(|part| text.contains(part))
}

/// Whether there is an anchor, and an alias that a key may be: such a key is whatever stands behind the anchor.
fn has_aliased_key(text: &str) -> bool {
    let begins = |c: char| c.is_whitespace() || "[]{},:".contains(c);
    let tokens = |mark: char| {
        let marked = text.match_indices(mark);
        marked.filter_map(move |(at, _)| {
            let (before, after) = (&text[..at], &text[at + mark.len_utf8()..]);
            let is_token = before.is_empty() || before.ends_with(begins);
            (is_token && !after.starts_with(begins)).then_some(after)
        })
    };
    let is_key = |alias: &str| {
        let end = alias.find(begins).unwrap_or(alias.len());
        alias[end..]
            .trim_start_matches([' ', '\t'])
            .starts_with(':')
    };
    tokens('&').next().is_some() && tokens('*').any(is_key)
}

/// Whether a macro is called anywhere: it makes something else of what stands around it.
fn calls_macro(value: &Json) -> bool {
    match value {
        Json::Object(fields) => fields
            .iter()
            .any(|(key, value)| key == "Fn::Transform" || calls_macro(value)),
        Json::Array(items) => items.iter().any(calls_macro),
        _ => false,
    }
}

/// Whether it is the template by which CloudFormation takes over what is there. It serves once, keeps every resource
/// that leaves the stack, and stands where no render writes.
fn is_import(path: &Utf8Path, resources: &Json) -> bool {
    let key = path.file_name().unwrap_or_default().split('.').next();
    let key = key.filter(|key| {
        key.get(..12)
            .is_some_and(|account| AccountId::parse(account).is_ok())
    });
    let is_kept = |resource: &Json| {
        let text = |key: &str| resource.get(key).and_then(Json::as_str);
        text("DeletionPolicy") == Some("Retain")
            && text("Type").is_some_and(|kind| kind.starts_with("AWS::IAM::"))
    };
    key.is_some_and(|key| import_template_path(key) == path)
        && resources
            .as_object()
            .is_some_and(|resources| resources.iter().all(|(_, resource)| is_kept(resource)))
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::declares;

    fn found(path: &str, text: &str) -> bool {
        declares(Utf8Path::new(path), text, &|_| false).is_some()
    }

    #[test]
    fn a_teams_own_files_are_company() {
        assert!(!found(
            "hub/backend.tf",
            "terraform {\n  backend \"s3\" {}\n}\n"
        ));
        assert!(!found("hub/terraform.tfvars.json", "{\"a\": 1}"));
        assert!(!found("buildspec.yml", "version: 0.2\n"));
    }

    #[test]
    fn data_is_harmless_where_it_is_only_looked_up() {
        let data = |kind: &str| {
            [
                ("a.tf", format!("data \"{kind}\" \"x\" {{}}\n")),
                (
                    "a.tf",
                    format!("check \"c\" {{\n  data \"{kind}\" \"x\" {{}}\n}}\n"),
                ),
                (
                    "a.tf.json",
                    format!("{{\"data\": {{\"{kind}\": {{\"x\": {{}}}}}}}}"),
                ),
                (
                    "a.tf.json",
                    format!("[{{\"//\": 1}}, {{\"data\": [{{\"{kind}\": [{{}}]}}]}}]"),
                ),
                (
                    "a.tofu.json",
                    format!("{{\"check\": {{\"c\": [{{\"data\": {{\"{kind}\": {{}}}}}}]}}}}"),
                ),
            ]
        };
        for (path, text) in data("aws_caller_identity") {
            assert!(!found(path, &text), "{text}");
        }
        // Terraform takes both.
        let twice = r#"{"data": {"external": {"x": {}}}, "data": {"aws_region": {"x": {}}}}"#;
        assert!(found("a.tf.json", twice));
        assert!(found("a.tf.json", "{\"locals\": [{\"a\": 1, \"a\": 2}]}"));
        for kind in ["external", "http", "aws_lambda_invocation", "shell_script"] {
            for (path, text) in data(kind) {
                assert!(found(path, &text), "{text}");
            }
        }
    }

    #[test]
    fn a_template_is_known_by_its_content() {
        for text in [
            "Resources: {1: {Type: AWS::IAM::User}}",
            "Resources: !Transform {Name: AWS::Include}",
            "\"\\x52esources\": {A: {}}",
            "{\"Resources\": {\"A\": {}}}",
            "{\t\"Resources\": {\"A\": {}}}",
            "Fn::Transform: {Name: AWS::Include}",
            "Resources: [",
            "Resources:",
            "? Resources\n: {A: {}}",
            "\"Resour\\\nces\": {A: {}}",
            "# a\u{85}Resources: {A: {}}",
            "Transform: AddAdmin\nResources: {}",
            "!x\nResources: {A: {}}",
            "Description: &r Resources\n*r : {A: {}}",
            "Description: &r !!str Resources\n*r: {A: {}}",
            "Description: &r |-\n  Resources\n*r : {A: {}}",
            "{Description: &r Resources, *r : {A: {}}}",
            "Description: &r Transform\n*r : AddAdmin",
            "Outputs: {A: {Fn::Transform: {Name: AddAdmin}}}",
            "Outputs: {A: !Transform {Name: AddAdmin}}",
            "{\"Description\": \"a\", \"Description\": \"b\", \"\\u0052esources\": {\"A\": {}}}",
        ] {
            for path in ["x.json", "x.yaml", "x.cfn", "x.YAML", "x.txt", "x"] {
                assert!(found(path, text), "{path}: {text}");
            }
        }
        for text in [
            "Resources: {}",
            "resources: [a]",
            "{{ x }}: [",
            "# About\n\nResources of the team are *here*: see\n---\n",
            "# Resources & more are *here*: [see",
            "[]",
        ] {
            assert!(!found("x.yaml", text), "{text}");
        }
        assert!(found("cloudformation/x.yaml", "{{ x }}: ["));
        let kept = "{\"Resources\": {\"R\": {\"Type\": \"AWS::IAM::Role\", \"DeletionPolicy\": \"Retain\"}}}";
        let import = "cloudformation/import/222222222222.template.json";
        assert!(!found(import, kept));
        assert!(found(import, &kept.replace("Retain", "Delete")));
        assert!(found(
            import,
            &kept.replacen('{', "{\"Transform\": \"AddAdmin\", ", 1)
        ));
        assert!(found(import, &kept.replace("IAM::Role", "EC2::Instance")));
        assert!(found("cloudformation/import/x.template.json", kept));
        assert!(found("cloudformation/222222222222.template.json", kept));
    }

    #[test]
    fn what_makes_resources_is_found() {
        assert!(found(
            "hub/extra.tf",
            "resource \"aws_iam_user\" \"x\" {\n  name = \"x\"\n}\n"
        ));
        assert!(found("hub/extra.tf.json", "{\"resource\": {}}"));
        assert!(found(
            "hub/extra.tf",
            "module \"x\" {\n  source = \"./x\"\n}\n"
        ));
        for block in ["import", "moved", "removed"] {
            assert!(found("hub/x.tf", &format!("{block} {{}}\n")), "{block}");
            assert!(found("hub/x.tofu", &format!("{block} {{}}\n")), "{block}");
            let json = format!("{{\"{block}\": [{{}}]}}");
            assert!(found("hub/x.tf.json", &json), "{block}");
        }
        assert!(found("hub/role_override.tf", "locals {}\n"));
        assert!(found("hub/a.role_override.tf.json", "{}"));
        assert!(found("hub/override.tofu", "locals {}\n"));
        assert!(found("hub/broken.tf", "resource \"aws"));
        assert!(found(
            "more.yaml",
            "Resources:\n  X:\n    Type: AWS::IAM::User\n"
        ));
        assert!(found("more.template", "Resources:\n  X: {Type: !Sub x}\n"));
    }
}
