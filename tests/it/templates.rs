//! Templates of a user's own. Every folder under `fixtures/templates` holds some that are refused and, in `expected.txt`,
//! what their author is told; `UPDATE_GOLDEN=1 cargo test --test it templates::` rewrites these. Those that are taken have a
//! golden case under `fixtures/render`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::support::copy::copy_folder;
use crate::support::golden::{compare_text, files};
use crate::support::{golden, pipeline};

const CASES: &str = "fixtures/templates";

/// An empty walk must not pass.
const FEWEST_CASES: usize = 30;

/// The deployment that templates are tried on, unless the case has its own or is one of [`ON_OTHERS`].
const DEPLOYMENT: &str = "micetro-two-targets";
const ON_OTHERS: &[(&str, &str)] = &[
    ("condition-dropped", "karpenter"),
    ("condition-dropped-in-cloudformation", "karpenter"),
    ("no-yaml", "role-list-json"),
];

/// A folder with a deployment of `fixtures/render`, and what a team has beside it.
struct Workspace(TempDir);

impl Workspace {
    fn of(deployment: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(deployment, folder.path().join("landgrant.yaml")).unwrap();
        copy_folder(
            Path::new("fixtures/catalogs"),
            &folder.path().join("catalogs"),
        );
        Self(folder)
    }

    fn on(name: &str) -> Self {
        Self::of(
            &Path::new("fixtures/render")
                .join(name)
                .join("landgrant.yaml"),
        )
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        let path = self.path(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Changes a text of a file, which has to be there.
    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no {from}");
        self.write(path, &text.replace(from, to));
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_landgrant"))
            .current_dir(self.0.path())
            .args(arguments)
            .output()
            .unwrap()
    }

    /// What a command prints that ends with this code.
    fn says(&self, arguments: &[&str], code: i32) -> String {
        let output = self.run(arguments);
        let text = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(output.status.code(), Some(code), "{arguments:?} {text}");
        text
    }
}

#[test]
fn what_is_refused_is_told_and_nothing_is_written() {
    let cases = golden::folders(CASES);
    assert!(cases.len() >= FEWEST_CASES, "only {} cases", cases.len());
    let mut faults = Vec::new();
    for case in &cases {
        let name = case.file_name().unwrap().to_str().unwrap();
        let own = case.join("landgrant.yaml");
        let workspace = match own.is_file() {
            true => Workspace::of(&own),
            false => {
                let other = ON_OTHERS.iter().find(|(case, _)| *case == name);
                let workspace = Workspace::on(other.map_or(DEPLOYMENT, |(_, other)| other));
                let text = workspace.read("landgrant.yaml");
                workspace.write("landgrant.yaml", &format!("{text}templates: templates\n"));
                copy_folder(&case.join("templates"), &workspace.path("templates"));
                workspace
            }
        };
        let told = workspace.says(&["render", "--catalogs", "catalogs"], 2);
        assert!(!workspace.path("rendered").exists(), "{name}");
        assert!(told.contains("error["), "{name}: {told}");
        faults.extend(compare_text(&told, &case.join("expected.txt")));
        // Whatever compares with a folder renders too, and tells the same.
        let again = workspace.says(&["check", "--catalogs", "catalogs"], 2);
        assert_eq!(again, told, "{name}");
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What Terraform or CloudFormation could take otherwise than read-back does: a value that is planned here, and another when
/// it is applied.
#[test]
fn what_could_be_taken_otherwise_is_refused() {
    let module = "terraform/module/main.tf";
    let trust = "terraform/shared/trust.tf";
    let principal = "{{ principals.kind | safe }} = {{ principals.values_hcl[0] | safe }}";
    let stack = "cloudformation/target.yaml";
    let trusted = "{{ principals.kind }}: {{ principals.values_yaml[0] | safe }}";
    let condition = |condition: &str| format!("Conditions:\n  X: {condition}\n\nResources:");
    let mut cases: Vec<(&str, &str, String)> = [
        "var.region == \"any-region\" ? {{ principals.values_hcl[0] | safe }} : \"*\"",
        "{ (var.region) = \"*\", any-region = {{ principals.values_hcl[0] | safe }} }[\"any-region\"]",
        "{ \".\" = {{ principals.values_hcl[0] | safe }} }[path.module]",
        "path.module != \".\" ? \"*\" : {{ principals.values_hcl[0] | safe }}",
        "[for k, v in { b = {{ principals.values_hcl[0] | safe }}, a = \"*\" } : v][0]",
        "[for v in [\"*\"] : v if toset([\"a\", \"a\"]) == toset([\"a\"])]",
        "toset([\"a\", \"a\"]) == toset([\"a\"]) ? \"*\" : {{ principals.values_hcl[0] | safe }}",
        "{ \"e\u{301}\" = {{ principals.values_hcl[0] | safe }}, \"\u{e9}\" = \"*\" }[\"e\u{301}\"]",
        "\"%{ if true }*%{ endif }\"",
        "keys({ a = 1 })",
    ]
    .iter()
    .map(|value| (trust, principal, format!("AWS = {value}")))
    .collect();
    cases.push((
        module,
        "resource \"aws_iam_role\"",
        "locals {\n  odd = 1 % 0\n}\n\nresource \"aws_iam_role\"".to_owned(),
    ));
    for compared in [
        "!Equals [1, \"1\"]",
        "!Equals [true, \"true\"]",
        "!Equals [yes, \"true\"]",
        "!Equals [\"a\", \"a\"]",
    ] {
        cases.push((stack, "Resources:", condition(compared)));
    }
    for (name, from, to) in &cases {
        let workspace = Workspace::on(DEPLOYMENT);
        workspace.says(&["templates", "eject", name], 0);
        let path = format!("templates/{name}.tera");
        workspace.edit(&path, from, to);
        if *name == stack {
            workspace.says(&["templates", "eject", "cloudformation/trust.yaml"], 0);
            workspace.edit(
                "templates/cloudformation/trust.yaml.tera",
                trusted,
                "AWS: !If [X, \"*\", {{ principals.values_yaml[0] | safe }}]",
            );
        }
        let told = workspace.says(&["render", "--templates", "templates"], 2);
        assert!(told.contains("error["), "{to}: {told}");
        assert!(!workspace.path("rendered").exists(), "{to}");
    }
    // Some systems take two names for one that differ in case only, and the lock has its place.
    for path in [
        "terraform/HUB/i.tf",
        "landgrant.lock/x.json",
        "Terraform/x.md",
    ] {
        let workspace = Workspace::on(DEPLOYMENT);
        workspace.write(&format!("templates/files/{path}.tera"), "\n");
        let told = workspace.says(&["render", "--templates", "templates"], 2);
        assert!(told.contains("error[template-collision]"), "{told}");
    }
    // A variable of another shape decides nothing here.
    let workspace = Workspace::on(DEPLOYMENT);
    workspace.says(
        &["templates", "eject", "terraform/shared/variable_block.tf"],
        0,
    );
    let path = "templates/terraform/shared/variable_block.tf.tera";
    let text = workspace.read(path)
        + "variable \"leaving_accounts\" {\n  type = set(string)\n  default = []\n}\n";
    workspace.write(path, &text);
    let told = workspace.says(&["render", "--templates", "templates"], 2);
    assert!(told.contains("leaving_accounts"), "{told}");
}

/// A render after the templates were changed for the worse keeps what the last one wrote.
#[test]
fn a_refused_render_leaves_the_old_one() {
    let workspace = Workspace::on(DEPLOYMENT);
    workspace.says(&["render"], 0);
    let before = files(&workspace.path("rendered"));
    let case = Path::new(CASES).join("grants-more/templates");
    copy_folder(&case, &workspace.path("templates"));
    let told = workspace.says(&["render", "--templates", "templates"], 2);
    assert!(told.contains("iam:*"), "{told}");
    assert_eq!(files(&workspace.path("rendered")), before);
    workspace.says(&["check"], 0);
    // One deployment of several is enough, and none is written.
    workspace.write(
        "other.yaml",
        &workspace
            .read("landgrant.yaml")
            .replace("name: acme", "name: other")
            .replace("svc-micetro", "svc-other")
            .replace("MicetroAccess", "OtherAccess")
            .replace("micetro-access", "other-access"),
    );
    workspace.edit(
        "landgrant.yaml",
        "name: acme\n",
        "name: acme\ntemplates: templates\n",
    );
    let told = workspace.says(
        &["render", "other.yaml", "landgrant.yaml", "--out", "all"],
        2,
    );
    assert!(told.contains("acme:") && !told.contains("other:"), "{told}");
    assert!(!workspace.path("all").exists());
}

/// Every template as a user's own, with a comment of Tera in it, makes what the binary makes.
#[test]
fn ejected_templates_render_the_same_bytes() {
    let texts: Vec<(&str, String)> = landgrant::render::TEMPLATES
        .iter()
        .map(|template| (template.name, format!("{{# ours #}}{}", template.text)))
        .collect();
    let texts: Vec<(&str, &str)> = texts
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let custom = pipeline::custom(&texts);
    assert_eq!(custom.names().count(), landgrant::render::TEMPLATES.len());
    let names = pipeline::fixture_names();
    assert!(names.len() > 20);
    for name in names {
        let built = pipeline::fixture(&name);
        let own = landgrant::render::render_with(&built.plan, &custom).unwrap();
        assert_eq!(own, built.files, "{name}");
    }
}

/// One that is written out and left as it is, is none of the user's: the lock does not have it.
#[test]
fn an_ejected_template_is_the_users_once_it_is_changed() {
    let workspace = Workspace::on(DEPLOYMENT);
    workspace.says(&["render"], 0);
    let before = files(&workspace.path("rendered"));
    workspace.says(&["templates", "eject"], 0);
    assert_eq!(
        files(&workspace.path("templates")).len(),
        landgrant::render::TEMPLATES.len()
    );
    let told = workspace.says(&["render", "--templates", "templates"], 0);
    assert!(told.contains("unchanged"), "{told}");
    assert_eq!(files(&workspace.path("rendered")), before);
    let name = "deploy/DEPLOY.md";
    workspace.edit(
        &format!("templates/{name}.tera"),
        "# Deploying",
        "{# ours #}# Deploying",
    );
    workspace.says(&["render", "--templates", "templates"], 0);
    let lock = workspace.read("rendered/landgrant.lock");
    let of_templates = lock.lines().filter(|line| line.contains(" template "));
    assert_eq!(of_templates.count(), 1, "{lock}");
    assert!(lock.contains(&format!(" template {name}\n")), "{lock}");
}

/// What is laid out otherwise and grants the same.
const TAKEN: &[(&str, &str, &str)] = &[
    (
        "terraform/module/main.tf",
        "\"Access for {{ products | safe }}\"",
        "\"Ours.\"",
    ),
    (
        "terraform/shared/versions_block.tf",
        "  required_version",
        "  backend \"s3\" {}\n\n  required_version",
    ),
    (
        "terraform/shared/versions_block.tf",
        "  required_version",
        "  cloud {}\n\n  required_version",
    ),
    (
        "terraform/shared/versions_block.tf",
        "{{ required_version }}",
        "\">= 1.9.0\"",
    ),
    (
        "terraform/shared/versions_block.tf",
        "{{ provider_version }}",
        "\"~> 6.0\"",
    ),
    (
        "terraform/hub/outputs.tf",
        "output \"group_names\"",
        "output \"groups\"",
    ),
    (
        "terraform/shared/policy.tf",
        "Version = \"2012-10-17\"",
        "# Ours.\n    Version = \"2012-10-17\"",
    ),
    (
        "cloudformation/target.yaml",
        "Resources:\n",
        "Metadata: {Owner: us}\n\nResources:\n",
    ),
    (
        "cloudformation/hub.yaml",
        "Description: {{ description }}",
        "Description: Ours.",
    ),
    (
        "cloudformation/target.yaml",
        "  RoleName:\n    Description",
        "  Name:\n    Description",
    ),
];

#[test]
fn what_grants_the_same_is_taken() {
    let built = pipeline::fixture(DEPLOYMENT);
    for (name, from, to) in TAKEN {
        let known = landgrant::render::TEMPLATES
            .iter()
            .find(|template| template.name == *name)
            .unwrap();
        assert!(known.text.contains(from), "{name} has no {from}");
        let custom = pipeline::custom(&[(name, &known.text.replacen(from, to, 1))]);
        let files = landgrant::render::render_with(&built.plan, &custom).unwrap();
        assert_ne!(files, built.files, "{name}: {to}");
        landgrant::readback::verify_with(&built.plan, &files, &custom)
            .unwrap_or_else(|error| panic!("{name}: {to}: {error}"));
    }
}

/// From the first look to the review in CI, as docs/templates.md tells it.
#[test]
fn the_story_of_a_team_with_templates_of_its_own() {
    let workspace = Workspace::on(DEPLOYMENT);
    let listed = workspace.says(&["templates", "list"], 0);
    assert!(
        listed.contains("terraform/shared/versions_block.tf"),
        "{listed}"
    );
    assert!(listed.lines().all(|line| line.chars().count() <= 80));
    workspace.says(
        &[
            "templates",
            "eject",
            "terraform/shared/versions_block.tf",
            "terraform/module",
        ],
        0,
    );
    assert_eq!(files(&workspace.path("templates")).len(), 4);
    workspace.edit(
        "templates/terraform/shared/versions_block.tf.tera",
        "terraform {\n",
        "# Pinned by the platform team.\nterraform {\n",
    );
    workspace.edit(
        "templates/terraform/module/main.tf.tera",
        "{{ policy.comment | comment }}",
        "{{ policy.comment | comment }} Asked for in NET-17.",
    );
    workspace.write(
        "templates/files/terraform/targets/{account}/backend.tf.tera",
        "terraform {\n  backend \"s3\" {\n    key = \"{{ name | safe }}/{{ target.account | safe }}.tfstate\"\n  }\n}\n",
    );
    workspace.write(
        "templates/files/cloudformation/README.md.tera",
        "# {{ name }}\n{% for target in targets %}\n- {{ target.name }}: {{ target.role_arn }}\n{%- endfor %}\n",
    );
    // A try-out changes nothing.
    let tried = workspace.says(&["diff", "--templates", "templates"], 1);
    assert!(tried.contains("Pinned by the platform team."), "{tried}");
    assert!(!workspace.path("rendered").exists());
    workspace.edit(
        "landgrant.yaml",
        "name: acme\n",
        "name: acme\ntemplates: templates\n",
    );
    workspace.says(&["render"], 0);
    for file in ["hub/terraform.tf", "targets/222222222222/main.tf"] {
        let versions = workspace.read(&format!("rendered/terraform/{file}"));
        assert!(
            versions.contains("# Pinned by the platform team."),
            "{file}"
        );
    }
    let module = workspace.read("rendered/terraform/modules/target-role/main.tf");
    assert!(
        module.contains("# What Micetro may do in this account. Asked for in NET-17."),
        "{module}"
    );
    let backend = workspace.read("rendered/terraform/targets/222222222222/backend.tf");
    assert!(backend.contains("key = \"acme/222222222222.tfstate\""));
    let readme = workspace.read("rendered/cloudformation/README.md");
    assert!(
        readme.contains("- dev: `arn:aws:iam::222222222222:role/MicetroAccess`\n"),
        "{readme}"
    );
    // The folder is complete: check needs no option, and review reads it.
    workspace.says(&["check"], 0);
    workspace.says(&["diff"], 0);
    let review = workspace.says(&["review", "landgrant.yaml", "rendered"], 0);
    assert!(review.contains("Grants the same as before"), "{review}");
    let stale = workspace.says(&["render"], 0);
    assert!(stale.contains("unchanged"), "{stale}");
    // A template that changed since is told, as the deployment would be.
    workspace.edit(
        "templates/files/cloudformation/README.md.tera",
        "# {{ name }}",
        "# Access for {{ name }}",
    );
    let stale = workspace.says(&["check"], 1);
    assert!(
        stale.contains("changed-output") && stale.contains("README.md"),
        "{stale}"
    );
    workspace.edit(
        "templates/files/cloudformation/README.md.tera",
        "\n- {{",
        "{# no change #}\n- {{",
    );
    workspace.edit(
        "templates/files/cloudformation/README.md.tera",
        "# Access for {{ name }}",
        "# {{ name }}",
    );
    let stale = workspace.says(&["check"], 1);
    assert!(
        stale.contains("stale-lock") && stale.contains("the template files/cloudformation"),
        "{stale}"
    );
    // Without them, nothing but the lock says that what they made was rendered: it stays, and is named.
    workspace.edit("landgrant.yaml", "templates: templates\n", "");
    let gone = workspace.says(&["check"], 1);
    assert!(gone.contains("extra-output"), "{gone}");
    let told = workspace.says(&["render"], 0);
    assert!(
        told.contains("left as it is: ") && told.contains("cloudformation/README.md"),
        "{told}"
    );
    assert!(workspace.path("rendered/cloudformation/README.md").exists());
    // What is nobody's now has to be accepted, or go.
    let told = workspace.says(&["check"], 1);
    assert!(
        told.contains("--accept") && told.contains("backend.tf"),
        "{told}"
    );
    let backends = ["222222222222", "333333333333"]
        .map(|account| format!("rendered/terraform/targets/{account}/backend.tf"));
    let [one, other] = &backends;
    workspace.says(&["render", "--accept", one, "--accept", other], 0);
    workspace.says(&["check"], 0);
}

#[test]
fn deployments_that_share_a_folder_share_its_faults() {
    let workspace = Workspace::on(DEPLOYMENT);
    let text = workspace.read("landgrant.yaml") + "templates: templates\n";
    for name in ["one", "two"] {
        let text = text
            .replace("name: acme", &format!("name: {name}"))
            .replace("svc-micetro", &format!("svc-{name}"))
            .replace("micetro-access", &format!("{name}-access"))
            .replace("MicetroAccess", &format!("{name}Access"));
        workspace.write(&format!("{name}.yaml"), &text);
    }
    let path = "templates/files/notes.md.tera";
    workspace.write(path, "{{ name | uper }}\n");
    let render = ["render", "one.yaml", "two.yaml"];
    let told = workspace.says(&render, 2);
    assert!(told.ends_with("1 error\n"), "{told}");
    workspace.write(path, "{{ name | upper }}\n");
    workspace.says(&render, 0);
    assert_eq!(workspace.read("rendered/two/notes.md"), "TWO\n");
}

#[test]
fn eject_overwrites_nothing_that_was_changed() {
    let workspace = Workspace::on(DEPLOYMENT);
    let path = "ours/deploy/DEPLOY.md.tera";
    let eject = ["templates", "eject", "deploy", "--out", "ours"];
    let told = workspace.says(&eject, 0);
    assert!(told.contains("1 template written to ours"), "{told}");
    let written = workspace.read(path);
    let known = landgrant::render::TEMPLATES
        .iter()
        .find(|template| template.name == "deploy/DEPLOY.md")
        .unwrap();
    assert_eq!(written, known.text);
    workspace.says(&eject, 0);
    workspace.edit(path, "# Deploying", "# Bringing out");
    let edited = workspace.read(path);
    let told = workspace.says(&["templates", "eject", "--out", "ours"], 2);
    assert!(told.contains(path) && told.contains("--force"), "{told}");
    assert_eq!(
        files(&workspace.path("ours")).len(),
        1,
        "nothing was written"
    );
    assert_eq!(workspace.read(path), edited);
    workspace.says(&[&eject[..], &["--force"]].concat(), 0);
    assert_eq!(workspace.read(path), known.text);
    let told = workspace.says(&["templates", "eject", "terraform/hub/mian.tf"], 2);
    assert!(
        told.contains("did you mean terraform/hub/main.tf?"),
        "{told}"
    );
    assert!(!workspace.path("templates").exists());
}

#[cfg(unix)]
#[test]
fn eject_writes_nothing_through_a_link() {
    let workspace = Workspace::on(DEPLOYMENT);
    fs::create_dir_all(workspace.path("elsewhere")).unwrap();
    fs::create_dir_all(workspace.path("ours")).unwrap();
    std::os::unix::fs::symlink(workspace.path("elsewhere"), workspace.path("ours/deploy")).unwrap();
    let told = workspace.says(&["templates", "eject", "--out", "ours"], 2);
    assert!(told.contains("ours/deploy is a symbolic link"), "{told}");
    assert!(files(&workspace.path("ours")).is_empty(), "{told}");
    // The folder that is named may be a link.
    std::os::unix::fs::symlink(workspace.path("elsewhere"), workspace.path("linked")).unwrap();
    workspace.says(&["templates", "eject", "deploy", "--out", "linked"], 0);
    assert_eq!(files(&workspace.path("elsewhere")).len(), 1);
}

#[cfg(unix)]
#[test]
fn a_link_is_not_followed() {
    for path in ["templates/files/secret.txt.tera", "templates/files/more"] {
        let workspace = Workspace::on(DEPLOYMENT);
        workspace.write("elsewhere/secret.txt.tera", "a secret\n");
        fs::create_dir_all(workspace.path("templates/files")).unwrap();
        let to = match path.ends_with(".tera") {
            true => workspace.path("elsewhere/secret.txt.tera"),
            false => workspace.path("elsewhere"),
        };
        std::os::unix::fs::symlink(to, workspace.path(path)).unwrap();
        let told = workspace.says(&["render", "--templates", "templates"], 2);
        assert!(
            told.contains(path) && told.contains("symbolic link"),
            "{told}"
        );
        assert!(!told.contains("a secret"), "{told}");
    }
}

/// Import blocks may be laid out otherwise, and make nothing.
#[test]
fn adopt_writes_imports_by_the_templates_and_nothing_else() {
    let workspace = Workspace::on(DEPLOYMENT);
    copy_folder(
        Path::new("fixtures/adopt/as-planned"),
        &workspace.path("snapshots"),
    );
    let name = "terraform/shared/imports.tf";
    workspace.says(&["templates", "eject", name], 0);
    let path = format!("templates/{name}.tera");
    workspace.edit(&path, "Delete this file", "NET-17. Delete this file");
    workspace.edit(
        "landgrant.yaml",
        "\nname: ",
        "\ntemplates: templates\nname: ",
    );
    workspace.says(&["render", "--catalogs", "catalogs"], 0);
    let text = workspace.read(&path);
    workspace.write(
        &path,
        &format!("{text}resource \"aws_iam_user\" \"x\" {{}}\n"),
    );
    let adopt = ["adopt", "--catalogs", "catalogs", "--snapshot", "snapshots"];
    let told = workspace.says(&adopt, 2);
    assert!(told.contains("it has a `resource` block"), "{told}");
    let imports = |files: Vec<PathBuf>| {
        let ends = |path: &PathBuf| path.ends_with("imports.tf");
        files.into_iter().filter(ends).collect::<Vec<_>>()
    };
    let written = || imports(files(&workspace.path("rendered")).into_keys().collect());
    assert!(written().is_empty());
    workspace.write(&path, &text);
    workspace.says(&adopt, 0);
    assert!(!written().is_empty());
    for path in written() {
        let text = workspace.read(&format!("rendered/{}", path.display()));
        assert!(text.contains("# NET-17. Delete this file"), "{text}");
    }
}
