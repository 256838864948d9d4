//! The markers for security scanners, as they stand in the golden files: where each scanner looks for them, with a reason,
//! and none where a deployment could do without. What checkov makes of them is a conformance test.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use landgrant::reference::Reference;
use serde_json::Value;

const GOLDEN: &str = "fixtures/render";

/// Its templates are its own, and mark nothing.
const OWN_TEMPLATES: &str = "own-templates";

/// Every file of the golden cases, those of kits left out, which are copies.
fn golden(extensions: &[&str]) -> Vec<(PathBuf, String)> {
    let mut folders: Vec<PathBuf> = children(Path::new(GOLDEN))
        .iter()
        .filter(|case| !case.ends_with(OWN_TEMPLATES))
        .map(|case| case.join("expected"))
        .filter(|folder| folder.is_dir())
        .collect();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in children(&folder) {
            let extension = path.extension().unwrap_or_default().to_string_lossy();
            if path.is_dir() {
                folders.push(path);
            } else if extensions.contains(&&*extension) {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path, text));
            }
        }
    }
    assert!(files.len() > 20, "only {} files", files.len());
    files
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// The rules that a document names for a scanner under a heading.
fn documented(scanner: &str) -> BTreeSet<String> {
    let text = fs::read_to_string("docs/scanners.md").unwrap();
    let (_, section) = text.split_once("## What is marked\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let of_scanner = format!("| {scanner} |");
    let rows = section.lines().filter(|line| line.starts_with(&of_scanner));
    rows.map(|row| row.split('`').nth(1).unwrap().to_owned())
        .collect()
}

#[test]
fn each_marker_in_terraform_stands_where_its_scanner_looks() {
    let mut found = BTreeSet::new();
    for (path, text) in golden(&["tf"]) {
        let lines: Vec<&str> = text.lines().collect();
        let head = lines
            .iter()
            .take_while(|line| line.starts_with('#'))
            .count();
        for (number, line) in lines.iter().enumerate() {
            let place = || format!("{}:{}", path.display(), number + 1);
            let (scanner, id, reason) =
                if let Some(rest) = line.strip_prefix("# kics-scan disable=") {
                    // KICS reads it among the first comments, and one line of it.
                    let (ids, reason) = rest.split_once(' ').unwrap();
                    assert!(number < head, "{}", place());
                    assert_eq!(text.matches("kics-scan disable").count(), 1, "{}", place());
                    ("KICS", ids, reason)
                } else if let Some(rest) = line.strip_prefix("# trivy:ignore:AVD-") {
                    let (id, rest) = rest.split_once(' ').unwrap();
                    assert!(lines[number + 1].starts_with("resource "), "{}", place());
                    let again = format!("trivy:ignore:{id} ");
                    ("trivy", id, rest.strip_prefix(&again).unwrap())
                } else if let Some(rest) = line.strip_prefix("  # checkov:skip=") {
                    let (id, reason) = rest.split_once(':').unwrap();
                    assert!(lines[number - 1].starts_with("resource "), "{}", place());
                    ("checkov", id, reason)
                } else {
                    let odd = ["kics-scan", "trivy:ignore", "checkov:skip", "tfsec"];
                    assert!(!odd.iter().any(|word| line.contains(word)), "{}", place());
                    continue;
                };
            assert!(reason.split(' ').count() > 3, "{}: {reason}", place());
            found.insert((scanner, id.to_owned()));
        }
    }
    for scanner in ["checkov", "KICS", "trivy"] {
        let ids = found.iter().filter(|(of, _)| *of == scanner);
        let ids: BTreeSet<String> = ids.map(|(_, id)| id.clone()).collect();
        assert_eq!(ids, documented(scanner), "{scanner}");
    }
}

#[test]
fn in_templates_trivy_is_told_above_the_group_and_cfn_nag_in_the_metadata() {
    let mut found = BTreeSet::new();
    let mut groups = 0;
    for (path, text) in golden(&["yaml", "json"]) {
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            if line.starts_with("  # trivy:ignore:AVD-AWS-0123 trivy:ignore:AWS-0123 ") {
                assert_eq!(
                    lines[number + 2],
                    "    Type: AWS::IAM::Group",
                    "{}",
                    path.display()
                );
                groups += 1;
            }
        }
        for (id, resource) in resources(&path, &text) {
            let suppressed = suppressed(&resource);
            for (rule, reason) in &suppressed {
                assert!(
                    reason.split(' ').count() > 3,
                    "{} {id}: {reason}",
                    path.display()
                );
                found.insert(rule.clone());
            }
            let stars = stars(&resource);
            let needed = !stars.is_empty() && stars.iter().all(|action| only_star(action));
            let rule = match resource["Type"].as_str().unwrap() {
                "AWS::IAM::Role" => "W11",
                "AWS::IAM::ManagedPolicy" => "W13",
                _ => continue,
            };
            // The roles of self-managed stack sets have what AWS documents as the least.
            if suppressed.iter().any(|(rule, _)| rule == "F3") {
                assert!(stars.contains(&"cloudformation:*".to_owned()));
                continue;
            }
            let marked = suppressed.iter().any(|(id, _)| id == rule);
            assert_eq!(marked, needed, "{} {id}: {stars:?}", path.display());
        }
    }
    assert!(groups > 5, "{groups}");
    assert_eq!(found, documented("cfn-nag"));
}

/// The resources of a template; none of any other file.
fn resources(path: &Path, text: &str) -> Vec<(String, Value)> {
    let template: Value = if path
        .extension()
        .is_some_and(|extension| extension == "json")
    {
        serde_json::from_str(text).unwrap()
    } else {
        // What the functions stand for is of no interest here.
        let tags = ["!Ref ", "!Sub ", "!GetAtt ", "!Not ", "!Equals ", "!If"];
        let plain = tags
            .iter()
            .fold(text.to_owned(), |text, tag| text.replace(tag, ""));
        serde_yaml::from_str(&plain).unwrap()
    };
    let resources = template.get("Resources").and_then(Value::as_object);
    let resources = resources.into_iter().flatten();
    resources
        .map(|(id, one)| (id.clone(), one.clone()))
        .collect()
}

/// The rules that cfn-nag passes over in a resource, with the reasons.
fn suppressed(resource: &Value) -> Vec<(String, String)> {
    let rules = resource.pointer("/Metadata/cfn_nag/rules_to_suppress");
    let rules = rules.and_then(Value::as_array).into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rules
        .map(|rule| (text(&rule["id"]), text(&rule["reason"])))
        .collect()
}

/// The actions that a resource allows on `*`.
fn stars(resource: &Value) -> Vec<String> {
    let properties = &resource["Properties"];
    let inline = properties["Policies"].as_array().into_iter().flatten();
    let documents = inline
        .map(|policy| &policy["PolicyDocument"])
        .chain(properties.get("PolicyDocument"));
    let statements = documents.flat_map(|document| document["Statement"].as_array().unwrap());
    statements
        .filter(|statement| statement["Effect"] == "Allow")
        .filter(|statement| texts(&statement["Resource"]).contains(&"*".to_owned()))
        .flat_map(|statement| texts(&statement["Action"]))
        .collect()
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// Whether the reference knows no narrower resource for an action, or for any that a wildcard stands for.
fn only_star(action: &str) -> bool {
    let facts = Reference::embedded().expand(action);
    !facts.is_empty() && facts.iter().all(|facts| facts.resources().len() == 0)
}
