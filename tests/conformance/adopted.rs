//! Access that was built by hand and is then adopted: `landgrant render`, `landgrant adopt`, and Terraform has nothing to
//! do but to import.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use landgrant::model::{Site, TrustDetails};
use landgrant::plan::HubPermissions;
use serde_json::{Map, Value, json};

use crate::case::{Case, Root};
use crate::moto::{self, Moto};

/// What a team would have built by hand, account by account, so that it is what the case plans.
pub(crate) fn by_hand(case: &Case) -> Vec<(String, Value)> {
    let plan = &case.plan;
    let mut accounts = Vec::new();
    if let Some(hub) = &plan.hub {
        let site = Site {
            partition: plan.partition,
            account: &hub.account,
        };
        let groups = hub.groups.iter().enumerate().map(|(number, group)| {
            let inline: Map<String, Value> = hub
                .assume_role
                .iter()
                .filter(|policy| policy.group == number)
                .map(|policy| (policy.name.to_string(), policy.document.to_json(site)))
                .collect();
            json!({"name": group.name.as_str(), "path": group.path.as_str(), "inline": inline})
        });
        let inline_in_user = hub.placement == HubPermissions::UserInline;
        let users = hub.users.iter().enumerate().map(|(number, user)| {
            let groups: Vec<&str> = hub.groups[user.groups.clone()]
                .iter()
                .map(|group| group.name.as_str())
                .collect();
            let arn = hub.user_arn(user).at(site);
            let planned = &case.access.identities[&arn];
            let inline: Map<String, Value> = hub
                .permissions
                .iter()
                .filter(|policy| inline_in_user && policy.user == number)
                .map(|policy| (policy.name.to_string(), policy.document.to_json(site)))
                .collect();
            json!({
                "name": user.name.as_str(),
                "path": user.path.as_str(),
                "groups": groups,
                "inline": inline,
                "tags": planned.tags,
                "boundary": planned.permissions_boundary,
            })
        });
        let tags: Map<String, Value> = hub
            .tags
            .iter()
            .map(|(key, value)| (key.as_str().to_owned(), json!(value.as_str())))
            .collect();
        let managed = hub.permissions.iter().filter(|_| !inline_in_user);
        let policies = managed.map(|policy| {
            let group = hub.groups[hub.first_group(policy.user)].name.as_str();
            json!({
                "name": policy.name.as_str(),
                "description": format!("{}: what the product may do in this account", policy.product),
                "document": policy.document.to_json(site),
                "tags": tags,
                "attached_to_groups": [group],
            })
        });
        let wanted = json!({
            "groups": groups.collect::<Vec<_>>(),
            "users": users.collect::<Vec<_>>(),
            "policies": policies.collect::<Vec<_>>(),
        });
        accounts.push((hub.account.to_string(), wanted));
    }
    for target in &plan.targets {
        let role = &plan.roles[target.role];
        let site = Site {
            partition: plan.partition,
            account: &target.account,
        };
        let user = target.trusted_user.as_ref().map(|user| user.at(site));
        let details = TrustDetails {
            user: user.as_deref(),
            external_id: target.external_id.as_ref().map(|id| id.as_str()),
        };
        let planned = &case.access.identities[&target.role_arn().at(site)];
        let tags = &planned.tags;
        let policies = role.permissions.iter();
        let mut inline = Map::new();
        let mut managed = Vec::new();
        for policy in policies {
            let document = policy.document.to_json(site);
            match role.managed {
                false => {
                    inline.insert(policy.name.to_string(), document);
                }
                true => managed.push(json!({
                    "name": target.managed_name(policy),
                    "path": target.role_path.as_str(),
                    "description": format!("{}: what the product may do in this account", policy.product),
                    "document": document,
                    "tags": tags,
                    "attached_to_roles": [target.role_name.as_str()],
                })),
            }
        }
        let wanted = json!({
            "roles": [{
                "name": target.role_name.as_str(),
                "path": target.role_path.as_str(),
                "trust": role.trust.to_json(site, details),
                "description": format!("Access for {}", plan.products.join(", ")),
                "max_session": target.max_session.seconds(),
                "tags": tags,
                "boundary": planned.permissions_boundary,
                "inline": inline,
            }],
            "policies": managed,
        });
        accounts.push((target.account.to_string(), wanted));
    }
    accounts
}

/// Builds it.
pub(crate) fn build(moto: &Moto, accounts: &[(String, Value)], folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for (account, wanted) in accounts {
        let file = folder.join(format!("{account}.wanted.json"));
        fs::write(&file, wanted.to_string()).unwrap();
        call(moto, "build", account, &file);
    }
}

/// Saves what each account tells of itself. Gives the snapshots.
pub(crate) fn save(
    moto: &Moto,
    accounts: &[(String, Value)],
    folder: &Path,
) -> Vec<(String, PathBuf)> {
    fs::create_dir_all(folder).unwrap();
    accounts
        .iter()
        .map(|(account, _)| {
            let snapshot = folder.join(format!("{account}.json"));
            call(moto, "save", account, &snapshot);
            (account.clone(), snapshot)
        })
        .collect()
}

fn call(moto: &Moto, command: &str, account: &str, file: &Path) {
    let done: String = moto::call(
        moto,
        "by_hand.py",
        [command.as_ref(), account.as_ref(), file.as_os_str()],
    );
    assert_eq!(done, account);
}

/// Runs `landgrant adopt` for a folder and gives what it prints.
pub(crate) fn adopt(name: &str, snapshots: &[(String, PathBuf)], out: &Path) -> String {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut command = Command::new(env!("CARGO_BIN_EXE_landgrant"));
    command
        .arg("adopt")
        .arg(fixtures.join("render").join(name).join("landgrant.yaml"))
        .arg("--catalogs")
        .arg(fixtures.join("catalogs"))
        .arg("--out")
        .arg(out);
    for (account, path) in snapshots {
        command
            .arg("--snapshot")
            .arg(format!("{account}={}", path.display()));
    }
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// What a Terraform plan does: address, actions, and whether the resource is imported, sorted.
pub(crate) fn changes(planned: &Value) -> Vec<(String, String, bool)> {
    let changes = planned["resource_changes"].as_array().unwrap();
    let mut changes: Vec<_> = changes
        .iter()
        .map(|change| {
            let actions: Vec<&str> = change["change"]["actions"]
                .as_array()
                .unwrap()
                .iter()
                .map(|action| action.as_str().unwrap())
                .collect();
            (
                change["address"].as_str().unwrap().to_owned(),
                actions.join(","),
                change["change"].get("importing").is_some(),
            )
        })
        .collect();
    changes.sort();
    changes
}

/// Asserts that a plan does nothing but import.
pub(crate) fn assert_only_imports(root: &Root, planned: &Value) {
    let changes = changes(planned);
    assert!(!changes.is_empty());
    for (address, actions, imported) in changes {
        assert_eq!(
            (actions.as_str(), imported),
            ("no-op", true),
            "{address} of {}: {:#}",
            root.account,
            planned["resource_changes"]
        );
    }
}
