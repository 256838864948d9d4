//! What Terraform plans for many root modules at once, each as a module of one configuration, in the words of what they grant.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use landgrant::model::{Access, FileSet, IdentityKind, PolicyKind};
use landgrant::readback::{read_policy, read_trust_policy};
use serde_json::{Value, json};

use super::tools;

/// A root module, with the modules that it calls.
pub(crate) struct Sample {
    pub(crate) files: FileSet,
    /// The folder of the root module.
    pub(crate) root: String,
    pub(crate) account: String,
}

/// Terraform in a folder of its own.
pub(crate) struct Reader {
    program: PathBuf,
    folder: tempfile::TempDir,
    initialized: bool,
}

/// The longest session of a role for which nobody says one (IAM API Reference, `MaxSessionDuration` of `CreateRole`).
const DEFAULT_SESSION: u64 = 3600;

impl Reader {
    pub(crate) fn new(tool: &tools::Terraform) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mirror = Value::from(tool.mirror.to_str().unwrap());
        let config = format!(
            "disable_checkpoint = true\n\nprovider_installation {{\n  filesystem_mirror {{\n    path = {mirror}\n  }}\n}}\n"
        );
        fs::write(folder.path().join("terraform.rc"), config).unwrap();
        fs::create_dir(folder.path().join("all")).unwrap();
        Self {
            program: tool.program.clone(),
            folder,
            initialized: false,
        }
    }

    /// What is planned for each sample, as facts; nothing of those that Terraform refuses.
    pub(crate) fn read(&mut self, samples: &[Sample]) -> Vec<Option<BTreeSet<String>>> {
        let mut refused = BTreeSet::new();
        loop {
            self.lay_out(samples, &refused);
            match self.planned() {
                Ok(plan) => {
                    let facts = samples.iter().enumerate().map(|(number, sample)| {
                        (!refused.contains(&number)).then(|| planned_facts(&plan, number, sample))
                    });
                    return facts.collect();
                }
                Err(output) => {
                    let said = String::from_utf8_lossy(&output.stderr);
                    let named = (0..samples.len()).filter(|number| {
                        said.contains(&format!("on s{number}/"))
                            || said.contains(&format!("module.s{number}."))
                    });
                    let before = refused.len();
                    refused.extend(named);
                    assert!(refused.len() > before, "Terraform failed: {said}");
                }
            }
        }
    }

    fn all(&self) -> PathBuf {
        self.folder.path().join("all")
    }

    fn lay_out(&self, samples: &[Sample], refused: &BTreeSet<usize>) {
        let all = self.all();
        for entry in fs::read_dir(&all).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with(".terraform") {
                fs::remove_dir_all(path).unwrap();
            }
        }
        let mut main = String::from(
            "provider \"aws\" {\n  region                      = \"us-east-1\"\n  skip_credentials_validation = true\n  \
             skip_requesting_account_id  = true\n  skip_metadata_api_check     = true\n}\n",
        );
        for (number, sample) in samples.iter().enumerate() {
            if refused.contains(&number) {
                continue;
            }
            for (path, text) in &sample.files {
                // A module that is called has no providers of its own.
                if path.file_name() == Some("providers.tf") {
                    continue;
                }
                let path = all.join(format!("s{number}")).join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            main.push_str(&format!(
                "module \"s{number}\" {{\n  source = \"./s{number}/{}\"\n}}\n",
                sample.root
            ));
        }
        fs::write(all.join("main.tf"), main).unwrap();
    }

    /// The plan as JSON, or what Terraform said instead.
    fn planned(&mut self) -> Result<Value, Output> {
        let first: &[&str] = match self.initialized {
            true => &["get", "-no-color"],
            false => &["init", "-input=false", "-no-color"],
        };
        self.run(first)?;
        self.initialized = true;
        self.run(&["plan", "-out=planned", "-input=false", "-no-color"])?;
        let output = self.run(&["show", "-json", "planned"])?;
        Ok(serde_json::from_slice(&output.stdout).unwrap())
    }

    fn run(&self, arguments: &[&str]) -> Result<Output, Output> {
        let output = Command::new(&self.program)
            .args(arguments)
            .current_dir(self.all())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.folder.path())
            .env(
                "TF_CLI_CONFIG_FILE",
                self.folder.path().join("terraform.rc"),
            )
            .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "example")
            .output()
            .unwrap();
        match output.status.success() {
            true => Ok(output),
            false => Err(output),
        }
    }
}

/// What a plan makes in the module of a sample.
fn planned_facts(plan: &Value, number: usize, sample: &Sample) -> BTreeSet<String> {
    let modules = &plan["planned_values"]["root_module"]["child_modules"];
    let address = format!("module.s{number}");
    let own = modules
        .as_array()
        .into_iter()
        .flatten()
        .find(|module| module["address"] == address.as_str());
    let mut facts = BTreeSet::new();
    if let Some(module) = own {
        collect(module, &sample.account, &mut facts);
    }
    facts
}

fn collect(module: &Value, account: &str, facts: &mut BTreeSet<String>) {
    for resource in module["resources"].as_array().into_iter().flatten() {
        facts.extend(fact(resource, account));
    }
    for inner in module["child_modules"].as_array().into_iter().flatten() {
        collect(inner, account, facts);
    }
}

fn fact(resource: &Value, account: &str) -> Option<String> {
    let values = &resource["values"];
    let text = |key: &str| values[key].as_str().unwrap_or_default().to_owned();
    let arn = |kind: &str, name: &str| {
        let path = values["path"].as_str().unwrap_or("/");
        format!("arn:aws:iam::{account}:{kind}{path}{name}")
    };
    let document = |key: &str| -> Value {
        serde_json::from_str(&text(key)).unwrap_or_else(|error| panic!("{resource}: {error}"))
    };
    let grants = || format!("{:?}", read_policy("planned", &document("policy")).unwrap());
    let of_principal = |kind: IdentityKind, trust: String, session: Value| {
        let tags = match &values["tags"] {
            Value::Null => json!({}),
            tags => tags.clone(),
        };
        principal(
            &arn(&kind.to_string(), &text("name")),
            &values["permissions_boundary"],
            &session,
            &tags,
            &trust,
        )
    };
    let kind = resource["type"].as_str().unwrap();
    Some(match kind {
        "aws_iam_user" => of_principal(IdentityKind::User, "{}".to_owned(), Value::Null),
        "aws_iam_group" => format!("{} group", arn("group", &text("name"))),
        "aws_iam_role" => {
            let trust = read_trust_policy("planned", &document("assume_role_policy")).unwrap();
            of_principal(
                IdentityKind::Role,
                format!("{trust:?}"),
                values["max_session_duration"].clone(),
            )
        }
        "aws_iam_policy" => format!("{} {}", arn("policy", &text("name")), grants()),
        "aws_iam_group_policy" => inline("group", &text("group"), &text("name"), &grants()),
        "aws_iam_user_policy" => inline("user", &text("user"), &text("name"), &grants()),
        "aws_iam_role_policy" => inline("role", &text("role"), &text("name"), &grants()),
        "aws_iam_user_group_membership" => {
            let mut groups: Vec<&str> = values["groups"]
                .as_array()
                .unwrap()
                .iter()
                .map(|group| group.as_str().unwrap())
                .collect();
            groups.sort_unstable();
            format!("user {} in {}", text("user"), groups.join(", "))
        }
        // Its policy has an ARN that is known only once it is made.
        "aws_iam_group_policy_attachment" => format!("group {} has a policy", text("group")),
        "aws_iam_role_policy_attachment" => format!("role {} has a policy", text("role")),
        "aws_iam_instance_profile" => in_profile(&text("role"), &(text("path") + &text("name"))),
        "aws_iam_openid_connect_provider" => {
            let issuer = text("url").replace("https://", "oidc-provider/");
            let audiences = values["client_id_list"].as_array().unwrap();
            let audiences = audiences.iter().map(|one| one.as_str().unwrap());
            provider(&issuer, audiences)
        }
        "terraform_data" => return None,
        other => format!("something else: {other}"),
    })
}

fn principal(arn: &str, boundary: &Value, session: &Value, tags: &Value, trust: &str) -> String {
    format!("{arn} boundary {boundary} session {session} tags {tags} trust {trust}")
}

fn provider<'a>(issuer: &str, audiences: impl Iterator<Item = &'a str>) -> String {
    let audiences: BTreeSet<&str> = audiences.collect();
    format!("{issuer} takes tokens for {audiences:?}")
}

fn in_profile(role: &str, profile: &str) -> String {
    format!("role {role} in the instance profile {profile}")
}

fn inline(kind: &str, owner: &str, name: &str, grants: &str) -> String {
    format!("{kind} {owner} may by {name}: {grants}")
}

/// The same facts of what was read.
pub(crate) fn read_facts(access: &Access) -> BTreeSet<String> {
    let mut facts = BTreeSet::new();
    for (arn, identity) in &access.identities {
        let kind = identity.kind.to_string();
        let name = arn.rsplit('/').next().unwrap();
        let session = match identity.kind {
            IdentityKind::Role => {
                let seconds = identity.max_session.map(u64::from);
                Value::from(seconds.unwrap_or(DEFAULT_SESSION))
            }
            _ => Value::Null,
        };
        facts.insert(match identity.kind {
            IdentityKind::Group => format!("{arn} group"),
            _ => principal(
                arn,
                &json!(identity.permissions_boundary),
                &session,
                &json!(identity.tags),
                &format!("{:?}", identity.trust),
            ),
        });
        for ((policy, policy_name), grants) in &identity.policies {
            facts.insert(match policy {
                PolicyKind::Inline => inline(&kind, name, policy_name, &format!("{grants:?}")),
                PolicyKind::Managed | PolicyKind::OfAws => format!("{kind} {name} has a policy"),
            });
        }
        for profile in &identity.instance_profiles {
            facts.insert(in_profile(name, profile));
        }
        if !identity.groups.is_empty() {
            let mut groups: Vec<&str> = identity
                .groups
                .iter()
                .map(|group| group.rsplit('/').next().unwrap())
                .collect();
            groups.sort_unstable();
            facts.insert(format!("{kind} {name} in {}", groups.join(", ")));
        }
    }
    for (arn, audiences) in &access.identity_providers {
        let (_, issuer) = arn.rsplit_once(':').unwrap();
        facts.insert(provider(issuer, audiences.iter().map(String::as_str)));
    }
    for (arn, grants) in &access.managed_policies {
        facts.insert(format!("{arn} {grants:?}"));
    }
    facts
}

/// What Terraform holds of expressions, each as JSON: all are outputs of one configuration without providers. Nothing of those
/// that it refuses.
pub(crate) fn values(tool: &tools::Terraform, texts: &[String]) -> Vec<Option<Value>> {
    let folder = tempfile::tempdir().unwrap();
    let mut refused = BTreeSet::new();
    loop {
        for entry in fs::read_dir(folder.path()).unwrap() {
            let _ = fs::remove_file(entry.unwrap().path());
        }
        for (number, text) in texts.iter().enumerate() {
            if !refused.contains(&number) {
                let output = format!("output \"o{number}\" {{\n  value = jsonencode({text})\n}}\n");
                fs::write(folder.path().join(format!("o{number}-.tf")), output).unwrap();
            }
        }
        let run = |arguments: &[&str]| {
            Command::new(&tool.program)
                .args(arguments)
                .current_dir(folder.path())
                .env("CHECKPOINT_DISABLE", "1")
                .output()
                .unwrap()
        };
        let output = run(&["plan", "-out=planned", "-input=false", "-no-color"]);
        if output.status.success() {
            let output = run(&["show", "-json", "planned"]);
            let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
            let outputs = &plan["planned_values"]["outputs"];
            let value = |number: usize| {
                let text = outputs[format!("o{number}")]["value"].as_str()?;
                serde_json::from_str(text).ok()
            };
            return (0..texts.len()).map(value).collect();
        }
        let said = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        let before = refused.len();
        refused.extend((0..texts.len()).filter(|number| said.contains(&format!("o{number}-.tf"))));
        assert!(refused.len() > before, "Terraform failed: {said}");
    }
}

/// Where the fuzzer reports what differs.
pub(crate) fn keep(sample: &Sample) -> String {
    let files = sample.files.iter();
    files
        .map(|(path, text)| format!("== {path}\n{text}"))
        .collect()
}

/// The path of a file that is read, below a folder.
pub(crate) fn is_below(path: &str, folder: &str) -> bool {
    Path::new(path).starts_with(folder)
}
