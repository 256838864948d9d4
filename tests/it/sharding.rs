//! Targets over groups: every group within its quota, every target where it was, whatever comes and goes.

use std::collections::{BTreeMap, BTreeSet};

use landgrant::load;
use landgrant::model::Site;
use landgrant::plan::{self, Placement, Plan};
use landgrant::reference::Reference;
use landgrant::{readback, render, resolve};
use proptest::collection::btree_set;
use proptest::prelude::*;

/// All inline policies of one group, as AWS documents it.
const GROUP: usize = 5_120;

/// Micetro, or MultiTool where the policy is one list of roles, in these accounts.
fn planned(
    accounts: &[u64],
    role: &str,
    catalog: &str,
    before: &Placement,
) -> Result<Plan, String> {
    let (catalog, features) = match catalog {
        "micetro" => ("micetro@10.2", "account, multi-account, dns"),
        _ => ("multitool@1", "cloudwatch"),
    };
    let targets: String = accounts
        .iter()
        .map(|account| format!("  - {{account: \"{account:012}\", name: t{account}}}\n"))
        .collect();
    // A template holds 500 resources.
    let outputs = match accounts.len() {
        0..=400 => "[terraform, cloudformation]",
        _ => "[terraform]",
    };
    let text = format!(
        "schema: landgrant/deployment/v1\nname: many\noutputs: {outputs}\n\
         hub: {{account: \"999999999999\", user: svc, group: access}}\n\
         products:\n  - {{catalog: {catalog}, features: [{features}]}}\n\
         role: {{name: {role}}}\ntargets:\n{targets}"
    );
    plan_of(&text, before)
}

fn plan_of(text: &str, before: &Placement) -> Result<Plan, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = camino::Utf8Path::from_path(folder.path())
        .unwrap()
        .join("landgrant.yaml");
    std::fs::write(&path, text).unwrap();
    let (loaded, faults) = load::load(&[path], None).unwrap();
    assert_eq!(faults, []);
    let (resolved, faults) = resolve::resolve(&loaded, Reference::embedded());
    assert_eq!(faults, []);
    let (plan, faults) = plan::plan(&resolved[0], before);
    plan.ok_or_else(|| faults[0].message.clone())
}

/// The number of the group of each account, from 1, and that each group is within its quota.
fn places(plan: &Plan) -> BTreeMap<String, usize> {
    let hub = plan.hub.as_ref().unwrap();
    let site = Site {
        partition: plan.partition,
        account: &hub.account,
    };
    for (number, group) in hub.groups.iter().enumerate() {
        let own = hub
            .assume_role
            .iter()
            .filter(|policy| policy.group == number);
        let used: usize = own.map(|policy| policy.document.size(site)).sum();
        assert!(used <= GROUP, "{} has {used}", group.name);
    }
    let placed = plan.placement();
    placed
        .iter()
        .map(|(account, group)| (account.to_string(), group))
        .collect()
}

fn numbers(count: u64) -> Vec<u64> {
    (1..=count).collect()
}

fn micetro(count: u64) -> Result<Plan, String> {
    planned(&numbers(count), "MicetroRole", "micetro", &Placement::new())
}

#[test]
fn a_group_holds_36_targets_and_a_user_ten_groups() {
    for (targets, groups, users) in [
        (1, 1, 1),
        (36, 1, 1),
        (37, 2, 1),
        (360, 10, 1),
        (361, 11, 2),
        (370, 11, 2),
        (2_000, 56, 6),
    ] {
        let plan = micetro(targets).unwrap();
        assert_eq!(places(&plan).len() as u64, targets);
        let hub = plan.hub.as_ref().unwrap();
        assert_eq!(hub.groups.len(), groups, "{targets}");
        assert_eq!(hub.users.len(), users, "{targets}");
        assert!(hub.users.iter().all(|user| user.groups.len() <= 10));
        let files = render::render(&plan).unwrap();
        readback::verify(&plan, &files).unwrap();
    }
}

#[test]
fn a_list_of_roles_is_denser() {
    // 111 in one group, as measured on documents that AWS took.
    for (targets, groups) in [(111, 1), (113, 2), (1_000, 10)] {
        let plan = planned(
            &numbers(targets),
            "MicetroRole",
            "multitool",
            &Placement::new(),
        )
        .unwrap();
        assert_eq!(places(&plan).len() as u64, targets);
        assert_eq!(plan.hub.as_ref().unwrap().groups.len(), groups, "{targets}");
        let files = render::render(&plan).unwrap();
        readback::verify(&plan, &files).unwrap();
    }
}

#[test]
fn a_longer_role_name_moves_only_what_no_longer_fits() {
    let before = micetro(72).unwrap();
    let before = before.placement();
    let after = planned(&numbers(72), "MicetroAccessRole", "micetro", &before).unwrap();
    let places = places(&after);
    let moved: Vec<usize> = before
        .iter()
        .filter(|(account, group)| places[&account.to_string()] != *group)
        .map(|(account, _)| places[&account.to_string()])
        .collect();
    assert!(!moved.is_empty() && moved.len() <= 6, "{moved:?}");
    assert!(moved.iter().all(|&group| group == 3), "{moved:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_target_that_stays_ever_moves(
        steps in proptest::collection::vec(btree_set(1_u64..400, 1..150), 2..6),
        list in any::<bool>(),
    ) {
        let catalog = if list { "multitool" } else { "micetro" };
        let mut before = Placement::new();
        let mut last: BTreeMap<String, usize> = BTreeMap::new();
        for accounts in steps {
            let accounts: Vec<u64> = accounts.into_iter().collect();
            let plan = planned(&accounts, "MicetroRole", catalog, &before).unwrap();
            let now = places(&plan);
            let all: BTreeSet<String> = accounts.iter().map(|account| format!("{account:012}")).collect();
            prop_assert_eq!(&all, &now.keys().cloned().collect());
            for (account, group) in &now {
                if let Some(was) = last.get(account) {
                    prop_assert_eq!(was, group, "{}", account);
                }
            }
            before = plan.placement();
            last = now;
        }
    }
}

#[test]
fn a_second_user_changes_no_file_of_the_first_ones_targets() {
    let before = micetro(360).unwrap();
    let after = micetro(361).unwrap();
    let (before, after) = (
        render::render(&before).unwrap(),
        render::render(&after).unwrap(),
    );
    let changed: Vec<&str> = after
        .iter()
        .filter(|(path, text)| before.get(*path) != Some(text))
        .map(|(path, _)| path.as_str())
        .collect();
    // How to deploy it all, and the list of root modules.
    let lists = ["DEPLOY.md", "deploy.json", "terraform/matrix.json"];
    let outside: Vec<&&str> = changed
        .iter()
        .filter(|path| !path.contains("/hub") && !path.contains("000000000361"))
        .filter(|path| !lists.contains(path))
        .collect();
    assert!(outside.is_empty(), "{outside:?}");
    let root = &after[camino::Utf8Path::new("terraform/targets/000000000361/main.tf")];
    assert!(root.contains("user/svc-2"), "{root}");
}

#[test]
fn without_a_user_nobody_could_be_in_an_eleventh_group() {
    let text = "schema: landgrant/deployment/v1\nname: many\noutputs: [terraform]\n\
         hub: {account: \"999999999999\", group: access}\n\
         products:\n  - {catalog: multitool@1, features: [cloudwatch]}\n\
         role: {name: MultiToolRole}\ntrust: {principal: account, restrict_to_user: false}\ntargets:\n";
    let targets: String = (1..=1_200)
        .map(|account| format!("  - {{account: \"{account:012}\", name: t{account}}}\n"))
        .collect();
    let error = plan_of(&format!("{text}{targets}"), &Placement::new()).unwrap_err();
    assert!(error.contains("groups"), "{error}");
}

/// What the table of quotas says that fits, fits, and one more does not.
#[test]
fn as_many_targets_fit_as_the_quotas_say() {
    for catalog in ["micetro", "multitool"] {
        for targets in [1, 2, 30] {
            let with = |more: usize| {
                let accounts: Vec<u64> = (1..=(targets + more) as u64).collect();
                planned(&accounts, "Access", catalog, &Placement::new()).unwrap()
            };
            let budget = plan::budget(&with(0));
            let left = |key: &str| {
                let row = budget.iter().find(|row| row.key == key).unwrap();
                row.targets_left.unwrap()
            };
            let fits = left("inline, group access");
            let groups = |plan: &Plan| plan.hub.as_ref().unwrap().groups.len();
            assert_eq!(groups(&with(fits)), 1, "{catalog}: {targets} and {fits}");
            assert_eq!(
                groups(&with(fits + 1)),
                2,
                "{catalog}: {targets} and {fits}"
            );
            // Each of the other groups of the account holds as many as this one does.
            assert_eq!(left("groups of the hub"), fits + 299 * (targets + fits));
        }
    }
}
