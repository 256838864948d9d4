//! What holds for up to 3,000 targets, in every shape: what is rendered reads back as planned, and one more target changes
//! the files that list targets and the template of its own user, and no other.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::iter;
use std::ops::RangeInclusive;

use camino::Utf8Path;
use landgrant::plan::{self, HubPlan, Placement};
use landgrant::readback::verify;
use landgrant::render;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::support::pipeline;
use crate::support::pipeline::{Built, only_more_lines, runner};

/// A group holds 36 targets of Micetro, and a user is in ten groups. So: a few, as many as one user has room for, as two
/// have, and many.
const SIZES: [RangeInclusive<usize>; 4] = [2..=40, 360..=360, 720..=720, 2_400..=3_000];

/// One shape of each format, or of one.
struct Shape {
    /// What a deployment says for it.
    text: &'static str,
    /// Files that list the targets.
    lists: &'static [&'static str],
    /// Files that name the groups and the users, and no target.
    groups: &'static [&'static str],
    /// How many files a target has of its own.
    own: usize,
}

/// A deployment of Micetro in these accounts: some are of a variant, and some have something of their own.
fn deployment(shape: &Shape, accounts: &BTreeSet<u64>) -> String {
    let mut text = format!(
        "schema: landgrant/deployment/v1\nname: many\n{}\
         hub: {{account: \"111111111111\", user: svc-micetro, group: micetro-access}}\n\
         products:\n  - {{catalog: micetro@11.0, features: [account, multi-account, dns, network]}}\n\
         role: {{name: MicetroAccess}}\n\
         variants:\n  no-vpcs: {{omit: [{{action: \"ec2:DescribeVpcs\", reason: None here.}}]}}\n\
         targets:\n",
        shape.text
    );
    for account in accounts {
        let own = match account % 7 {
            0 => ", variant: no-vpcs",
            1 => ", role: {max_session: 2h}",
            2 => ", tags: {stage: test}",
            _ => "",
        };
        writeln!(
            text,
            "  - {{account: \"{account:012}\", name: t{account}{own}}}"
        )
        .expect("a text grows");
    }
    text
}

/// Takes a deployment through every stage but the last, its targets in the groups that they have, and reads it back.
fn built(text: &str, before: &Placement) -> Built {
    let folder = tempfile::tempdir().expect("a folder for the deployment");
    let path = Utf8Path::from_path(folder.path()).expect("a UTF-8 path");
    let path = path.join("landgrant.yaml");
    fs::write(&path, text).expect("the deployment is written");
    let (planned, faults) = pipeline::plan(&path);
    let (resolved, _) = planned.unwrap_or_else(|| panic!("{faults:#?}"));
    let (plan, _) = plan::plan(&resolved, before);
    let plan = plan.expect("it was planned before");
    let files = render::render(&plan).expect("a plan renders");
    verify(&plan, &files).unwrap_or_else(|error| panic!("{error}"));
    Built { plan, files }
}

fn hub(built: &Built) -> &HubPlan {
    built.plan.hub.as_ref().expect("the deployment has a hub")
}

/// Accounts far apart, and one more that the deployment says nothing of its own about.
fn accounts(count: usize, seed: u64) -> (BTreeSet<u64>, u64) {
    let mut state = seed;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        100_000_000_000 + (state >> 16) % 800_000_000_000
    };
    let mut accounts = BTreeSet::new();
    while accounts.len() < count {
        accounts.insert(next());
    }
    let more = iter::repeat_with(next).find(|more| more % 7 > 2 && !accounts.contains(more));
    (accounts, more.expect("it repeats without end"))
}

/// A target more in a deployment of each size.
fn check(shape: &Shape, seed: u64) {
    for (round, sizes) in (0..).zip(SIZES) {
        let property = |(count, seed)| {
            let (mut accounts, more) = accounts(count, seed);
            let before = built(&deployment(shape, &accounts), &Placement::new());
            accounts.insert(more);
            let placement = before.plan.placement();
            let after = built(&deployment(shape, &accounts), &placement);
            let new_user = hub(&after).users.len() > hub(&before).users.len();
            prop_assert_eq!(new_user, count % 360 == 0, "a user has room for 360");
            only_its_own_came(shape, &before, &after, more)?;
            nothing_else_changed(shape, &before, &after)
        };
        runner(1, seed + round)
            .run(&(sizes, any::<u64>()), property)
            .unwrap_or_else(|error| panic!("{error}"));
    }
}

/// That the files which came are those of the new target, and the template of a new user.
fn only_its_own_came(
    shape: &Shape,
    before: &Built,
    after: &Built,
    more: u64,
) -> Result<(), TestCaseError> {
    let more = format!("{more:012}");
    let users = hub(after).users.len();
    let of_user = format!("cloudformation/hub-{users}.yaml");
    let new = after.files.keys();
    let new = new.filter(|path| !before.files.contains_key(path));
    let (own, others): (Vec<_>, Vec<_>) = new.partition(|path| path.as_str().contains(&more));
    prop_assert_eq!(own.len(), shape.own, "{:?}", own);
    let expected = after.plan.cloudformation.is_some() && users > hub(before).users.len();
    prop_assert_eq!(
        others,
        Vec::from_iter(expected.then_some(Utf8Path::new(&of_user)))
    );
    Ok(())
}

/// That every file is still there, that those which list targets have more lines, and that the others are as they were.
fn nothing_else_changed(shape: &Shape, before: &Built, after: &Built) -> Result<(), TestCaseError> {
    let new_group = hub(after).groups.len() > hub(before).groups.len();
    let new_user = hub(after).users.len() > hub(before).users.len();
    let mut templates = 0;
    for (path, text) in &before.files {
        let Some(now) = after.files.get(path) else {
            return Err(TestCaseError::fail(format!("{path} is gone")));
        };
        let is_hub = path.as_str().starts_with("cloudformation/hub");
        templates += usize::from(is_hub && text != now);
        match path.as_str() {
            // It counts the bytes of templates, and names the last group of each user.
            "DEPLOY.md" => prop_assert!(new_user || text.lines().count() == now.lines().count()),
            // The stack of another user comes before those of the targets, so their numbers change.
            "deploy.json" if new_user && after.plan.cloudformation.is_some() => {}
            _ if shape.lists.contains(&path.as_str()) => {
                prop_assert!(text != now, "{} lists no new target", path);
                only_more_lines(path, text, now)?;
            }
            _ if is_hub || new_group && shape.groups.contains(&path.as_str()) => {
                // A list of one group is written as a scalar, so the second changes a line.
                if hub(before).groups.len() > 1 || !new_group {
                    only_more_lines(path, text, now)?;
                }
            }
            _ => prop_assert!(text == now, "{} changed", path),
        }
    }
    let expected = usize::from(after.plan.cloudformation.is_some() && !new_user);
    prop_assert_eq!(templates, expected, "templates of the hub changed");
    Ok(())
}

#[test]
fn a_root_module_or_a_stack_for_each_target() {
    check(
        &Shape {
            text: "",
            lists: &[
                "deploy.json",
                "terraform/hub/locals.tf",
                "terraform/matrix.json",
            ],
            groups: &["terraform/hub/main.tf"],
            own: 2,
        },
        1,
    );
}

#[test]
fn one_root_module_with_a_provider_for_each_target() {
    check(
        &Shape {
            text: "outputs: [terraform]\nterraform: single-root\n",
            lists: &[
                "deploy.json",
                "terraform/root/locals.tf",
                "terraform/root/providers.tf",
                "terraform/root/targets.tf",
            ],
            groups: &["terraform/root/main.tf"],
            own: 0,
        },
        2,
    );
}

#[test]
fn one_root_module_of_opentofu() {
    check(
        &Shape {
            text: "outputs: [terraform]\nterraform: tofu\n",
            lists: &[
                "deploy.json",
                "terraform/root/locals.tf",
                "terraform/root/targets.tf",
            ],
            groups: &["terraform/root/main.tf"],
            own: 0,
        },
        3,
    );
}

#[test]
fn stack_sets_in_both_formats() {
    check(
        &Shape {
            text: "terraform: stackset\ncloudformation: stackset\n\
                   stack_set: {account: \"999999999999\", units: [ou-ab12-11111111]}\n",
            lists: &[
                "cloudformation/stack-set.yaml",
                "deploy.json",
                "terraform/hub/locals.tf",
                "terraform/stack-set/main.tf",
            ],
            groups: &["terraform/hub/main.tf"],
            own: 0,
        },
        4,
    );
}
