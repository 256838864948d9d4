//! Every deployment of `fixtures/render`, as AWS would tell of it: as it is planned the audit finds nothing, and whatever
//! is changed in it, the audit finds something.

use std::collections::BTreeMap;
use std::fs;

use camino::Utf8Path;
use landgrant::audit::{self, Audit, Input, Seen};
use landgrant::diag::SourceMap;
use landgrant::load::snapshot::Snapshot;
use landgrant::load::{self, Interest};
use landgrant::model::AccountId;
use landgrant::plan::Plan;
use landgrant::reference::Reference;
use landgrant::resolve::Resolved;
use landgrant::{adopt, plan};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::support::{by_hand, pipeline};

/// Targets are alike: these many accounts of a deployment are changed.
const MOST_ACCOUNTS: usize = 2;
/// So are the items of a long list.
const MOST_ITEMS: usize = 8;

/// A deployment with what its accounts tell.
struct Deployed {
    resolved: Resolved,
    plan: Plan,
    interest: Interest,
    accounts: Vec<(AccountId, Value)>,
    snapshots: BTreeMap<AccountId, Snapshot>,
    folder: TempDir,
}

impl Deployed {
    fn as_planned(name: &str) -> Self {
        let (planned, _) = pipeline::plan(&pipeline::deployment(name));
        let (resolved, plan) = planned.unwrap();
        let access = plan::access(&plan);
        let accounts: Vec<(AccountId, Value)> = by_hand::by_hand(&plan, &access)
            .into_iter()
            .map(|(account, wanted)| {
                let told = told(&account, plan.partition.as_str(), &wanted);
                (AccountId::parse(&account).unwrap(), told)
            })
            .collect();
        let mut deployed = Self {
            interest: adopt::interest(&access),
            resolved,
            plan,
            accounts,
            snapshots: BTreeMap::new(),
            folder: tempfile::tempdir().unwrap(),
        };
        for (account, told) in &deployed.accounts {
            let snapshot = deployed.read(account, told);
            deployed.snapshots.insert(account.clone(), snapshot);
        }
        deployed
    }

    fn read(&self, account: &AccountId, told: &Value) -> Snapshot {
        let folder = Utf8Path::from_path(self.folder.path()).unwrap();
        let path = folder.join("snapshot.json");
        let mut told = told.clone();
        // Every account has roles that AWS creates.
        told["RoleDetailList"].as_array_mut().unwrap().push(json!({
            "RoleName": "AWSServiceRoleForSupport",
            "Path": "/aws-service-role/support.amazonaws.com/",
            "Arn": format!("arn:aws:iam::{account}:role/aws-service-role/support.amazonaws.com/AWSServiceRoleForSupport"),
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow",
                "Principal": {"Service": "support.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }]},
        }));
        fs::write(&path, told.to_string()).unwrap();
        let mut sources = SourceMap::default();
        let (snapshot, faults) =
            load::load_snapshot(&mut sources, account, &path, &self.interest).unwrap();
        assert!(faults.is_empty(), "{faults:#?}");
        snapshot.unwrap()
    }

    /// What the audit says if one account tells something else.
    fn audit(&self, changed: Option<(&AccountId, &Value)>) -> Audit {
        let mut snapshots = self.snapshots.clone();
        if let Some((account, told)) = changed {
            snapshots.insert(account.clone(), self.read(account, told));
        }
        let (audit, faults) = audit::audit(&Input {
            resolved: &self.resolved,
            plan: &self.plan,
            seen: Seen::Accounts {
                snapshots: &snapshots,
                reports: &BTreeMap::new(),
            },
            reference: Reference::embedded(),
            today: time::Date::from_ordinal_date(2026, 1).unwrap(),
            partial: false,
        });
        assert!(faults.is_empty());
        audit
    }
}

#[test]
fn what_is_there_as_planned_is_clean() {
    let names = pipeline::fixture_names();
    assert!(names.len() >= 12);
    for name in names {
        let deployed = Deployed::as_planned(&name);
        let audit = deployed.audit(None);
        // A snapshot tells no identity providers, and the audit says so.
        let unseen = |finding: &&audit::Finding| finding.rule.code == "unseen-provider";
        let notes = audit.findings.iter().filter(unseen).count();
        let providers = plan::access(&deployed.plan).identity_providers.len();
        assert_eq!(notes, providers, "{name}");
        assert_eq!(audit.findings.len(), notes, "{name}: {:#?}", audit.findings);
        assert_eq!(audit.accounts.len(), deployed.accounts.len());
    }
}

#[test]
fn the_role_by_which_terraform_enters_is_known() {
    let deployed = Deployed::as_planned("shape-single-root");
    let (account, told) = &deployed.accounts[1];
    let found = |path: &str, name: &str| {
        let mut told = told.clone();
        told["RoleDetailList"].as_array_mut().unwrap().push(json!({
            "RoleName": name,
            "Path": path,
            "Arn": format!("arn:aws:iam::{account}:role{path}{name}"),
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
                "Action": "sts:AssumeRole",
            }]},
        }));
        let audit = deployed.audit(Some((account, &told)));
        let rules = audit.findings.iter().map(|finding| finding.rule.code);
        rules.collect::<Vec<_>>()
    };
    assert_eq!(found("/deployers/", "TerraformDeploy"), [] as [&str; 0]);
    assert_eq!(found("/", "TerraformDeploy"), ["foreign-role"]);
}

#[test]
fn every_change_is_found() {
    let mut changes = 0;
    for name in [
        "micetro-overrides",
        "micetro-two-targets",
        "split-role",
        "multitool-roles",
        "trust-ec2",
    ] {
        let deployed = Deployed::as_planned(name);
        for (account, told) in deployed.accounts.iter().take(MOST_ACCOUNTS) {
            for (what, changed) in changed(told) {
                let audit = deployed.audit(Some((account, &changed)));
                assert!(!audit.findings.is_empty(), "{name}, {account}: {what}");
                let here = |finding: &audit::Finding| finding.account.as_ref() == Some(account);
                assert!(audit.findings.iter().all(here), "{name}, {account}: {what}");
                changes += 1;
            }
        }
    }
    assert!(changes > 500, "only {changes} changes");
}

/// Every value with one text longer or one item of a list less.
fn changed(value: &Value) -> Vec<(String, Value)> {
    match value {
        Value::String(text) => vec![(format!("{text} changed"), json!(format!("{text}x")))],
        Value::Array(items) => {
            let mut all = Vec::new();
            for (index, item) in items.iter().enumerate().take(MOST_ITEMS) {
                let mut fewer = items.clone();
                fewer.remove(index);
                all.push((format!("without {item}"), Value::Array(fewer)));
                for (what, item) in changed(item) {
                    let mut items = items.clone();
                    items[index] = item;
                    all.push((what, Value::Array(items)));
                }
            }
            all
        }
        Value::Object(fields) => {
            let mut all = Vec::new();
            for (key, value) in fields {
                // Names and Sids grant nothing, and an ARN of another account is another's snapshot.
                if ["Sid", "Arn", "PolicyName", "Path", "Description"].contains(&key.as_str()) {
                    continue;
                }
                for (what, value) in changed(value) {
                    let mut fields = fields.clone();
                    fields[key] = value;
                    all.push((format!("{key}: {what}"), Value::Object(fields)));
                }
            }
            all
        }
        _ => Vec::new(),
    }
}

/// What AWS tells of an account that was built by hand.
fn told(account: &str, partition: &str, wanted: &Value) -> Value {
    let arn = |kind: &str, item: &Value| {
        let path = item["path"].as_str().unwrap_or("/");
        let name = item["name"].as_str().unwrap();
        json!(format!("arn:{partition}:iam::{account}:{kind}{path}{name}"))
    };
    let list = |key: &str| wanted[key].as_array().cloned().unwrap_or_default();
    let policies = list("policies");
    let attached = |key: &str, name: &Value| -> Vec<Value> {
        let to = |policy: &&Value| {
            policy[key]
                .as_array()
                .is_some_and(|names| names.contains(name))
        };
        let mine = policies.iter().filter(to);
        mine.map(|policy| json!({"PolicyName": policy["name"], "PolicyArn": arn("policy", policy)}))
            .collect()
    };
    let of_aws = |item: &Value| -> Vec<Value> {
        let arns = item["of_aws"].as_array().into_iter().flatten();
        arns.map(|arn| {
            let name = arn.as_str().unwrap().rsplit('/').next();
            json!({"PolicyName": name, "PolicyArn": arn})
        })
        .collect()
    };
    let common = |kind: &str, key: &str, item: &Value| {
        let inline: Vec<Value> = item["inline"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, document)| json!({"PolicyName": name, "PolicyDocument": document}))
            .collect();
        let mut told = Map::new();
        let name = format!("{}{}Name", kind[..1].to_uppercase(), &kind[1..]);
        told.insert(name, item["name"].clone());
        told.insert(
            "Path".to_owned(),
            item.get("path").cloned().unwrap_or(json!("/")),
        );
        told.insert("Arn".to_owned(), arn(kind, item));
        let list = format!("{}{}PolicyList", kind[..1].to_uppercase(), &kind[1..]);
        told.insert(list, json!(inline));
        told.insert(
            "AttachedManagedPolicies".to_owned(),
            json!([attached(key, &item["name"]), of_aws(item)].concat()),
        );
        if let Some(boundary) = item["boundary"].as_str() {
            told.insert(
                "PermissionsBoundary".to_owned(),
                json!({"PermissionsBoundaryArn": boundary}),
            );
        }
        let tags = item["tags"].as_object().into_iter().flatten();
        let tags: Vec<Value> = tags
            .map(|(key, value)| json!({"Key": key, "Value": value}))
            .collect();
        told.insert("Tags".to_owned(), json!(tags));
        told
    };
    let users = list("users")
        .iter()
        .map(|user| {
            let mut told = common("user", "attached_to_users", user);
            told.insert("GroupList".to_owned(), user["groups"].clone());
            Value::Object(told)
        })
        .collect::<Vec<_>>();
    let groups = list("groups")
        .iter()
        .map(|group| Value::Object(common("group", "attached_to_groups", group)))
        .collect::<Vec<_>>();
    let roles = list("roles")
        .iter()
        .map(|role| {
            let mut told = common("role", "attached_to_roles", role);
            told.insert("AssumeRolePolicyDocument".to_owned(), role["trust"].clone());
            let profiles = role["instance_profiles"].as_array().into_iter().flatten();
            let profiles = profiles.map(|profile| {
                let (path, name) = profile.as_str().unwrap().rsplit_once('/').unwrap();
                json!({"InstanceProfileName": name, "Path": format!("{path}/")})
            });
            told.insert("InstanceProfileList".to_owned(), profiles.collect());
            Value::Object(told)
        })
        .collect::<Vec<_>>();
    let policies: Vec<Value> = policies
        .iter()
        .map(|policy| {
            json!({
                "Arn": arn("policy", policy),
                "PolicyVersionList": [{"IsDefaultVersion": true, "Document": policy["document"]}],
            })
        })
        .collect();
    json!({
        "UserDetailList": users,
        "GroupDetailList": groups,
        "RoleDetailList": roles,
        "Policies": policies,
    })
}
