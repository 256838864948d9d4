//! The examples in the documents work: every YAML block is a catalog, a deployment, or some fields of one.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::copy::copy_folder;

/// The documents whose YAML blocks are input of the tool.
const DOCUMENTS: &[&str] = &["docs/formats.md"];

#[test]
fn every_example_renders() {
    let folder = tempfile::tempdir().unwrap();
    let catalogs = folder.path().join("catalogs");
    let blocks = blocks_of_documents("yaml");
    assert!(blocks.len() >= 10, "only {} examples", blocks.len());
    fs::create_dir_all(&catalogs).unwrap();
    let (overlays, blocks): (Vec<&String>, Vec<&String>) = blocks
        .iter()
        .partition(|block| block.contains("landgrant/reference-overlay/v1"));
    let overlay = folder.path().join("overlay.yaml");
    fs::write(&overlay, overlays[0]).unwrap();
    // A list of accounts is named by a deployment like any other.
    let (lists, mut blocks): (Vec<&String>, Vec<&String>) = blocks
        .into_iter()
        .partition(|block| block.starts_with("- account:"));
    // What one joins to a list is no list of its own.
    let (values, spreadsheets): (Vec<String>, Vec<String>) = blocks_of_documents("csv")
        .into_iter()
        .partition(|text| text.contains("external_id"));
    fs::write(folder.path().join("multitool.csv"), values.concat()).unwrap();
    let variant =
        "variants: {no-deletes: {omit: [{action: ec2:DeleteSubnet, reason: By hand.}]}}\n";
    let mut named = Vec::new();
    for (format, texts) in [
        ("yaml", lists.into_iter().collect::<Vec<_>>()),
        ("csv", spreadsheets.iter().collect()),
    ] {
        assert!(!texts.is_empty(), "no list in {format}");
        for (number, text) in texts.into_iter().enumerate() {
            let name = format!("list-{number}.{format}");
            fs::write(folder.path().join(&name), text).unwrap();
            named.push(format!("{variant}targets:\n  - file: {name}\n"));
        }
    }
    blocks.extend(&named);
    // What AWS told of an organization lies where the examples look for it.
    let organization = Path::new("fixtures/render/micetro-organization/organization");
    copy_folder(organization, &folder.path().join("organization"));
    let (own, deployments): (Vec<&String>, Vec<&String>) = blocks
        .into_iter()
        .partition(|block| block.contains("landgrant/catalog/v1"));
    for catalog in own {
        let product = catalogs.join(word_after(catalog, "product: "));
        fs::create_dir_all(&product).unwrap();
        let version = word_after(catalog, "version: ");
        fs::write(product.join(format!("{version}.yaml")), catalog).unwrap();
    }
    let base = fields(deployments[0]);
    for (number, block) in deployments.into_iter().enumerate() {
        // Some fields of a deployment stand for a deployment with these fields.
        let mut whole = if block.contains("landgrant/deployment/v1") {
            BTreeMap::new()
        } else {
            base.clone()
        };
        whole.extend(fields(block));
        let text: String = whole.into_values().collect();
        let path = folder.path().join(format!("{number}.yaml"));
        fs::write(&path, &text).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_landgrant"))
            .arg("render")
            .arg(&path)
            .arg("--catalogs")
            .arg(&catalogs)
            .arg("--reference")
            .arg(&overlay)
            .arg("--out")
            .arg(folder.path().join(format!("out-{number}")))
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{text}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn what_the_readme_shows_is_what_is_rendered() {
    let readme = fs::read_to_string("README.md").unwrap();
    let case = Path::new("fixtures/render/micetro-two-targets");
    let deployment = fs::read_to_string(case.join("landgrant.yaml")).unwrap();
    let module =
        fs::read_to_string(case.join("expected/terraform/modules/target-role/main.tf")).unwrap();
    let template = fs::read_to_string(case.join("expected/cloudformation/target.yaml")).unwrap();
    for (language, whole) in [("yaml", deployment), ("hcl", module), ("yaml", template)] {
        let shown = blocks(&readme, language)
            .into_iter()
            .any(|block| whole.contains(&block));
        assert!(shown, "the README shows nothing of\n{whole}");
    }
}

fn blocks_of_documents(language: &str) -> Vec<String> {
    let documents = DOCUMENTS.iter();
    documents
        .flat_map(|document| blocks(&fs::read_to_string(document).unwrap(), language))
        .collect()
}

fn blocks(text: &str, language: &str) -> Vec<String> {
    text.split(&format!("```{language}\n"))
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .map(str::to_owned)
        .collect()
}

/// The top-level fields of a block, each with its text.
fn fields(block: &str) -> BTreeMap<String, String> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        let name = line.split(':').next().unwrap_or_default();
        let begins = line.starts_with(|c: char| c.is_ascii_lowercase()) && line.contains(':');
        match fields.last_mut() {
            Some((_, text)) if !begins => text.push_str(&format!("{line}\n")),
            None if !begins => {}
            _ => fields.push((name.to_owned(), format!("{line}\n"))),
        }
    }
    fields.into_iter().collect()
}

fn word_after<'a>(text: &'a str, mark: &str) -> &'a str {
    let rest = &text[text.find(mark).unwrap() + mark.len()..];
    rest.lines().next().unwrap().trim_matches('"')
}
