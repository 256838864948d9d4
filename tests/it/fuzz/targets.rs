//! The parsers, and what each promises of whatever it is given.

use std::fs;
use std::sync::OnceLock;

use camino::Utf8PathBuf;
use landgrant::diag::{self, Diagnostic, Entry, Severity, SourceMap};
use landgrant::limits;
use landgrant::load::deployment::DeploymentDoc;
use landgrant::load::{self, Interest, Loaded};
use landgrant::model::{self, AccountId, Action, ArnPattern, Partition, Site, Text};
use landgrant::plan::Placement;
use landgrant::reference::Reference;
use landgrant::render::{Engine, RenderError};
use landgrant::{readback, write};
use sha2::{Digest as _, Sha256};

use super::Input;
use crate::support::pipeline::{Built, fixture};

/// Every diagnostic marks a part of its text, there are not too many, and each form of report takes them.
fn told(sources: &SourceMap, mut diagnostics: Vec<Diagnostic>) {
    let errors = diagnostics
        .iter()
        .filter(|one| one.severity == Severity::Error);
    // A file, the lists beside it and each stage may each have as many.
    assert!(
        errors.count() <= 6 * (limits::FAULTS + 1),
        "too many faults"
    );
    for diagnostic in &diagnostics {
        let related = diagnostic.related.iter().map(|(span, _)| *span);
        for span in related.chain([diagnostic.span]) {
            let text = &sources.file(span.file).text;
            assert!(
                text.get(span.range()).is_some(),
                "{}: {span:?} of {}",
                diagnostic.code,
                text.len()
            );
        }
        assert!(
            !diagnostic.message.chars().any(char::is_control),
            "{:?}",
            diagnostic.message
        );
    }
    diag::sort(&mut diagnostics);
    diag::sum_up(sources, &mut diagnostics);
    let entries: Vec<Entry<'_>> = diagnostics
        .iter()
        .map(|diagnostic| Entry {
            diagnostic,
            subject: "",
            accepted: None,
        })
        .collect();
    let _ = diag::render_human(sources, &diagnostics);
    let _ = diag::render_json(sources, &entries);
    let _ = diag::render_sarif(sources, &entries, &[]);
    for line in diag::render_github(sources, &entries).lines() {
        assert!(line.starts_with("::"), "{line}");
    }
}

fn put(input: &Input<'_>, name: &str) -> Utf8PathBuf {
    let path = input.folder.join(name);
    fs::create_dir_all(path.parent().expect("a parent")).expect("the folder is made");
    fs::write(&path, &input.bytes).expect("the file is written");
    path
}

fn account() -> AccountId {
    AccountId::parse("111111111111").expect("an account")
}

/// From the deployment to what is rendered, which reads back as planned.
fn through(input: &Input<'_>, path: Utf8PathBuf) -> Option<Loaded> {
    let catalogs = input.folder.join("catalogs");
    fs::create_dir_all(&catalogs).expect("the folder is made");
    let (loaded, mut diagnostics) = load::load(&[path], Some(&catalogs)).ok()?;
    if !diag::has_errors(&diagnostics) {
        let (resolved, faults) = landgrant::resolve::resolve(&loaded, Reference::embedded());
        diagnostics.extend(faults);
        if let Some(resolved) = resolved.first() {
            let (plan, faults) = landgrant::plan::plan(resolved, &Placement::new());
            diagnostics.extend(faults);
            if let (Some(plan), false) = (plan, diag::has_errors(&diagnostics)) {
                let files = landgrant::render::render(&plan).expect("a plan renders");
                readback::verify(&plan, &files).expect("it reads back as planned");
            }
        }
    }
    told(&loaded.sources, diagnostics);
    Some(loaded)
}

pub(crate) fn deployments(input: &mut Input<'_>) {
    let Some(loaded) = through(input, put(input, "landgrant.yaml")) else {
        return;
    };
    // What was read says the same when it is written as JSON, which is YAML.
    for document in &loaded.deployments {
        let written = serde_json::to_string(&document.doc).expect("it is JSON");
        let path = input.folder.join("again.yaml");
        fs::write(&path, &written).expect("the file is written");
        let (again, faults) = load::load(&[path], None).expect("the file is there");
        let same = |other: &load::Document<DeploymentDoc>| {
            format!("{:?}", other.doc) == format!("{:?}", document.doc)
        };
        let targets = document.doc.targets.is_empty();
        assert!(
            again.deployments.first().is_some_and(same) || targets,
            "{written}\n{faults:?}"
        );
    }
}

pub(crate) fn catalogs(input: &mut Input<'_>) {
    put(input, "catalogs/tool/1.yaml");
    let catalogs = input.folder.join("catalogs");
    let Ok((loaded, mut diagnostics)) = load::load_catalogs(Some(&catalogs)) else {
        return;
    };
    let (_, faults) = landgrant::resolve::resolve(&loaded, Reference::embedded());
    diagnostics.extend(faults);
    told(&loaded.sources, diagnostics);
}

pub(crate) fn overlays(input: &mut Input<'_>) {
    let mut sources = SourceMap::default();
    if let Ok((_, diagnostics)) = load::load_overlay(&mut sources, &put(input, "new.yaml")) {
        told(&sources, diagnostics);
    }
}

const WITH_LIST: &str = "schema: landgrant/deployment/v1\nname: acme\nhub: {account: \"111111111111\", user: svc, group: grp}\n\
    role: {name: R}\nproducts: [{catalog: micetro@10.2, features: [account, dns]}]\ntargets: [{file: list.";

pub(crate) fn lists(input: &mut Input<'_>) {
    let kind = *input.random.of(&["csv", "json", "yaml"]);
    put(input, &format!("list.{kind}"));
    let path = input.folder.join("with.yaml");
    fs::write(&path, format!("{WITH_LIST}{kind}}}]\n")).expect("the file is written");
    through(input, path);
}

pub(crate) fn snapshots(input: &mut Input<'_>) {
    let mut sources = SourceMap::default();
    let path = put(input, "snapshot.json");
    let read = load::load_snapshot(&mut sources, &account(), &path, &Interest::default());
    if let Ok((snapshot, diagnostics)) = read {
        assert_eq!(snapshot.is_none(), !diagnostics.is_empty());
        told(&sources, diagnostics);
    }
}

pub(crate) fn terraform_plans(input: &mut Input<'_>) {
    let mut sources = SourceMap::default();
    if let Ok((plan, diagnostics)) =
        load::load_terraform_plan(&mut sources, &put(input, "plan.json"))
    {
        assert_eq!(plan.is_none(), !diagnostics.is_empty());
        told(&sources, diagnostics);
    }
}

pub(crate) fn credential_reports(input: &mut Input<'_>) {
    let mut sources = SourceMap::default();
    let path = put(input, "credentials.csv");
    if let Ok((report, diagnostics)) = load::load_credential_report(&mut sources, &account(), &path)
    {
        assert_eq!(report.is_none(), !diagnostics.is_empty());
        told(&sources, diagnostics);
    }
}

pub(crate) fn locks(input: &mut Input<'_>) {
    let text = String::from_utf8_lossy(&input.bytes).into_owned();
    let path = Utf8PathBuf::from("landgrant.lock");
    let locked = write::locked(&path, text.as_bytes());
    let last = write::last_in("acme", &path, &text);
    assert_eq!(locked.is_ok(), last.is_ok());
    for path in locked.iter().flat_map(|locked| &locked.files) {
        assert!(
            !path.starts_with('/') && !path.split('/').any(|part| part == ".."),
            "{path}"
        );
    }
}

/// Where the files stand that a journal may speak of.
const NAMED: &[&str] = &[
    "terraform/hub/main.tf",
    "main.tf",
    "notes.txt",
    "new/main.tf",
    "../beside.txt",
    "/etc/hostname",
    "terraform/../../beside.txt",
    "link/beside.txt",
    "",
    ".",
];

/// A journal that was not sealed here changes nothing. One that was changes nothing outside of its folder, and none of the
/// files that no render makes.
pub(crate) fn journals(input: &mut Input<'_>) {
    let folder = input.folder.join("j");
    let out = folder.join("rendered");
    let staging = out.join(".landgrant-render");
    let _ = fs::remove_dir_all(&folder);
    for name in [
        "beside.txt",
        "rendered/terraform/hub/main.tf",
        "rendered/main.tf",
        "rendered/notes.txt",
    ] {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("the folder is made");
        fs::write(path, "mine\n").expect("the file is written");
    }
    fs::create_dir_all(staging.join("old")).expect("the folder is made");
    fs::create_dir_all(staging.join("new")).expect("the folder is made");
    #[cfg(unix)]
    std::os::unix::fs::symlink("..", out.join("link")).expect("the link is made");
    let mine = write::digest(b"mine\n");
    let mut text = String::new();
    for number in 0..input.random.below(6) {
        let what = *input
            .random
            .of(&["folder", "create", "replace", "delete", "x"]);
        let staged = *input.random.of(&[mine.as_str(), "-", "sha256:0"]);
        let path = *input.random.of(NAMED);
        text.push_str(&format!("{what} {number} {staged} {path}\n"));
        if input.random.below(2) == 0 {
            fs::write(staging.join(format!("old/{number}")), "old\n").expect("the file is written");
        }
    }
    if input.random.below(4) == 0 {
        text.push_str(&String::from_utf8_lossy(&input.bytes));
    }
    let journal = staging.join("journal");
    fs::write(&journal, &text).expect("the file is written");
    let sealed = input.random.below(2) == 0;
    if sealed {
        let file = fs::File::options()
            .write(true)
            .open(&journal)
            .expect("the file is there");
        file.set_modified(seal(text.as_bytes()))
            .expect("the time is set");
    }
    let _ = write::recover(&out, write::Owned::Rendered(&[]));
    let content = |name: &str| fs::read_to_string(folder.join(name)).ok();
    assert_eq!(content("beside.txt").as_deref(), Some("mine\n"), "{text}");
    let notes = content("rendered/notes.txt");
    // A file that the render replaced is put back, and none is lost.
    let put_back = sealed && notes.as_deref() == Some("old\n");
    assert!(notes.as_deref() == Some("mine\n") || put_back, "{text}");
    if !sealed {
        for kept in ["rendered/terraform/hub/main.tf", "rendered/main.tf"] {
            assert_eq!(content(kept).as_deref(), Some("mine\n"), "{kept}: {text}");
        }
        assert!(!out.join("new").exists(), "{text}");
    }
}

/// The time that seals a journal, written apart from the program.
fn seal(text: &[u8]) -> std::time::SystemTime {
    let digest = Sha256::digest(text);
    let number = |at: usize| {
        let bytes = digest[at..at + 4].try_into().expect("four bytes");
        u64::from(u32::from_be_bytes(bytes))
    };
    let micros = (number(0) >> 1) * 1_000_000 + 1 + number(4) % 999_999;
    std::time::UNIX_EPOCH + std::time::Duration::from_micros(micros)
}

fn built() -> &'static Built {
    static BUILT: OnceLock<Built> = OnceLock::new();
    BUILT.get_or_init(|| fixture("micetro-two-targets"))
}

/// A changed file among the rendered ones is refused or grants what was planned.
fn read_back(input: &mut Input<'_>, extension: &str) {
    let built = built();
    let paths: Vec<_> = built
        .files
        .keys()
        .filter(|path| path.extension() == Some(extension))
        .collect();
    let path = *input.random.of(&paths);
    let mut files = built.files.clone();
    files.insert(
        path.as_str(),
        String::from_utf8_lossy(&input.bytes).into_owned(),
    );
    let _ = readback::verify(&built.plan, &files);
}

pub(crate) fn rendered_templates(input: &mut Input<'_>) {
    read_back(input, "yaml");
}

pub(crate) fn rendered_modules(input: &mut Input<'_>) {
    read_back(input, "tf");
}

/// A template of the user's own is refused at a place in it, or makes the same every time.
pub(crate) fn templates(input: &mut Input<'_>) {
    let text = String::from_utf8_lossy(&input.bytes).into_owned();
    let name = *input.random.of(&[
        "files/a.tf",
        "files/a.yaml",
        "files/a.md",
        "files/a.json",
        "files/a.html",
        "files/a.csv",
        "files/a.txt",
    ]);
    let mut sources = SourceMap::default();
    let file = sources.add(name, text.as_str());
    let (custom, faults) = landgrant::render::custom_templates([(name.to_owned(), file, text)]);
    if !faults.is_empty() {
        return told(&sources, faults);
    }
    let view = serde_json::json!({
        "name": "a\n${b}{% c %}`d`<e>|=1", "notice": ["x"], "partition": "aws", "account": "111111111111", "number": 3,
        "groups": [{"name": "g", "markers": []}], "targets": [{"account": "222222222222", "name": "t", "tags": {"a": "b"}}],
    });
    let render = || Engine::new(&custom).render(name, &view);
    match (render(), render()) {
        (Ok(one), Ok(other)) => assert_eq!(one, other),
        (Err(RenderError::Custom(faults)), Err(_)) => told(&sources, faults),
        (one, other) => panic!("{one:?}\n{other:?}"),
    }
}

/// Words of IAM are taken or refused, and what was taken is taken again as it is printed.
pub(crate) fn words(input: &mut Input<'_>) {
    let text = String::from_utf8_lossy(&input.bytes).into_owned();
    let words: Vec<&str> = text.split(['\n', ' ', '"']).collect();
    for pair in words.windows(2) {
        let (word, other) = (pair[0], pair[1]);
        if let Ok(action) = Action::parse(word) {
            assert_eq!(
                Action::parse(action.as_str()).as_ref().map(Action::as_str),
                Ok(action.as_str())
            );
        }
        if let Ok(account) = AccountId::parse(word) {
            assert_eq!(account.as_str(), word);
        }
        if let Ok(parsed) = Text::parse(word, &std::collections::BTreeMap::new()) {
            let site = Site {
                partition: Partition::Aws,
                account: &account(),
            };
            let at = parsed.at(site);
            assert!(
                !at.contains("${account}") && !at.contains("${partition}") || word.contains("${$}"),
                "{word}"
            );
            let _ = ArnPattern::parse(&parsed, Some(Partition::Aws));
            let _ = model::check_boundary_arn(&parsed, Partition::Aws);
        }
        let _ = model::check_principal_arn(word, Partition::Aws);
        let _ = model::check_condition_key(word);
        let _ = model::check_condition_operator(word);
        if let Ok(operator) = model::Operator::parse(other) {
            let _ = model::check_condition_value(operator, word);
        }
        assert!(
            model::matches(word, word) || word.contains(['*', '?', '$']),
            "{word}"
        );
        assert!(
            model::covers("*", word) && model::covers(word, word),
            "{word}"
        );
        // A pattern covers what it matches.
        if model::matches(word, other) && !word.contains("${") && !other.contains(['*', '?', '$']) {
            assert!(model::covers(word, other), "{word} {other}");
        }
    }
}

pub(crate) fn texts_of_a_kit(input: &mut Input<'_>) {
    put(input, "texts.yaml");
    let path = input.folder.join("kit.yaml");
    fs::write(
        &path,
        format!("{}csv}}]\nkit: {{texts: texts.yaml}}\n", WITH_LIST),
    )
    .expect("the file is written");
    fs::write(input.folder.join("list.csv"), "account\n222222222222\n")
        .expect("the file is written");
    let Ok((mut loaded, _)) = load::load(&[path], None) else {
        return;
    };
    if let Some(deployment) = loaded.deployments.first().cloned()
        && let Ok((_, diagnostics)) = load::load_kit(&mut loaded.sources, &deployment)
    {
        told(&loaded.sources, diagnostics);
    }
}
