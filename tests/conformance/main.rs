//! Conformance: what Landgrant renders, judged by the tools that will read it.
//!
//! 1. Every case of `fixtures/render` goes through `terraform fmt`, `terraform validate` and `cfn-lint`.
//! 2. The main cases are applied and deployed to a local moto server, and what is there must equal the plan.
//! 3. The user that was made is used as the product uses it.
//! 4. Access that was built by hand is adopted, and Terraform has nothing to do but to import.
//! 5. What was applied is tampered with; the audit and the script of the kit that verifies find it each time.
//! 6. checkov fails nothing but what is the deployer's choice, and nothing is marked that it would pass.
//! 7. Targets of one root module and of stack sets leave and change, a role that nobody could assume gets its principal, and
//!    the next apply does that and nothing else.
//!
//! moto stores what it is told and judges calls by action only: it knows no quotas, it ignores conditions, resources
//! and boundaries, it takes any principal, whether its provider or service exists or not, and its CloudFormation leaves out resource types without a word. What is asserted here on its
//! answers is what it is known to answer as AWS does; the rest is proven on the grants that are read back.
//! It plays stack sets with what `moto_stack_sets.py` puts right. It has no units of an organization, so nothing here says
//! that an account is in one, and nobody works as the roles of a self-managed stack set, so nothing says that they suffice.
//!
//! A tool that is missing makes a test ignored with the reason, or failed in CI.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic and touches files"
)]

mod adopted;
mod audited;
#[path = "../support/by_hand.rs"]
mod by_hand;
mod case;
mod changed;
mod moto;
mod scanners;
#[path = "../support/tamperings.rs"]
mod tamperings;
mod terraform;
#[path = "../support/tools.rs"]
mod tools;
mod verified;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::{Arc, OnceLock};

use camino::Utf8Path;
use landgrant::model::{Access, AssumeRoleGranularity, Effect, IdentityKind, TerraformShape};
use landgrant::plan::{HubPlan, Unit};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use serde::Deserialize;

use case::{Case, Stack};
use moto::{Deployed, Moto};
use terraform::Terraform;
use tools::Missing;

/// An empty walk must not pass.
const FEWEST_CASES: usize = 10;

/// Cases that are applied with Terraform.
const APPLIED: [&str; 12] = [
    "shape-stackset",
    "shape-stackset-self-managed",
    "micetro-two-targets",
    "micetro-overrides",
    "shape-single-root",
    "multitool-one-account",
    "multitool-roles",
    "trust-several",
    "trust-pending",
    "trust-ec2",
    "trust-github-provider",
    "managed-policies",
];

/// Cases that are deployed with CloudFormation.
const DEPLOYED: [&str; 8] = [
    "micetro-two-targets",
    "micetro-overrides",
    "multitool-roles",
    "shape-stackset",
    "shape-stackset-self-managed",
    "trust-roles-anywhere",
    "trust-vendor",
    "trust-ec2",
];

/// Cases that are built by hand as planned, and adopted.
const ADOPTED: [&str; 5] = [
    "micetro-two-targets",
    "micetro-overrides",
    "split-role",
    "shape-single-root",
    "managed-policies",
];
/// The case that is built with differences.
const DIFFERING: &str = "micetro-two-targets";

/// Micetro's roles with typed resources, and the same on `*`, which shows that the scanners look.
const TYPED: &str = "micetro-typed";
const UNTYPED: &str = "micetro-two-targets";
/// checkov's checks for grants on `*` that could be narrower: writing without constraints, and restrictable actions.
const STARS: [&str; 2] = ["CKV_AWS_290", "CKV_AWS_355"];

/// The longest session of a role for which nobody says one (IAM API Reference, `MaxSessionDuration` of `CreateRole`).
const DEFAULT_SESSION: u32 = 3600;

/// An account that no case names.
const ANOTHER_ACCOUNT: &str = "888888888888";

/// What all tests share.
struct Suite {
    /// Rendered files go here, a folder for each case.
    out: PathBuf,
    /// A home without any configuration of Terraform or AWS.
    home: PathBuf,
    /// The cases, rendered when a test first asks for them.
    cases: BTreeMap<String, OnceLock<Case>>,
}

/// What `micetro_walk.py` prints.
#[derive(Debug, Deserialize)]
struct Walk {
    roles: Vec<String>,
    user: BTreeMap<String, String>,
    sessions: BTreeMap<String, BTreeMap<String, String>>,
    other_roles: BTreeMap<String, String>,
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Each test runs a provider, a Python or both.
    arguments.test_threads = Some(arguments.test_threads.unwrap_or(2).min(2));
    let temporary = tempfile::tempdir().unwrap();
    let suite = Suite {
        out: temporary.path().join("out"),
        home: temporary.path().join("home"),
        cases: case::names()
            .into_iter()
            .map(|name| (name, OnceLock::new()))
            .collect(),
    };
    assert!(suite.cases.len() >= FEWEST_CASES);
    for folder in [&suite.out, &suite.home] {
        std::fs::create_dir(folder).unwrap();
    }
    libtest_mimic::run(&arguments, trials(&Arc::new(suite))).exit_code()
}

fn trials(suite: &Arc<Suite>) -> Vec<Trial> {
    let mut trials = Vec::new();
    let mut add = |kind: &str, name: &str, check: fn(&Suite, &str) -> Result<(), Missing>| {
        let (suite, case) = (Arc::clone(suite), name.to_owned());
        trials.push(Trial::ignorable_test(format!("{kind}/{name}"), move || {
            skip_or_fail(check(&suite, &case))
        }));
    };
    // The longest first, so that the two threads end together.
    for name in APPLIED {
        add("applied", name, check_applied);
    }
    for name in DEPLOYED {
        add("deployed", name, check_deployed);
    }
    for name in ADOPTED {
        add("adopted", name, check_adopted);
    }
    add(
        "adopted-with-differences",
        DIFFERING,
        check_adopted_with_differences,
    );
    add("audited", "tamperings", check_audited);
    add("cfn-lint", "all", check_cfn_lint);
    add("scripts", "verify", check_scripts);
    add("scanned", "all", check_scanned);
    add("scanned", TYPED, check_typed);
    add("sarif", "reports", check_sarif);
    for name in suite.cases.keys() {
        add("terraform", name, check_terraform);
    }
    trials
}

fn skip_or_fail(checked: Result<(), Missing>) -> Result<Completion, Failed> {
    match checked {
        Ok(()) => Ok(Completion::Completed),
        Err(missing) if tools::in_ci() => Err(missing.to_string().into()),
        Err(missing) => Ok(Completion::ignored_with(format!("skipped: {missing}"))),
    }
}

/// Every root module is formatted and valid.
fn check_terraform(suite: &Suite, name: &str) -> Result<(), Missing> {
    let terraform = set_up_terraform(suite)?;
    let case = rendered(suite, name);
    terraform::assert_formatted(&terraform, &case.folder);
    // OpenTofu's `for_each` of a provider is what Terraform refuses; what the rest says is valid in the case of one root.
    let roots = case
        .roots
        .iter()
        .filter(|_| case.plan.terraform_shape != TerraformShape::Tofu);
    for root in roots {
        terraform::assert_valid(&terraform, root);
    }
    Ok(())
}

/// No template gives cfn-lint anything to say, be it only information.
fn check_cfn_lint(suite: &Suite, _all: &str) -> Result<(), Missing> {
    let python = tools::python()?;
    let templates: BTreeSet<&Path> = suite
        .cases
        .keys()
        .flat_map(|name| &rendered(suite, name).templates)
        .map(PathBuf::as_path)
        .collect();
    let output = Command::new(python)
        .args(["-c", "from cfnlint.runner import main; main()"])
        .args(["--include-checks", "I", "--regions"])
        .args(["us-east-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1"])
        .arg("--template")
        .args(templates)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.is_empty(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// What `landgrant lint` and `landgrant audit` give with `--format sarif` is SARIF to the schema of the standard, and the check can fail.
fn check_sarif(suite: &Suite, _reports: &str) -> Result<(), Missing> {
    let python = tools::python()?;
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for (number, name) in [
        "reports/micetro",
        "reports/multitool",
        "audit/many",
        "audit/accepted",
    ]
    .into_iter()
    .enumerate()
    {
        let log = fixtures.join(name).join("expected.sarif");
        assert_eq!(scanners::sarif_faults(&python, &log, &suite.home)?, "");
        let broken = suite.out.join(format!("{number}.sarif"));
        let text = std::fs::read_to_string(&log).unwrap();
        std::fs::write(&broken, text.replace("\"warning\"", "\"caution\"")).unwrap();
        let faults = scanners::sarif_faults(&python, &broken, &suite.home)?;
        assert!(faults.contains("caution"), "{faults}");
    }
    Ok(())
}

/// ShellCheck has nothing to say of `verify.sh`.
fn check_scripts(_suite: &Suite, _verify: &str) -> Result<(), Missing> {
    verified::assert_sound(&tools::python()?);
    Ok(())
}

/// checkov fails nothing in any case but what `docs/scanners.md` leaves to the deployer; each of its markers stands where the
/// check fails without it.
fn check_scanned(suite: &Suite, _cases: &str) -> Result<(), Missing> {
    let python = scanners::python()?;
    let folder = suite.out.join("scanned");
    for name in suite.cases.keys() {
        case::render(name, &folder);
    }
    let marked = scanners::checkov(&python, &folder, &suite.home);
    let mut left = scanners::documented("What is left to you");
    // No case trusts a whole account.
    assert!(left.remove("CKV_AWS_61"));
    assert_eq!(
        marked.failed_checks(),
        left.iter().map(String::as_str).collect()
    );
    let skipped = scanners::documented("What is marked");
    assert_eq!(
        marked.skipped_checks(),
        skipped.iter().map(String::as_str).collect()
    );
    assert!(scanners::take_markers(&folder) >= skipped.len());
    let bare = scanners::checkov(&python, &folder, &suite.home);
    assert_eq!(bare.skipped, BTreeSet::new());
    let needless: Vec<_> = marked.skipped.difference(&bare.failed).collect();
    assert_eq!(needless, [] as [&scanners::Finding; 0]);

    let unlimited = suite.out.join("unlimited.yaml");
    let deployment = std::fs::read_to_string(case::deployment(UNTYPED)).unwrap();
    let trust = "trust: {restrict_to_user: false}\n";
    std::fs::write(&unlimited, format!("{deployment}{trust}")).unwrap();
    let folder = suite.out.join("unlimited");
    case::render_file(Utf8Path::from_path(&unlimited).unwrap(), "case", &folder);
    let unlimited = scanners::checkov(&python, &folder, &suite.home);
    assert!(
        unlimited.failed_checks().contains("CKV_AWS_61"),
        "{unlimited:?}"
    );
    Ok(())
}

/// checkov and parliament find nothing on `*` that could be narrower, and do where resources are not typed.
fn check_typed(suite: &Suite, name: &str) -> Result<(), Missing> {
    let python = scanners::python()?;
    let on_roles = |name| {
        let folder = rendered(suite, name).folder.join("terraform/modules");
        let scan = scanners::checkov(&python, &folder, &suite.home);
        let of_roles = |findings: BTreeSet<scanners::Finding>| {
            let mut findings = findings.into_iter();
            findings
                .by_ref()
                .filter(|(id, _, resource)| {
                    STARS.contains(&id.as_str()) && resource.contains("aws_iam_role_policy.")
                })
                .count()
        };
        (of_roles(scan.failed), of_roles(scan.passed))
    };
    assert_eq!(on_roles(name), (0, 2));
    assert_eq!(on_roles(UNTYPED), (2, 0));
    let stars = |case| {
        let mut found = scanners::parliament(&python, case);
        found.retain(|finding| finding.starts_with("RESOURCE_STAR"));
        found
    };
    assert_eq!(stars(rendered(suite, name)), [] as [String; 0]);
    assert!(!stars(rendered(suite, UNTYPED)).is_empty());
    Ok(())
}

/// The root modules can be applied as they are, to their account only; what is there then is the plan; a second plan
/// changes nothing; the user can be used; a change does what it says; and everything can be taken away again.
fn check_applied(suite: &Suite, name: &str) -> Result<(), Missing> {
    let terraform = set_up_terraform(suite)?;
    let change = changed::of(name);
    // What is rendered again over a case must be nobody else's.
    let own = change.map(|_| case::render(name, &suite.out.join("changed")));
    let case = own.as_ref().unwrap_or_else(|| rendered(suite, name));
    let moto = moto::start_for(&tools::python()?, &suite.home, &case.plan);
    let expected = moto::create_expected(&moto, &case.access);
    let service_roles = || {
        let stacks = case.stacks.iter();
        stacks.filter(|stack| stack.unit.is_of_cloudformation_itself())
    };
    for stack in service_roles() {
        assert_eq!(deploy(&moto, stack).status, "CREATE_COMPLETE");
    }
    let strangers = moto::credentials(&moto, ANOTHER_ACCOUNT);
    let roots: Vec<_> = case
        .roots
        .iter()
        .map(|root| (root, moto::credentials(&moto, &root.account)))
        .collect();
    // Once per case, since a run of Terraform is dear: the hub's root module in one case, a target's in the others.
    let (last, _) = roots.last().unwrap();
    terraform::assert_refused(&terraform, last, &strangers, "AWS account ID not allowed");
    for (root, credentials) in &roots {
        terraform::apply(&terraform, root, credentials);
    }
    for (root, credentials) in &roots {
        terraform::assert_no_change(&terraform, root, credentials);
    }
    let mut accounts = case.accounts.clone();
    assert_same(&case.access, &read(&moto, &accounts, &expected));
    if case.plan.hub.as_ref().is_some_and(is_walked) {
        check_walk(&moto, case);
    }
    if let Some(change) = change {
        let key = access_key(&moto, case);
        let next = changed::apply(&terraform, &moto, case, change);
        if let Some(key) = key {
            take_access_key(&moto, &next, &key);
        }
        if next.plan.hub.as_ref().is_some_and(is_walked) {
            check_walk(&moto, &next);
        }
        accounts.extend(next.accounts.clone());
        // Where CloudFormation works as a role of yours, that goes when the account has left.
        let left = |stack: &&Stack| !next.accounts.contains(&stack.account);
        for stack in service_roles().filter(left) {
            delete(&moto, stack);
        }
        assert_same(&next.access, &read(&moto, &accounts, &expected));
    }
    for (root, credentials) in &roots {
        terraform::destroy(&terraform, root, credentials);
    }
    for stack in service_roles() {
        delete(&moto, stack);
    }
    let left = read(&moto, &accounts, &expected);
    assert_same(&Access::default(), &left);
    Ok(())
}

/// Makes an access key of the hub's user by hand, which no change may take away.
fn access_key(moto: &Moto, case: &Case) -> Option<String> {
    let hub = case.plan.hub.as_ref()?;
    let user = hub.users.first()?;
    let arguments = [
        "create-access-key",
        hub.account.as_str(),
        user.name.as_str(),
    ];
    Some(moto::call(moto, "cloud.py", arguments))
}

/// The hub's user has the key still, whatever it is called; then it goes, since IAM deletes no user with a key.
fn take_access_key(moto: &Moto, case: &Case, key: &str) {
    let hub = case.plan.hub.as_ref().unwrap();
    let user = hub.users[0].name.as_str();
    let owned = [hub.account.as_str(), user];
    let keys: Vec<String> = moto::call(moto, "cloud.py", ["access-keys"].into_iter().chain(owned));
    assert_eq!(keys, [key]);
    let arguments = ["delete-access-key", owned[0], owned[1], key];
    let _: String = moto::call(moto, "cloud.py", arguments);
}

/// Whether a user of the hub finds its roles as Micetro does.
fn is_walked(hub: &HubPlan) -> bool {
    !hub.users.is_empty() && hub.granularity == AssumeRoleGranularity::PolicyPerRole
}

/// A plan over what was built by hand holds imports and nothing else; after the apply, and without the import files, there
/// is nothing to do.
fn check_adopted(suite: &Suite, name: &str) -> Result<(), Missing> {
    let terraform = set_up_terraform(suite)?;
    let python = tools::python()?;
    let case = &case::render(name, &suite.out.join("adopted"));
    let moto = moto::start_for(&python, &suite.home, &case.plan);
    let expected = moto::create_expected(&moto, &case.access);
    let wanted = by_hand::by_hand(&case.plan, &case.access);
    let before = case.folder.join("before");
    adopted::build(&moto, &wanted, &before);
    let snapshots = adopted::save(&moto, &wanted, &before);
    let said = adopted::adopt(name, &snapshots, &case.folder);
    assert!(!said.contains("changed by the apply"), "{said}");
    assert!(!said.contains("made by the apply"), "{said}");
    terraform::assert_formatted(&terraform, &case.folder);
    if case.plan.cloudformation.is_some() {
        assert_import_templates(&python, case);
    }
    for root in &case.roots {
        let credentials = moto::credentials(&moto, &root.account);
        let planned = terraform::plan(&terraform, root, &credentials);
        adopted::assert_only_imports(root, &planned);
        terraform::apply(&terraform, root, &credentials);
        // Left in place it imports nothing twice, and deleted it leaves nothing to do.
        terraform::assert_no_change(&terraform, root, &credentials);
        std::fs::remove_file(root.folder.join("imports.tf")).unwrap();
        terraform::assert_no_change(&terraform, root, &credentials);
    }
    assert_same(&case.access, &read(&moto, &case.accounts, &expected));
    Ok(())
}

/// What differs is what `adopt` says, and what Terraform then plans.
fn check_adopted_with_differences(suite: &Suite, name: &str) -> Result<(), Missing> {
    let terraform = set_up_terraform(suite)?;
    let moto = moto::start(&tools::python()?, &suite.home);
    let case = &case::render(name, &suite.out.join("differing"));
    let mut wanted = by_hand::by_hand(&case.plan, &case.access);
    // In the hub: one policy is missing, another is the vendor's sample with its empty Sid and has the same grants.
    let inline = wanted[0].1["groups"][0]["inline"].as_object_mut().unwrap();
    inline.remove("assume-role-333333333333").unwrap();
    inline["assume-role-222222222222"]["Statement"][0]["Sid"] = "".into();
    wanted[0].1["users"][0]["tags"]["owner"] = "nobody".into();
    // In the first target: whoever the hub account lets in. In the second: other words for the same.
    wanted[1].1["roles"][0]["trust"]["Statement"][0]
        .as_object_mut()
        .unwrap()
        .remove("Condition")
        .unwrap();
    let policy = wanted[2].1["roles"][0]["inline"].as_object_mut().unwrap();
    let document = policy.values_mut().next().unwrap();
    document["Statement"][0]
        .as_object_mut()
        .unwrap()
        .remove("Sid")
        .unwrap();
    let before = case.folder.join("before");
    adopted::build(&moto, &wanted, &before);
    let snapshots = adopted::save(&moto, &wanted, &before);
    let said = adopted::adopt(name, &snapshots, &case.folder);
    for expected in [
        "- is tagged owner = nobody",
        "+ is tagged owner = network-platform",
        "by AWS arn:aws:iam::111111111111:root",
        "~ it grants the same",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let mut updated = Vec::new();
    let mut created = Vec::new();
    for root in &case.roots {
        let credentials = moto::credentials(&moto, &root.account);
        let planned = terraform::plan(&terraform, root, &credentials);
        for (address, actions, imported) in adopted::changes(&planned) {
            match (actions.as_str(), imported) {
                ("no-op", true) => {}
                ("update", true) => updated.push(address),
                ("create", false) => created.push(address),
                other => panic!("{address}: {other:?}"),
            }
        }
        terraform::apply(&terraform, root, &credentials);
        terraform::assert_no_change(&terraform, root, &credentials);
    }
    assert_eq!(
        updated,
        [
            "aws_iam_user.product[\"1\"]",
            "module.role.aws_iam_role.access",
            "module.role.aws_iam_role_policy.micetro",
        ]
    );
    assert_eq!(
        created,
        ["aws_iam_group_policy.assume_role[\"333333333333\"]"]
    );
    // Once more, and all is as planned.
    let after = case::render(name, &suite.out.join("adopted-again")).folder;
    let snapshots = adopted::save(&moto, &wanted, &after.join("before"));
    let said = adopted::adopt(name, &snapshots, &after);
    assert!(!said.contains("changed by the apply"), "{said}");
    assert!(!said.contains("made by the apply"), "{said}");
    Ok(())
}

/// What is planned, applied and left alone is as planned; whatever is changed by hand is found, each time.
fn check_audited(suite: &Suite, _tamperings: &str) -> Result<(), Missing> {
    let terraform = set_up_terraform(suite)?;
    tools::shell()?;
    let moto = moto::start_with_policies_of_aws(&tools::python()?, &suite.home);
    let case = &audited::render(&suite.out);
    moto::create_expected(&moto, &case.access);
    let roots: Vec<_> = case
        .roots
        .iter()
        .map(|root| (root, moto::credentials(&moto, &root.account)))
        .collect();
    // Before the apply the ARN of the managed policy is not known.
    let (hub, credentials) = &roots[0];
    let planned = terraform::plan(&terraform, hub, credentials);
    audited::assert_planned(hub, &planned, &["not-understood"]);
    for (root, credentials) in &roots {
        terraform::apply(&terraform, root, credentials);
    }
    let planned = terraform::plan(&terraform, hub, credentials);
    audited::assert_planned(hub, &planned, &[]);

    let kit = verified::write_kit(case);
    let tampered = audited::tamper(&moto, case, &kit);
    audited::assert_each_is_found(case, &tampered);
    verified::assert_each_is_found(&tampered.verified);

    let (target, credentials) = &roots[1];
    audited::widen(case);
    let planned = terraform::plan(&terraform, target, credentials);
    audited::assert_planned(target, &planned, &["widened-grant"]);
    Ok(())
}

/// CloudFormation's own schemas find nothing wrong with what is imported, and name the same identifiers.
fn assert_import_templates(python: &Path, case: &Case) {
    for root in &case.roots {
        let folder = case.folder.join("cloudformation/import");
        let template = folder.join(format!("{}.template.json", root.account));
        let list = folder.join(format!("{}.json", root.account));
        let output = Command::new(python)
            .arg("-B")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/import_faults.py"))
            .args([template, list])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.is_empty(),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// The user finds every role as Micetro does, assumes it, and is allowed there what the plan grants and nothing else.
///
/// What the script calls is granted on every resource or not at all, because moto cannot judge a narrower grant.
fn check_walk(moto: &Moto, case: &Case) {
    let hub = case.plan.hub.as_ref().unwrap();
    let user = hub.users.first().unwrap();
    let walk: Walk = moto::call(
        moto,
        "micetro_walk.py",
        [hub.account.as_str(), user.name.as_str()],
    );
    let identities = &case.access.identities;
    let (user_arn, _) = identities
        .iter()
        .find(|(_, identity)| identity.kind == IdentityKind::User)
        .unwrap();
    let roles: Vec<&String> = identities
        .iter()
        .filter(|(_, identity)| identity.kind == IdentityKind::Role)
        .map(|(arn, _)| arn)
        .collect();
    let mut found: Vec<&String> = walk.roles.iter().collect();
    found.sort();
    assert_eq!(found, roles);
    assert_calls(&case.access, user_arn, &walk.user);
    for role in roles {
        assert_calls(&case.access, role, &walk.sessions[role]);
    }
    for (role, outcome) in &walk.other_roles {
        assert!(is_refusal(outcome), "{role}: {outcome}");
    }
    assert_eq!(walk.other_roles.len(), walk.roles.len());
}

fn assert_calls(planned: &Access, arn: &str, calls: &BTreeMap<String, String>) {
    let identity = &planned.identities[arn];
    let granted: BTreeSet<&str> = identity
        .groups
        .iter()
        .map(|group| &planned.identities[group])
        .chain([identity])
        .flat_map(|identity| identity.policies.values().flatten())
        .filter(|grant| grant.effect == Effect::Allow && grant.resource == "*")
        .map(|grant| grant.action.as_str())
        .collect();
    assert!(!calls.is_empty());
    for (action, outcome) in calls {
        if granted.contains(action.as_str()) {
            assert_eq!(outcome, "allowed", "{arn} may {action}");
        } else {
            assert!(is_refusal(outcome), "{arn} may not {action}: {outcome}");
        }
    }
}

/// Any other error, of a parameter for one, would say nothing about access.
fn is_refusal(outcome: &str) -> bool {
    ["AccessDenied", "UnauthorizedOperation", "HTTP 403"].contains(&outcome)
}

/// The stacks are created, and what is there then is the plan.
///
/// moto leaves much of a hub stack out without a word; `moto_additions.py` adds that, so that a stack which is complete
/// here has made every resource.
fn check_deployed(suite: &Suite, name: &str) -> Result<(), Missing> {
    let moto = moto::start(&tools::python()?, &suite.home);
    let case = rendered(suite, name);
    let expected = moto::create_expected(&moto, &case.access);
    for stack in &case.stacks {
        let deployed = deploy(&moto, stack);
        assert_eq!(deployed.status, "CREATE_COMPLETE");
        let [key, kind] = match stack.unit {
            Unit::HubStack(_) => ["UserArn", "user"],
            Unit::StackSetStack => continue,
            _ => ["RoleArn", "role"],
        };
        let identity = &case.access.identities[&deployed.outputs[key]];
        assert_eq!(identity.kind.to_string(), kind);
    }
    assert_same(&case.access, &read(&moto, &case.accounts, &expected));
    Ok(())
}

fn deploy(moto: &Moto, stack: &Stack) -> Deployed {
    let mut arguments = vec![
        "deploy".as_ref(),
        stack.account.as_ref(),
        stack_name(stack),
        stack.template.as_os_str(),
    ];
    arguments.extend(stack.parameters.as_ref().map(|path| path.as_os_str()));
    moto::call(moto, "cloud.py", arguments)
}

/// Deletes a stack.
fn delete(moto: &Moto, stack: &Stack) {
    let arguments = ["delete".as_ref(), stack.account.as_ref(), stack_name(stack)];
    let _: String = moto::call(moto, "cloud.py", arguments);
}

fn stack_name(stack: &Stack) -> &OsStr {
    stack.template.file_stem().unwrap()
}

/// What is in some accounts, without what was made beforehand.
fn read(moto: &Moto, accounts: &BTreeSet<String>, expected: &[String]) -> Access {
    let mut found = moto::read(moto, accounts.iter().map(String::as_str));
    found.identities.retain(|arn, _| !expected.contains(arn));
    found
        .managed_policies
        .retain(|arn, _| !expected.contains(arn));
    found
}

fn assert_same(planned: &Access, found: &Access) {
    let mut planned = planned.clone();
    let identities = planned.identities.values_mut();
    for role in identities.filter(|identity| identity.kind == IdentityKind::Role) {
        let role = Arc::make_mut(role);
        role.max_session.get_or_insert(DEFAULT_SESSION);
    }
    // Of policies, providers and profiles, no tags are read.
    planned.tags.clear();
    let differences = planned.differences(found);
    assert!(
        differences.is_empty(),
        "`-` is planned only, `+` is there only:\n{}",
        differences.join("\n")
    );
}

fn set_up_terraform(suite: &Suite) -> Result<Terraform, Missing> {
    Ok(terraform::set_up(&tools::terraform()?, &suite.home))
}

fn rendered<'a>(suite: &'a Suite, name: &str) -> &'a Case {
    suite.cases[name].get_or_init(|| case::render(name, &suite.out))
}
