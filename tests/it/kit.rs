//! The kit of every deployment under `fixtures/render`, as `landgrant kit` writes it, compared with the case's folder `kit`,
//! both ways. `UPDATE_GOLDEN=1 cargo test --test it kit::` rewrites them.
//!
//! What the folder `expected` of the case has already is not there a second time, nor is what is the same in every kit: the
//! style and the script of the page, and the scripts that verify. `SHA256SUMS` is not kept but checked.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use camino::Utf8PathBuf;
use landgrant::model::{Grant, PolicyKind, Site};
use landgrant::readback;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::support::golden::compare_folder;
use crate::support::{golden, pipeline};

/// Cases whose kit differs from another one's in words only that the summary of their render has too; it is built, and its
/// files are not kept.
const NOT_KEPT: [&str; 7] = [
    "trust-eks",
    "trust-github",
    "trust-pending",
    "trust-pod-identity",
    "trust-roles-anywhere",
    "trust-saml",
    "trust-services",
];

#[test]
fn every_deployment_has_its_expected_kit() {
    let mut faults = Vec::new();
    for case in golden::folders("fixtures/render") {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("kit");
        succeeded(&kit(&case, &out, &[]));
        let files = golden::files(&out);
        check_sums(&files);
        let expected = golden::files(&case.join("expected"));
        for (path, text) in &files {
            let path = out.join(path);
            match expected.get(path.strip_prefix(&out).unwrap()) {
                Some(rendered) => {
                    assert_eq!(text, rendered, "{}", path.display());
                    fs::remove_file(path).unwrap();
                }
                None if path.ends_with("landgrant.lock") || path.ends_with("SHA256SUMS") => {
                    fs::remove_file(path).unwrap();
                }
                None if path.ends_with("verify.sh") => {
                    let constant = fs::read_to_string("templates/kit/verify.sh");
                    assert_eq!(*text, constant.unwrap(), "{}", path.display());
                    fs::remove_file(path).unwrap();
                }
                None if path.ends_with("index.html") => {
                    let text = without(&without(text, "style"), "script");
                    fs::write(path, text).unwrap();
                }
                None => {}
            }
        }
        for path in expected.keys() {
            assert!(files.contains_key(path), "no {}", path.display());
        }
        if NOT_KEPT.iter().any(|name| case.ends_with(name)) {
            continue;
        }
        faults.extend(compare_folder(&out, &case.join("kit")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_kit_is_the_same_bytes_each_time_and_its_archive_holds_the_same_files() {
    let case = Path::new("fixtures/render/micetro-overrides");
    let folder = tempfile::tempdir().unwrap();
    let mut archives = Vec::new();
    for name in ["one", "other"] {
        let zip = folder.path().join(format!("{name}.zip"));
        let out = folder.path().join(name);
        succeeded(&kit(case, &out, &["--zip", zip.to_str().unwrap()]));
        archives.push(fs::read(zip).unwrap());
    }
    assert_eq!(archives[0], archives[1]);
    let mut files = golden::files(&folder.path().join("one"));
    files.remove(Path::new("landgrant.lock")).unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&archives[0])).unwrap();
    assert_eq!(archive.len(), files.len());
    for (path, text) in &files {
        let name = format!("overrides-kit/{}", path.to_str().unwrap());
        let file = archive.by_name(&name).unwrap();
        assert_eq!(std::io::read_to_string(file).unwrap(), *text);
    }
    let again = kit(case, &folder.path().join("one"), &[]);
    assert!(succeeded(&again).contains(&format!("{} unchanged\n", files.len())));
}

#[test]
fn whom_a_kit_is_for_says_what_is_in_it() {
    let case = Path::new("fixtures/render/micetro-two-targets");
    let there = |whom: &str| -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("kit");
        succeeded(&kit(case, &out, &["--for", whom]));
        let files = golden::files(&out);
        check_sums(&files);
        files
            .into_keys()
            .map(|path| path.to_str().unwrap().to_owned())
            .collect()
    };
    let has = |files: &[String], start: &str| files.iter().any(|file| file.starts_with(start));
    let (reviewer, operator, customer) = (there("reviewer"), there("operator"), there("customer"));
    for files in [&reviewer, &operator, &customer] {
        for start in [
            "index.html",
            "README.md",
            "terraform/",
            "cloudformation/",
            "SHA256SUMS",
        ] {
            assert!(has(files, start), "no {start} in {files:?}");
        }
    }
    for start in ["DEPLOY.md", "deploy.json", "verify.sh", "verify/"] {
        assert!(!has(&reviewer, start), "{start}");
        assert!(has(&operator, start) && has(&customer, start), "{start}");
    }
    for start in ["permissions.csv", "policies/"] {
        assert!(!has(&operator, start), "{start}");
        assert!(has(&reviewer, start) && has(&customer, start), "{start}");
    }
}

#[test]
fn a_kit_and_a_render_keep_out_of_each_others_folders() {
    let case = Path::new("fixtures/render/micetro-two-targets");
    let folder = tempfile::tempdir().unwrap();
    let (kit_out, rendered) = (folder.path().join("kit"), folder.path().join("rendered"));
    succeeded(&kit(case, &kit_out, &[]));
    let before = golden::files(&kit_out);
    let refused = render(case, &kit_out);
    assert_eq!(refused.status.code(), Some(2));
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("kit:acme"), "{told}");
    assert_eq!(golden::files(&kit_out), before);
    succeeded(&render(case, &rendered));
    assert_eq!(kit(case, &rendered, &[]).status.code(), Some(2));
}

#[test]
fn a_page_that_was_edited_is_not_lost() {
    let case = Path::new("fixtures/render/micetro-two-targets");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("kit");
    succeeded(&kit(case, &out, &[]));
    let page = out.join("README.md");
    fs::write(&page, "ours\n").unwrap();
    let refused = kit(case, &out, &[]);
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(fs::read_to_string(&page).unwrap(), "ours\n");
    succeeded(&kit(case, &out, &["--force"]));
    assert_ne!(fs::read_to_string(&page).unwrap(), "ours\n");
}

/// What somebody pastes into the console grants what is planned.
#[test]
fn the_policies_as_json_are_those_of_the_plan() {
    let (mut roles, mut groups) = (0, 0);
    for case in golden::folders("fixtures/render") {
        let path = Utf8PathBuf::from_path_buf(case.join("landgrant.yaml")).unwrap();
        let plan = pipeline::build(&path).unwrap().plan;
        let folder = tempfile::tempdir().unwrap();
        succeeded(&kit(&case, folder.path(), &[]));
        let policies = folder.path().join("policies");
        let access = landgrant::plan::access(&plan);
        let granted = |arn: &str| -> BTreeSet<Grant> {
            let policies = access.identities[arn].policies.values();
            policies.flat_map(|grants| grants.iter().cloned()).collect()
        };
        for target in &plan.targets {
            let site = Site {
                partition: plan.partition,
                account: &target.account,
            };
            let arn = target.role_arn().at(site);
            let folder = match &plan.roles[target.role].part {
                None => policies.join("target"),
                Some(part) => policies.join(format!("target-{part}")),
            };
            let mut grants = BTreeSet::new();
            for entry in fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap().path();
                let own = entry.join(format!("{}.json", target.account));
                let document = json(if entry.is_dir() { &own } else { &entry });
                if entry.file_stem().unwrap() == "trust" {
                    let trust = readback::observed_trust(plan.partition, &document).unwrap();
                    assert_eq!(trust, access.identities[&arn].trust);
                } else {
                    let read = readback::observed_grants(plan.partition, &document).unwrap();
                    grants.extend(read.iter().cloned());
                }
            }
            assert_eq!(grants, granted(&arn), "{arn}");
            roles += 1;
        }
        let Some(hub) = &plan.hub else { continue };
        let site = Site {
            partition: plan.partition,
            account: &hub.account,
        };
        for group in &hub.groups {
            let folder = policies.join("hub").join(group.name.as_str());
            if !folder.is_dir() {
                continue;
            }
            let mut grants = BTreeSet::new();
            for entry in fs::read_dir(folder).unwrap() {
                let document = json(&entry.unwrap().path());
                let read = readback::observed_grants(plan.partition, &document).unwrap();
                grants.extend(read.iter().cloned());
            }
            let inline = &access.identities[&hub.group_arn(group).at(site)].policies;
            let inline = inline
                .iter()
                .filter(|((kind, _), _)| *kind == PolicyKind::Inline);
            let inline: BTreeSet<Grant> = inline
                .flat_map(|(_, grants)| grants.iter().cloned())
                .collect();
            assert_eq!(grants, inline, "{}", group.name);
            groups += 1;
        }
    }
    assert!(
        roles > 100 && groups > 10,
        "{roles} roles and {groups} groups"
    );
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// A translation is a file: with a mark before every text, no text is left without it.
#[test]
fn every_text_for_people_comes_from_the_texts() {
    fn marked(texts: &Value) -> Value {
        match texts {
            Value::Object(fields) => fields
                .iter()
                .map(|(name, text)| (name.clone(), marked(text)))
                .collect::<serde_json::Map<String, Value>>()
                .into(),
            Value::Array(items) => items.iter().map(marked).collect(),
            text => format!("\u{a7}{}", text.as_str().unwrap()).into(),
        }
    }
    fn gather(texts: &Value, found: &mut BTreeSet<String>) {
        match texts {
            Value::Object(fields) => fields.values().for_each(|text| gather(text, found)),
            Value::Array(items) => items.iter().for_each(|text| gather(text, found)),
            text => drop(found.insert(text.as_str().unwrap().to_owned())),
        }
    }
    let english = landgrant().args(["kit", "--texts"]).output().unwrap();
    let english: Value = serde_yaml::from_str(&succeeded(&english)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut texts = marked(&english);
    texts["kit"]["language"] = "xx".into();
    fs::write(folder.path().join("xx.yaml"), texts.to_string()).unwrap();
    let mut looked_at = 0;
    for case in [
        "micetro-37-targets",
        "karpenter",
        "multitool-roles",
        "shape-single-root",
    ] {
        let deployment = Path::new("fixtures/render")
            .join(case)
            .join("landgrant.yaml");
        let text = fs::read_to_string(deployment).unwrap() + "\nkit: {texts: xx.yaml}\n";
        fs::write(folder.path().join("landgrant.yaml"), text).unwrap();
        let out = folder.path().join(case);
        succeeded(&kit(folder.path(), &out, &[]));
        let page = fs::read_to_string(out.join("index.html")).unwrap();
        let page = without(&without(&page, "style"), "script");
        assert!(page.contains("<html lang=\"xx\">"));
        let readme = fs::read_to_string(out.join("README.md")).unwrap();
        let mut texts = BTreeSet::new();
        gather(&english, &mut texts);
        // Short words stand in names and in words of catalogs too.
        for text in texts
            .iter()
            .filter(|text| text.len() > 16 && !text.contains(['{', '`', '\'']))
        {
            for said in [&page, &readme] {
                let all = said.matches(text.as_str()).count();
                let marked = said.matches(&format!("\u{a7}{text}")).count();
                assert_eq!(all, marked, "{case}: {text}");
                looked_at += marked;
            }
        }
    }
    assert!(looked_at > 300, "only {looked_at} texts were looked at");
}

/// What somebody else has there stays, whatever it is.
#[test]
fn an_archive_replaces_nothing_but_an_archive_of_the_same_kit() {
    let case = Path::new("fixtures/render/micetro-two-targets");
    let folder = tempfile::tempdir().unwrap();
    let (out, zip) = (folder.path().join("kit"), folder.path().join("kit.zip"));
    let archive = ["--zip", zip.to_str().unwrap()];
    fs::write(&zip, "ours\n").unwrap();
    assert_eq!(kit(case, &out, &archive).status.code(), Some(2));
    assert_eq!(fs::read_to_string(&zip).unwrap(), "ours\n");
    assert!(!out.exists(), "half a kit was written");
    fs::remove_file(&zip).unwrap();
    succeeded(&kit(case, &out, &archive));
    succeeded(&kit(case, &out, &archive));
    let other = Path::new("fixtures/render/micetro-overrides");
    let refused = kit(other, &folder.path().join("other"), &archive);
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn a_render_that_is_named_has_to_be_there() {
    let case = Path::new("fixtures/render/micetro-37-targets");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("kit");
    let refused = kit(case, &out, &["--rendered", "nowhere"]);
    assert_eq!(refused.status.code(), Some(2));
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("holds no render of many"), "{told}");
    let told = succeeded(&kit(case, &out, &[]));
    assert!(
        told.replace("\n  ", " ")
            .contains("a first render would choose"),
        "{told}"
    );
}

#[test]
fn a_file_of_ones_own_does_not_take_the_place_of_a_kit_s() {
    let case = Path::new("fixtures/render/micetro-two-targets");
    let folder = tempfile::tempdir().unwrap();
    let templates = folder.path().join("templates/files");
    fs::create_dir_all(&templates).unwrap();
    for path in [
        "README.md",
        "INDEX.html",
        "Verify/Expected.json",
        "SHA256SUMS/x.txt",
    ] {
        let own = templates.join(format!("{path}.tera"));
        fs::create_dir_all(own.parent().unwrap()).unwrap();
        fs::write(&own, "\n").unwrap();
        let out = folder.path().join("kit");
        let templates = folder.path().join("templates");
        let refused = kit(case, &out, &["--templates", templates.to_str().unwrap()]);
        assert_eq!(refused.status.code(), Some(2));
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(told.contains(&format!("files/{path}.tera")), "{told}");
        assert!(told.contains("the place of a file of the kit"), "{told}");
        assert!(!out.exists());
        fs::remove_file(&own).unwrap();
    }
}

/// Every file but the sums themselves has its line, and no line is wrong.
fn check_sums(files: &BTreeMap<PathBuf, String>) {
    let sums = &files[Path::new("SHA256SUMS")];
    let mut lines: Vec<String> = Vec::new();
    for (path, text) in files {
        let path = path.to_str().unwrap();
        if path != "SHA256SUMS" && path != "landgrant.lock" {
            let digest = Sha256::digest(text.as_bytes());
            let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            lines.push(format!("{digest}  {path}"));
        }
    }
    lines.sort_by(|one, other| one[64..].cmp(&other[64..]));
    assert_eq!(sums.lines().collect::<Vec<_>>(), lines);
}

/// A page without what stands between the tags of one kind.
fn without(page: &str, tag: &str) -> String {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let mut parts = page.split(&open);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (_, after) = part.split_once(&close).unwrap();
        text += &format!("{open}{close}{after}");
    }
    text
}

fn kit(case: &Path, out: &Path, more: &[&str]) -> Output {
    landgrant()
        .arg("kit")
        .arg(case.join("landgrant.yaml"))
        .args(["--catalogs", "fixtures/catalogs", "--out"])
        .arg(out)
        .args(more)
        .output()
        .unwrap()
}

fn render(case: &Path, out: &Path) -> Output {
    landgrant()
        .arg("render")
        .arg(case.join("landgrant.yaml"))
        .args(["--catalogs", "fixtures/catalogs", "--out"])
        .arg(out)
        .output()
        .unwrap()
}

fn landgrant() -> Command {
    Command::new(env!("CARGO_BIN_EXE_landgrant"))
}

fn succeeded(output: &Output) -> String {
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn a_principal_of_the_role_s_own_account_needs_nothing_more_where_the_role_names_it() {
    let left = |principal: &str, targets: &str| {
        let built = pipeline::build_text(&format!(
            r#"
schema: landgrant/deployment/v1
name: own
products:
  - {{catalog: multitool@1, features: [cloudwatch]}}
role: {{name: Access}}
trust: {{principal: "arn:aws:iam::111111111111:{principal}", external_id: abc-123}}
targets: [{targets}]
"#
        ));
        let built = built.unwrap_or_else(|faults| panic!("{faults:#?}"));
        let left = landgrant::render::admissions(&built.plan).pop();
        left.map(|left| left.text(landgrant::model::Texts::english()))
    };
    let own = r#"{account: "111111111111", name: own}"#;
    let other = r#"{account: "222222222222", name: other}"#;
    assert_eq!(left("role/ci", own), None);
    let both = left("role/ci", &format!("{own}, {other}")).unwrap();
    assert!(
        both.contains("both sides") && both.contains("in 111111111111 names it"),
        "{both}"
    );
    assert!(left("root", own).unwrap().contains("that whole account"));
    assert!(
        left("role/ci", other)
            .unwrap()
            .contains("none of this deployment's")
    );
}
