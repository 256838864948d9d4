//! Read-back sees everything: good output grants exactly what was planned in each format, and good output with one
//! fault planted in it is refused.

use std::collections::BTreeSet;

use camino::Utf8Path;
use landgrant::adopt::adopt;
use landgrant::load::snapshot::Snapshot;
use landgrant::model::Access;
use landgrant::plan;
use landgrant::readback::{
    Known, Read, cloudformation_access, foreign, read_folder, terraform_access, verify,
};

use crate::support::pipeline;
use crate::support::pipeline::Built;

#[test]
fn both_formats_of_every_case_grant_what_was_planned_principal_by_principal() {
    let cases = pipeline::fixture_names();
    assert!(cases.len() >= 13, "only {} cases", cases.len());
    for case in cases {
        let built = pipeline::fixture(&case);
        verify(&built.plan, &built.files).unwrap_or_else(|error| panic!("{case}: {error}"));
        let planned = plan::access(&built.plan);
        let mut formats = 0;
        if built.plan.terraform {
            formats += 1;
            equal(
                &case,
                &planned,
                &terraform_access(&built.plan, &built.files).expect(&case),
            );
        }
        if built.plan.cloudformation.is_some() {
            formats += 1;
            equal(
                &case,
                &planned,
                &cloudformation_access(&built.plan, &built.files).expect(&case),
            );
        }
        assert!(formats > 0, "{case} renders nothing");
    }
}

/// `verify` compares texts of facts; this compares the values themselves.
fn equal(case: &str, planned: &Access, read: &Access) {
    let principals: Vec<&String> = planned.identities.keys().collect();
    assert!(!principals.is_empty(), "{case} makes nobody");
    assert_eq!(
        principals,
        read.identities.keys().collect::<Vec<_>>(),
        "{case}"
    );
    for (arn, identity) in &planned.identities {
        assert_eq!(*identity, read.identities[arn], "{case}: {arn}");
    }
}

/// What `landgrant adopt` writes fits what is rendered, however the deployment is laid out in its root modules, and the id
/// of anything else does not.
#[test]
fn an_import_of_what_is_planned_fits_and_no_other() {
    let mut kinds = BTreeSet::new();
    for case in pipeline::fixture_names() {
        let built = pipeline::fixture(&case);
        let accounts = built.plan.targets.iter().map(|target| &target.account);
        let hub = built.plan.hub.iter().map(|hub| &hub.account);
        let snapshots = accounts
            .chain(hub)
            .map(|account| (account.clone(), Snapshot::default()))
            .collect();
        let adoption = adopt(&built.plan, &snapshots);
        for account in adoption.accounts.iter().take(3) {
            let Some(root) = &account.root else {
                continue;
            };
            let path = root.join("imports.tf");
            let told = |blocks: &str| {
                let files = [(path.as_path(), blocks)];
                foreign(&built.files, files).into_values().next()
            };
            let mut all = String::new();
            for resource in &account.resources {
                // A membership is found by the groups that somebody is in, and nobody is in any.
                let id = match resource.kind {
                    "membership" => format!("{}x", resource.import_id),
                    _ => resource.import_id.clone(),
                };
                let block = |id: &str| {
                    format!(
                        "import {{\n  to = {}\n  id = \"{id}\"\n}}\n",
                        resource.address
                    )
                };
                kinds.insert(resource.kind);
                if resource.kind != "membership" {
                    all += &block(&id);
                }
                let what = told(&block(&format!("{id}x")));
                assert!(what.is_some(), "{case}: {} as {id}x", resource.address);
            }
            assert_eq!(told(&all), None, "{case}: {all}");
        }
    }
    let all = [
        "attachment",
        "group",
        "group policy",
        "instance profile",
        "managed policy",
        "membership",
        "role",
        "role policy",
        "user",
        "user policy",
    ];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), all);
}

/// A fault to plant in the output of a case.
struct Fault {
    name: &'static str,
    case: &'static str,
    file: &'static str,
    change: Change,
}

enum Change {
    /// The first of these becomes that.
    Swap(&'static str, &'static str),
    /// Every one of these becomes that.
    SwapAll(&'static str, &'static str),
    /// More text at the end.
    Add(&'static str),
    /// The file is gone.
    Remove,
    /// There is a file more.
    Create(&'static str),
}
use Change::{Add, Create, Remove, Swap, SwapAll};

/// Plants each fault in good output, which must then be refused, though every parser still takes it.
fn check(format: &str, faults: &[(&'static str, &[Fault])], at_least: usize) {
    let mut missed = Vec::new();
    let mut names = std::collections::BTreeSet::new();
    for (case, faults) in faults {
        let built = pipeline::fixture(case);
        for fault in *faults {
            assert_eq!(*case, fault.case);
            assert!(names.insert(fault.name), "{} appears twice", fault.name);
            let planted = plant(&built, fault.name, fault.file, &fault.change);
            if verify(&planted.plan, &planted.files).is_ok() {
                missed.push(fault.name);
            }
        }
    }
    assert!(
        missed.is_empty(),
        "{format}: read-back does not see {missed:#?}"
    );
    assert!(names.len() >= at_least, "only {} faults", names.len());
}

fn plant(built: &Built, name: &str, file: &str, change: &Change) -> Built {
    let path = Utf8Path::new(file);
    let mut files = built.files.clone();
    if let Create(text) = change {
        assert!(
            files.insert(path.to_owned(), (*text).to_owned()).is_none(),
            "{name}"
        );
        return Built {
            plan: built.plan.clone(),
            files,
        };
    }
    let good = files
        .remove(path)
        .unwrap_or_else(|| panic!("{name}: there is no file {path}"));
    let faulty = match change {
        Swap(from, to) => good.replacen(from, to, 1),
        SwapAll(from, to) => good.replace(from, to),
        Add(text) => format!("{good}{text}"),
        Create(_) | Remove => {
            return Built {
                plan: built.plan.clone(),
                files,
            };
        }
    };
    assert_ne!(*good, *faulty, "{name}: nothing was changed in {path}");
    let syntax = match path.extension() {
        Some("tf") => hcl::parse(&faulty)
            .map(drop)
            .map_err(|error| error.to_string()),
        Some("json") => serde_json::from_str::<serde_json::Value>(&faulty)
            .map(drop)
            .map_err(|error| error.to_string()),
        _ => serde_yaml::from_str::<serde_yaml::Value>(&faulty)
            .map(drop)
            .map_err(|error| error.to_string()),
    };
    syntax.unwrap_or_else(|error| panic!("{name}: a parser refuses this already: {error}"));
    files.insert(path.to_owned(), faulty);
    Built {
        plan: built.plan.clone(),
        files,
    }
}

macro_rules! faults {
    ($case:literal: $($name:literal, $file:ident, $change:expr;)*) => {
        ($case, &[$(Fault { name: $name, case: $case, file: $file, change: $change }),*] as &[Fault])
    };
}

const HUB: &str = "terraform/hub/main.tf";
const LOCALS: &str = "terraform/hub/locals.tf";
const PROVIDERS: &str = "terraform/hub/providers.tf";
const VARIABLES: &str = "terraform/hub/variables.tf";
const MODULE: &str = "terraform/modules/target-role/main.tf";
const MODULE_VARIABLES: &str = "terraform/modules/target-role/variables.tf";
const TARGET: &str = "terraform/targets/222222222222/main.tf";
const ONE_ROOT_PROVIDERS: &str = "terraform/root/providers.tf";
const ONE_ROOT_TARGETS: &str = "terraform/root/targets.tf";
const ONE_ROOT_VARIABLES: &str = "terraform/root/variables.tf";
const STACK_SET: &str = "terraform/stack-set/main.tf";
const STACK_SET_PROVIDERS: &str = "terraform/stack-set/providers.tf";
const STACK_SET_VARIABLES: &str = "terraform/stack-set/variables.tf";
const STACK_SET_BODY: &str = "terraform/stack-set/target.yaml";
const STACK_SET_YAML: &str = "cloudformation/stack-set.yaml";
const ADMINISTRATION: &str = "cloudformation/stack-set-administration-role.json";
const EXECUTION_YAML: &str = "cloudformation/stack-set-execution-role.yaml";
const EXECUTION: &str = "cloudformation/stack-set-execution-role.json";
const HUB_YAML: &str = "cloudformation/hub.yaml";
const ROLE_YAML: &str = "cloudformation/target.yaml";
const HUB_JSON: &str = "cloudformation/hub.json";
const ROLE_JSON: &str = "cloudformation/target.json";
const PARAMETERS: &str = "cloudformation/parameters/222222222222.json";
const EXTRA_JSON: &str = "terraform/hub/extra.tf.json";
const EXTRA_VARIABLES: &str = "terraform/hub/extra.auto.tfvars";
const EXTRA_ROOT: &str = "terraform/targets/999999999999/main.tf";
const EXTRA_MODULE: &str = "terraform/modules/admin/main.tf";
const EXTRA_YAML: &str = "cloudformation/extra.yaml";
const EXTRA_PARAMETERS: &str = "cloudformation/parameters/999999999999.json";
const VERSIONS: &str = "terraform/hub/terraform.tf";

#[test]
fn every_fault_planted_in_terraform_is_refused() {
    let faults = [
        faults! { "split-role":
            "a managed policy of the role that is not attached", MODULE, Swap("resource \"aws_iam_role_policy_attachment\" \"acme_inventory_databases\" {\n  role       = aws_iam_role.access.name\n  policy_arn = aws_iam_policy.acme_inventory_databases.arn\n}\n", "");
            "one managed policy of the role attached twice", MODULE, Swap("policy_arn = aws_iam_policy.acme_inventory_databases.arn", "policy_arn = aws_iam_policy.acme_inventory_compute.arn");
            "a managed policy of the role under another path", MODULE, Swap("acme-inventory-databases\"\n  path        = var.path", "acme-inventory-databases\"\n  path        = \"/\"");
            "an action less in a managed policy", MODULE, Swap("          \"rds:DescribeDBClusters\",\n", "");
        },
        faults! { "micetro-two-targets":
            "a file in the other syntax", EXTRA_JSON, Create("{}");
            "a file of variables", EXTRA_VARIABLES, Create("region = \"eu-west-1\"\n");
            "a root module more", EXTRA_ROOT, Create("");
            "a module more", EXTRA_MODULE, Create("");
            "a managed policy more", HUB, Add("resource \"aws_iam_policy\" \"admin\" {\n  name   = \"admin\"\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = \"*\", Resource = \"*\" }] })\n}\n");
            "a managed policy under another path", HUB, Swap("description = \"micetro: what", "path = \"/admins/\"\n  description = \"micetro: what");
            "a provider with a profile", PROVIDERS, Swap("region ", "profile = \"admin\"\n  region ");
            "a provider that assumes a role", PROVIDERS, Swap("region ", "assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/admin\"\n  }\n  region ");
            "a provider of somebody else", VERSIONS, Swap("hashicorp/aws", "example/aws");
            "a user twice", HUB, Add("resource \"aws_iam_user\" \"product\" {\n  name = \"svc-micetro\"\n  path = \"/\"\n  tags = local.tags\n}\n");
            "an action more", HUB, Swap("\"iam:GetUser\",", "\"iam:GetUser\",\n          \"iam:CreateUser\",");
            "an action less", MODULE, Swap("          \"ec2:DeleteVpc\",\n", "");
            "a variable that is never null", MODULE_VARIABLES, Swap("variable \"max_session_duration\" {", "variable \"max_session_duration\" {\n  nullable = false");
            "a variable of an object type", MODULE_VARIABLES, Swap("type        = map(string)", "type        = object({ owner = optional(string) })");
            "an argument that is converted", TARGET, Swap("max_session_duration = 3600", "max_session_duration = \"3600\"");
            "a policy in JSON with a key twice", HUB, Swap("policy = jsonencode({\n    Version = \"2012-10-17\"\n    Statement = [\n      {\n        Effect   = \"Allow\"\n        Action   = \"sts:AssumeRole\"\n        Resource = each.value.role_arn\n      },\n    ]\n  })", "policy = \"{\\\"Version\\\": \\\"2012-10-17\\\", \\\"Statement\\\": {\\\"Effect\\\": \\\"Allow\\\", \\\"Action\\\": \\\"*\\\", \\\"Action\\\": \\\"sts:AssumeRole\\\", \\\"Resource\\\": \\\"${each.value.role_arn}\\\"}}\"");
            "an action in another case", MODULE, Swap("ec2:DescribeVpcs", "ec2:DescribeVPCs");
            "an action widened", MODULE, Swap("\"ec2:DescribeVpcs\"", "\"ec2:Describe*\"");
            "an action that is everything", MODULE, Swap("\"ec2:DescribeVpcs\"", "\"*\"");
            "a resource that is everything", HUB, Swap("\"arn:aws:iam::111111111111:user/svc-micetro\"", "\"*\"");
            "a resource widened", HUB, Swap("\"arn:aws:iam::111111111111:user/svc-micetro\"", "\"arn:aws:iam::111111111111:user/svc-micetro*\"");
            "another resource", HUB, Swap("group/micetro-access\"", "group/admins\"");
            "a resource narrowed", MODULE, Swap("Resource = \"*\"", "Resource = \"arn:aws:route53:::hostedzone/Z1\"");
            "a role more", LOCALS, Swap("333333333333:role/MicetroAccess", "444444444444:role/MicetroAccess");
            "a role by wildcard", LOCALS, Swap("222222222222:role/MicetroAccess", "222222222222:role/*");
            "a role less", LOCALS, Swap("      \"333333333333\" = {\n        name     = \"prod\"\n        role_arn = \"arn:aws:iam::333333333333:role/MicetroAccess\"\n      }\n", "");
            "a grant that denies", HUB, Swap("Effect   = \"Allow\"", "Effect   = \"Deny\"");
            "an effect in lower case", HUB, Swap("Effect   = \"Allow\"", "Effect   = \"allow\"");
            "everything but these actions", MODULE, Swap("Action = [", "NotAction = [");
            "everything but this resource", HUB, Swap("Resource = each.value.role_arn", "NotResource = each.value.role_arn");
            "a statement more", HUB, Swap("Statement = [", "Statement = [\n      { Effect = \"Allow\", Action = \"*\", Resource = \"*\" },");
            "a Sid that appears twice", HUB, Swap("MicetroAccountRequired2", "MicetroAccountRequired");
            "an empty Sid", HUB, Swap("\"MicetroAccountRequired2\"", "\"\"");
                        "an older policy language", MODULE, SwapAll("\"2012-10-17\"", "\"2008-10-17\"");
            "an id in a policy", HUB, Swap("Version = \"2012-10-17\"", "Version = \"2012-10-17\"\n    Id = \"x\"");
            "an inline policy of another name", HUB, Swap("assume-role-${each.key}", "assume-${each.key}");
            "an inline policy of one name for all", HUB, Swap("assume-role-${each.key}", "assume-role");
            "a managed policy of another name", HUB, Swap("\"micetro-access-micetro\"", "\"micetro-access\"");
            "a managed policy that is not attached", HUB, Swap("resource \"aws_iam_group_policy_attachment\" \"micetro\" {\n  group      = aws_iam_group.access[\"1\"].name\n  policy_arn = aws_iam_policy.micetro.arn\n}\n", "");
            "a managed policy of AWS", HUB, Swap("aws_iam_policy.micetro.arn", "\"arn:aws:iam::aws:policy/AdministratorAccess\"");
            "a managed policy made inline", HUB, Swap("resource \"aws_iam_group_policy_attachment\" \"micetro\" {\n  group      = aws_iam_group.access[\"1\"].name\n  policy_arn = aws_iam_policy.micetro.arn\n}\n", "resource \"aws_iam_group_policy\" \"micetro\" {\n  name   = \"micetro-access-micetro\"\n  group  = aws_iam_group.access[\"1\"].name\n  policy = aws_iam_policy.micetro.policy\n}\n");
            "a group more", LOCALS, Swap("\"1\" = \"micetro-access\"", "\"1\" = \"micetro-access\"\n    \"2\" = \"admins\"");
            "a policy in another group", LOCALS, Swap("  targets = {\n    \"1\" = {", "  targets = {\n    \"2\" = {");
            "another group", LOCALS, SwapAll("\"micetro-access\"", "\"admins\"");
            "another path", HUB, Swap("path = \"/\"", "path = \"/admins/\"");
            "another user", LOCALS, Swap("name = \"svc-micetro\"", "name = \"admin\"");
            "one user more", LOCALS, Swap("  users = {\n", "  users = {\n    \"2\" = {\n      name = \"admin\"\n      groups = [\n        \"1\",\n      ]\n    }\n");
            "a user by interpolation", HUB, Swap("name = each.value.name", "name = \"svc-${var.region}\"");
            "a resource by interpolation", HUB, Swap("user/svc-micetro\"", "user/${local.tags.owner}\"");
            "an unknown reference", HUB, Swap("user/svc-micetro\"", "user/${data.aws_caller_identity.me.user_id}\"");
            "no membership", HUB, Swap("resource \"aws_iam_user_group_membership\" \"product\" {\n  for_each = local.users\n\n  user   = aws_iam_user.product[each.key].name\n  groups = [for group in each.value.groups : aws_iam_group.access[group].name]\n}\n", "");
            "a membership of no group", HUB, Swap("[for group in each.value.groups : aws_iam_group.access[group].name]", "[]");
            "a membership filtered", HUB, Swap("[for group in each.value.groups : aws_iam_group.access[group].name]", "[for group in each.value.groups : aws_iam_group.access[group].name if group != \"1\"]");
            "a for_each filtered", HUB, Swap("role_arn = target.role_arn }", "role_arn = target.role_arn } if target.name != \"prod\"");
            "another role for all", HUB, Swap("role_arn = target.role_arn }", "role_arn = \"*\" }");
            "a map merged over the roles", HUB, Swap("  ]...)", "  ], { \"222222222222\" = { group = \"micetro-access\", role_arn = \"*\" } })");
            "a function that is not known", HUB, Swap("= merge([", "= zipmap([");
            "a count", HUB, Swap("resource \"aws_iam_user\" \"product\" {", "resource \"aws_iam_user\" \"product\" {\n  count = 0");
            "merged tags", HUB, Swap("tags = local.tags", "tags = merge(local.tags, { admin = \"yes\" })");
            "a merged policy", HUB, Swap("Action   = \"sts:AssumeRole\"", "Action   = concat([\"sts:AssumeRole\"], [\"iam:*\"])");
            "a policy from a file", HUB, Swap("Resource = each.value.role_arn", "Resource = file(\"arn\")");
            "a conditional", HUB, Swap("Resource = each.value.role_arn", "Resource = each.key == \"222222222222\" ? \"*\" : each.value.role_arn");
            "another tag", LOCALS, Swap("\"network-platform\"", "\"admins\"");
            "a tag more", TARGET, Swap("  tags = {", "  tags = {\n    admin = \"x\"");
            "no tags", TARGET, Swap("tags = {\n    owner = \"network-platform\"\n  }", "tags = {}");
            "another account", PROVIDERS, Swap("111111111111", "999999999999");
            "another target account", TARGET, Swap("allowed_account_ids = [\"222222222222\"]", "allowed_account_ids = [\"333333333333\"]");
            "two accounts", PROVIDERS, Swap("[\"111111111111\"]", "[\"111111111111\", \"999999999999\"]");
            "any account", PROVIDERS, Swap("  allowed_account_ids = [\"111111111111\"]\n", "");
            "a second provider", PROVIDERS, Add("provider \"aws\" {\n  alias = \"other\"\n  allowed_account_ids = [\"999999999999\"]\n}\n");
            "another partition", VARIABLES, Swap("us-east-1", "us-gov-west-1");
            "another trusted account", MODULE, Swap("111111111111:root", "999999999999:root");
            "trust of everybody", MODULE, Swap("Principal = {\n          AWS = \"arn:aws:iam::111111111111:root\"\n        }", "Principal = \"*\"");
            "trust of every AWS principal", MODULE, Swap("AWS = \"arn:aws:iam::111111111111:root\"", "AWS = \"*\"");
            "trust of one more", MODULE, Swap("AWS = \"arn:aws:iam::111111111111:root\"", "AWS = [\"arn:aws:iam::111111111111:root\", \"arn:aws:iam::999999999999:root\"]");
            "trust of a service", MODULE, Swap("AWS = \"arn:aws:iam::111111111111:root\"", "Service = \"ec2.amazonaws.com\"");
            "trust of a service too", MODULE, Swap("AWS = \"arn:aws:iam::111111111111:root\"", "AWS = \"arn:aws:iam::111111111111:root\"\n          Service = \"ec2.amazonaws.com\"");
            "trust of everybody but", MODULE, Swap("Principal = {", "NotPrincipal = {");
            "trust that is not narrowed", MODULE, Swap("        Condition = {\n          ArnEquals = {\n            \"aws:PrincipalArn\" = var.trusted_user_arn\n          }\n        }\n", "");
            "trust narrowed to somebody else", TARGET, Swap("111111111111:user/svc-micetro", "111111111111:user/admin");
            "trust narrowed to a pattern", TARGET, Swap("111111111111:user/svc-micetro", "111111111111:user/*");
            "trust narrowed to another value", MODULE, Swap("var.trusted_user_arn", "\"arn:aws:iam::111111111111:user/admin\"");
            "trust narrowed the other way round", MODULE, Swap("ArnEquals", "ArnNotEquals");
            "trust narrowed where the key exists", MODULE, Swap("ArnEquals", "ArnEqualsIfExists");
            "trust narrowed by another key", MODULE, Swap("aws:PrincipalArn", "aws:SourceArn");
            "trust of another action", MODULE, Swap("Action = \"sts:AssumeRole\"", "Action = \"sts:*\"");
            "trust in a second statement", MODULE, Swap("Statement = [", "Statement = [\n      { Effect = \"Allow\", Principal = { AWS = \"*\" }, Action = \"sts:AssumeRole\" },");
            "trust that denies", MODULE, Swap("Effect = \"Allow\"\n        Principal", "Effect = \"Deny\"\n        Principal");
            "a longer session", TARGET, Swap("3600", "43200");
            "no session length", MODULE, Swap("  max_session_duration = var.max_session_duration\n", "");
            "another role name", TARGET, Swap("\"MicetroAccess\"", "\"MicetroAdmin\"");
            "another role path", TARGET, Swap("path                 = \"/\"", "path                 = \"/admins/\"");
            "an argument less", TARGET, Swap("  path                 = \"/\"\n", "");
            "an argument more", TARGET, Swap("max_session_duration ", "admin = true\n  max_session_duration ");
            "an input turned around", MODULE_VARIABLES, Swap("variable \"name\"", "variable \"role_name\"");
            "a module from elsewhere", TARGET, Swap("../../modules/target-role", "../../modules/other-role");
            "a module from a registry", TARGET, Swap("../../modules/target-role", "acme/target-role/aws");
            "the module twice", TARGET, Add("module \"again\" {\n  source = \"../../modules/target-role\"\n  max_session_duration = 3600\n  name = \"Other\"\n  path = \"/\"\n  tags = {}\n}\n");
            "a module in the hub", HUB, Add("module \"role\" {\n  source = \"../modules/target-role\"\n  max_session_duration = 3600\n  name = \"Other\"\n  path = \"/\"\n  tags = {}\n}\n");
            "a policy of the user", HUB, Add("resource \"aws_iam_user_policy\" \"admin\" {\n  name = \"admin\"\n  user = aws_iam_user.product[\"1\"].name\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = \"*\", Resource = \"*\" }] })\n}\n");
            "a policy of the role", MODULE, Add("resource \"aws_iam_role_policy\" \"admin\" {\n  name = \"admin\"\n  role = aws_iam_role.access.name\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = \"*\", Resource = \"*\" }] })\n}\n");
            "a policy of the role by the same name", MODULE, Add("resource \"aws_iam_role_policy\" \"admin\" {\n  name = \"micetro\"\n  role = aws_iam_role.access.name\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = \"*\", Resource = \"*\" }] })\n}\n");
            "an access key", HUB, Add("resource \"aws_iam_access_key\" \"key\" {\n  user = aws_iam_user.product[\"1\"].name\n}\n");
            "a console password", HUB, Add("resource \"aws_iam_user_login_profile\" \"login\" {\n  user = aws_iam_user.product[\"1\"].name\n}\n");
            "an attachment to the user", HUB, Add("resource \"aws_iam_user_policy_attachment\" \"admin\" {\n  user = aws_iam_user.product[\"1\"].name\n  policy_arn = \"arn:aws:iam::aws:policy/AdministratorAccess\"\n}\n");
            "an attachment to the role", MODULE, Add("resource \"aws_iam_role_policy_attachment\" \"admin\" {\n  role = aws_iam_role.access.name\n  policy_arn = \"arn:aws:iam::aws:policy/AdministratorAccess\"\n}\n");
            "a policy in the role's own block", MODULE, Swap("tags = var.tags\n", "tags = var.tags\n\n  inline_policy {\n    name = \"admin\"\n  }\n");
            "managed policies in the role's own block", MODULE, Swap("tags = var.tags\n", "tags = var.tags\n  managed_policy_arns = [\"arn:aws:iam::aws:policy/AdministratorAccess\"]\n");
            "a second user", HUB, Add("resource \"aws_iam_user\" \"second\" {\n  name = \"second\"\n  path = \"/\"\n}\n");
            "a data source", HUB, Add("data \"aws_iam_policy_document\" \"admin\" {\n}\n");
            "an import", HUB, Add("import {\n  to = aws_iam_user.product\n  id = \"admin\"\n}\n");
            "changes ignored", HUB, Swap("tags = local.tags\n", "tags = local.tags\n\n  lifecycle {\n    ignore_changes = all\n  }\n");
            "a command", HUB, Swap("tags = local.tags\n", "tags = local.tags\n\n  provisioner \"local-exec\" {\n    command = \"true\"\n  }\n");
            "a role module that is not there", MODULE, Remove;
            "a target that is not there", TARGET, Remove;
        },
        faults! { "micetro-overrides":
            "another target's module", TARGET, Swap("../../modules/target-role", "../../modules/target-role-production");
            "no boundary given", TARGET, Swap("\"arn:aws:iam::222222222222:policy/vendor-boundary\"", "null");
            "another boundary given", TARGET, Swap("policy/vendor-boundary", "policy/wide-boundary");
            "a boundary of another account", TARGET, Swap("222222222222:policy", "333333333333:policy");
            "a boundary that is not used", MODULE, Swap("  permissions_boundary = var.permissions_boundary\n", "");
            "no boundary of the user", HUB, Swap("  permissions_boundary = \"arn:aws:iam::111111111111:policy/vendor-boundary\"\n", "");
            "a zone more", HUB, Swap("Z1D633PJN98FT9", "*");
            "an omitted action", HUB, Swap("\"ec2:DeleteTags\",", "\"ec2:DeleteTags\",\n          \"ec2:DeleteVpc\",");
            "a policy of the user that is a policy of the group", HUB, Swap("resource \"aws_iam_user_policy\" \"micetro\" {\n  name = \"micetro\"\n  user = aws_iam_user.product[\"1\"].name", "resource \"aws_iam_group_policy\" \"micetro\" {\n  name = \"micetro\"\n  group = \"micetro-access\"");
        },
        faults! { "multitool-roles":
            "no external id", MODULE, Swap("        Condition = {\n          StringEquals = {\n            \"sts:ExternalId\" = var.external_id\n          }\n        }\n", "");
            "an external id for all", MODULE, Swap("= var.external_id", "= \"3f1c2f4e-6d5b-4f2a-9a7d-0c8f5e1b7a61\"");
            "an external id that may be missing", MODULE, Swap("StringEquals", "StringEqualsIfExists");
            "an external id by pattern", MODULE, Swap("StringEquals", "StringLike");
            "another external id", TARGET, Swap("3f1c2f4e", "3f1c2f4f");
            "another trusted role", MODULE, Swap("role/ci/deployer", "role/ci/other");
            "the trusted role's account", MODULE, Swap("111111111111:role/ci/deployer", "111111111111:root");
        },
        faults! { "load-balancer-controller":
            "a Null condition flipped", MODULE, Swap("\"aws:RequestTag/elbv2.k8s.aws/cluster\" = \"false\"", "\"aws:RequestTag/elbv2.k8s.aws/cluster\" = \"true\"");
            "a Null condition removed", MODULE, Swap("        Condition = {\n          Null = {\n            \"aws:RequestTag/elbv2.k8s.aws/cluster\" = \"false\"\n          }\n        }\n", "");
            "another key in a condition", MODULE, Swap("aws:RequestTag/elbv2", "aws:ResourceTag/elbv2");
            "another value in a condition", MODULE, Swap("elasticloadbalancing.amazonaws.com", "ec2.amazonaws.com");
            "a value more in a condition", MODULE, Swap("\"CreateLoadBalancer\",", "\"CreateLoadBalancer\",\n              \"CreateRule\",");
        },
        faults! { "karpenter":
            "another cluster in a condition key", MODULE, Swap("kubernetes.io/cluster/platform-dev", "kubernetes.io/cluster/platform-prod");
            "any value instead of all", MODULE, Swap("ForAllValues:", "ForAnyValue:");
            "a condition that asks for another value", MODULE, Swap("StringEqualsIfExists", "StringNotEquals");
            "a condition value by pattern", MODULE, Swap("\"aws:RequestedRegion\" = \"eu-west-1\"", "\"aws:RequestedRegion\" = \"eu-*\"");
            "another account handed to the module", TARGET, Swap("account_id           = \"222222222222\"", "account_id           = \"333333333333\"");
            "an account instead of the role's", MODULE, Swap("${var.account_id}", "*");
        },
        faults! { "own-catalog":
            "a policy variable filled in", HUB, Swap("$${aws:username}", "*");
            "a policy variable that Terraform fills in", HUB, Swap("$${aws:username}", "${local.tags.on}");
            "a policy variable escaped twice", HUB, Swap("$${aws:username}", "$$${aws:username}");
            "another policy variable", HUB, Swap("$${aws:username}", "$${aws:userid}");
        },
        faults! { "shape-single-root":
            "in one root: another account for a target", ONE_ROOT_PROVIDERS, Swap("[\"222222222222\"]", "[\"555555555555\"]");
            "in one root: another role to enter a target by", ONE_ROOT_PROVIDERS, Swap("222222222222:role/deployers/TerraformDeploy", "222222222222:role/Admin");
            "in one root: a target entered by a role of another", ONE_ROOT_PROVIDERS, Swap("222222222222:role/deployers", "333333333333:role/deployers");
            "in one root: a target entered without a role", ONE_ROOT_PROVIDERS, Swap("\n\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/deployers/TerraformDeploy\"\n  }", "");
            "in one root: a provider more", ONE_ROOT_PROVIDERS, Add("provider \"aws\" {\n  alias               = \"more\"\n  region              = var.region\n  allowed_account_ids = [\"555555555555\"]\n}\n");
            "in one root: a target in the hub", ONE_ROOT_TARGETS, Swap("  providers = {\n    aws = aws.account_222222222222\n  }\n\n", "");
            "in one root: a target in another", ONE_ROOT_TARGETS, Swap("aws = aws.account_222222222222", "aws = aws.account_333333333333");
            "in one root: a target with the variant of another", ONE_ROOT_TARGETS, Swap("target-role-no-deletes\"", "target-role\"");
            "in one root: a target twice", ONE_ROOT_TARGETS, Add("module \"again\" {\n  source = \"../modules/target-role\"\n\n  providers = {\n    aws = aws.account_222222222222\n  }\n\n  max_session_duration = 3600\n  name                 = \"More\"\n  path                 = \"/\"\n  trusted_user_arn     = \"arn:aws:iam::111111111111:user/svc-micetro\"\n\n  tags = {}\n}\n");
            "in one root: another user trusted", ONE_ROOT_TARGETS, Swap("111111111111:user/svc-micetro", "111111111111:user/admin");
            "in one root: a module that calls itself", MODULE, Add("module \"again\" {\n  source = \"../target-role\"\n}\n");
        },
        faults! { "shape-tofu":
            "for each: another account for a target", ONE_ROOT_TARGETS, Swap("= \"222222222222\"\n", "= \"555555555555\"\n");
            "for each: one account for all", ONE_ROOT_TARGETS, Swap("aws = aws.target[each.key]", "aws = aws.target[\"222222222222\"]");
            "for each: an account that leaves already", ONE_ROOT_VARIABLES, Swap("default     = []", "default     = [\"555555555555\"]");
            "for each: another role to enter by", ONE_ROOT_PROVIDERS, Swap("role/deployers/TerraformDeploy", "role/Admin");
            "for each: another account to enter by", ONE_ROOT_PROVIDERS, Swap("iam::${each.key}:role", "iam::555555555555:role");
            "for each: one session length for all", ONE_ROOT_TARGETS, Swap("max_session_duration = each.value.max_session_duration", "max_session_duration = 43200");
            "for each: targets left out", ONE_ROOT_TARGETS, Swap("{ for target in local.target_roles : target.account => target }", "{ for target in local.target_roles : target.account => target if target.max_session_duration > 3600 }");
        },
        faults! { "shape-stackset":
            "by stack set: an account more", STACK_SET, Swap("    { account = \"222222222222\", own = {} },\n", "    { account = \"222222222222\", own = {} },\n    { account = \"555555555555\", own = {} },\n");
            "by stack set: another account", STACK_SET, Swap("\"222222222222\", own", "\"555555555555\", own");
            "by stack set: an account less", STACK_SET, Swap("    { account = \"222222222222\", own = {} },\n", "");
            "by stack set: the stack set of another variant", STACK_SET, Swap("{ stack_set = aws_cloudformation_stack_set.target_role_no_deletes.name,", "{ stack_set = aws_cloudformation_stack_set.target_role.name,");
            "by stack set: the accounts of one stack set in both", STACK_SET, Swap("for target in local.target_role_no_deletes :", "for target in local.target_role :");
            "by stack set: one account for all", STACK_SET, Swap("[each.key]", "[\"222222222222\"]");
            "by stack set: an account outside the units", STACK_SET, Swap("  parameter_overrides = each.value.own\n", "  parameter_overrides = each.value.own\n  account_id          = \"555555555555\"\n");
            "by stack set: every account of the units", STACK_SET, Swap("account_filter_type = \"INTERSECTION\"", "account_filter_type = \"NONE\"");
            "by stack set: all but the accounts", STACK_SET, Swap("account_filter_type = \"INTERSECTION\"", "account_filter_type = \"DIFFERENCE\"");
            "by stack set: accounts that join", STACK_SET, Swap("    enabled = false", "    enabled = true");
            "by stack set: a Region of its own", STACK_SET, Swap("  parameter_overrides = each.value.own\n", "  parameter_overrides = each.value.own\n  region              = \"us-east-1\"\n");
            "by stack set: a Region of another partition", STACK_SET_VARIABLES, Swap("\"eu-west-1\"", "\"us-gov-west-1\"");
            "by stack set: another user trusted", STACK_SET, Swap("user/svc-micetro", "user/admin");
            "by stack set: another tag", STACK_SET, Swap("TagStage = \"test\"", "TagStage = \"prod\"");
            "by stack set: nothing of its own", STACK_SET, Swap("  parameter_overrides = each.value.own\n", "");
            "by stack set: the template of another variant", STACK_SET, Swap("target-no-deletes.yaml", "target.yaml");
            "by stack set: an action more in the template", STACK_SET_BODY, Swap("- ec2:DescribeVpcs", "- ec2:DescribeVpcs\n                  - ec2:RunInstances");
            "by stack set: a lifecycle that hides changes", STACK_SET, Swap("[administration_role_arn]", "[template_body]");
            "by stack set: a lifecycle that hides what a stack has of its own", STACK_SET, Swap("[deployment_targets]", "[parameter_overrides]");
            "by stack set: another administrator", STACK_SET_PROVIDERS, Swap("999999999999", "555555555555");
        },
        faults! { "shape-stackset-self-managed":
            "by self-managed stack set: one account for all", STACK_SET, Swap("= each.key", "= \"222222222222\"");
            "by self-managed stack set: the account of whoever applies", STACK_SET, Swap("  account_id          = each.key\n", "");
            "by self-managed stack set: the external id of another", STACK_SET, Swap("multitool-test", "multitool-dev");
        },
        faults! { "role-list-json":
            "a role of another map", HUB, Swap("[for target in each.value :", "[for target in { x = { role_arn = \"*\" } } :");
            "a list with a role more", HUB, Swap("[for target in each.value : target.role_arn]", "[\"*\"]");
        },
        faults! { "trust-ec2":
            "no instance profile", MODULE, Swap("resource \"aws_iam_instance_profile\" \"access\" {\n  name = var.name\n  path = var.path\n  role = aws_iam_role.access.name\n\n  tags = var.tags\n}\n", "");
            "an instance profile of another name", MODULE, Swap("  name = var.name\n  path = var.path\n  role", "  name = \"Admin\"\n  path = var.path\n  role");
            "an instance profile under another path", MODULE, Swap("  path = var.path\n  role", "  path = \"/\"\n  role");
            "an instance profile of another's role", MODULE, Swap("  path = var.path\n  role = aws_iam_role.access.name", "  path = var.path\n  role = \"Admin\"");
            "an instance profile that holds no role", MODULE, Swap("  path = var.path\n  role = aws_iam_role.access.name\n", "  path = var.path\n");
            "a second instance profile", MODULE, Swap("# EC2 hands", "resource \"aws_iam_instance_profile\" \"more\" {\n  name = \"More\"\n  role = aws_iam_role.access.name\n}\n\n# EC2 hands");
            "a name that another provides", MODULE, Swap("  name = var.name\n  path = var.path\n  role", "  name_prefix = var.name\n  path = var.path\n  role");
        },
        faults! { "trust-github-provider":
            "another issuer", MODULE, Swap("https://token.actions.githubusercontent.com", "https://token.actions.example.com");
            "an issuer by another way", MODULE, Swap("https://token.actions.githubusercontent.com", "http://token.actions.githubusercontent.com");
            "an audience more", MODULE, Swap("    \"monitoring\",\n", "    \"monitoring\",\n    \"more\",\n");
            "an audience less", MODULE, Swap("    \"monitoring\",\n", "");
            "an audience that is a number", MODULE, Swap("    \"monitoring\",\n", "    1,\n");
            "thumbprints", MODULE, Swap("  client_id_list", "  thumbprint_list = [\"cf23df2207d99a74fbe169e3eba035e633b65d94\"]\n  client_id_list");
            "a second identity provider", MODULE, Swap("# The identity provider", "resource \"aws_iam_openid_connect_provider\" \"more\" {\n  url = \"https://example.com\"\n  client_id_list = [\"x\"]\n}\n\n# The identity provider");
        },
    ];
    check("Terraform", &faults, 100);
}

#[test]
fn every_fault_planted_in_cloudformation_is_refused() {
    let faults = [
        faults! { "split-role":
            "a managed policy of the role that is in nobody", ROLE_YAML, Swap("      Roles:\n        - !Ref Role\n", "");
            "a managed policy of the role under another path", ROLE_YAML, Swap("      ManagedPolicyName: !Sub \"${RoleName}-acme-inventory-compute\"\n      Path: !Ref RolePath\n", "      ManagedPolicyName: !Sub \"${RoleName}-acme-inventory-compute\"\n      Path: /\n");
            "a managed policy of the role of another name", ROLE_YAML, Swap("-acme-inventory-databases", "-acme-inventory-data");
            "an action less in a managed policy", ROLE_YAML, Swap("            - rds:DescribeDBClusters\n", "");
        },
        faults! { "micetro-two-targets":
            "a property without a value", ROLE_YAML, Swap("      Path: !Ref RolePath\n", "      Path:\n");
            "a template more", EXTRA_YAML, Create("Resources: {}\n");
            "a parameter file more", EXTRA_PARAMETERS, Create("[]\n");
            "a managed policy more", HUB_YAML, Swap("Resources:\n", "Resources:\n  Admin:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      ManagedPolicyName: admin\n      PolicyDocument:\n        Version: \"2012-10-17\"\n        Statement:\n          - Effect: Allow\n            Action: \"*\"\n            Resource: \"*\"\n");
            "a parameter from elsewhere", ROLE_YAML, Swap("    Type: String\n    Description: Name", "    Type: AWS::SSM::Parameter::Value<String>\n    Description: Name");
            "another default", ROLE_YAML, Swap("Default: MicetroAccess", "Default: admin");
            "a longer default", ROLE_YAML, Swap("Default: 3600", "Default: 43200");
            "a default that is gone", ROLE_YAML, Swap("    Default: MicetroAccess\n", "");
            "bounds that leave the value out", ROLE_YAML, Swap("MinValue: 3600", "MinValue: 7200");
            "allowed values", ROLE_YAML, Swap("    Default: MicetroAccess\n", "    Default: MicetroAccess\n    AllowedValues: [MicetroAccess]\n");
            "an action more", HUB_YAML, Swap("- iam:GetUser\n", "- iam:GetUser\n              - iam:CreateUser\n");
            "an action less", ROLE_YAML, Swap("                  - ec2:DeleteVpc\n", "");
            "an action in another case", ROLE_YAML, Swap("ec2:DescribeVpcs", "ec2:DescribeVPCs");
            "an action widened", ROLE_YAML, Swap("ec2:DescribeVpcs", "\"ec2:Describe*\"");
            "a resource that is everything", HUB_YAML, Swap("!Sub \"arn:${AWS::Partition}:iam::111111111111:user/svc-micetro\"", "\"*\"");
            "a resource widened", HUB_YAML, Swap("user/svc-micetro\"", "user/*\"");
            "a resource in another account", HUB_YAML, Swap("iam::111111111111:user/svc-micetro\"", "iam::999999999999:user/svc-micetro\"");
            "a role more", HUB_YAML, Swap("Resource: !Sub \"arn:${AWS::Partition}:iam::222222222222:role/MicetroAccess\"", "Resource:\n              - !Sub \"arn:${AWS::Partition}:iam::222222222222:role/MicetroAccess\"\n              - \"*\"");
            "a role in another account", HUB_YAML, Swap("222222222222:role/", "999999999999:role/");
            "a role in another partition", HUB_YAML, Swap("arn:${AWS::Partition}:iam::222222222222:role", "arn:aws-cn:iam::222222222222:role");
            "a grant that denies", ROLE_YAML, Swap("Required\n                Effect: Allow", "Required\n                Effect: Deny");
            "everything but these actions", ROLE_YAML, Swap("                Action:\n", "                NotAction:\n");
            "everything but this resource", HUB_YAML, Swap("            Resource: !Sub", "            NotResource: !Sub");
            "a statement more", HUB_YAML, Swap("        Statement:\n", "        Statement:\n          - Effect: Allow\n            Action: \"*\"\n            Resource: \"*\"\n");
            "a Sid that appears twice", HUB_YAML, Swap("MicetroAccountRequired2", "MicetroAccountRequired");
            "a Sid with a blank", HUB_YAML, Swap("MicetroAccountRequired2", "\"Micetro account\"");
            "an older policy language", ROLE_YAML, SwapAll("\"2012-10-17\"", "\"2008-10-17\"");
            "a policy of another name", HUB_YAML, Swap("assume-role-222222222222", "assume-role-dev");
            "two policies of one name", HUB_YAML, Swap("assume-role-333333333333", "assume-role-222222222222");
            "a policy of a group that is not there", HUB_YAML, Swap("GroupName: !Ref Group\n", "GroupName: admins\n");
            "a policy by the user's name", HUB_YAML, Swap("GroupName: !Ref Group\n", "GroupName: !Ref User\n");
            "no membership", HUB_YAML, Swap("      Groups:\n        - !Ref Group\n      Tags", "      Tags");
            "a managed policy that is not attached", HUB_YAML, Swap("      Groups:\n        - !Ref Group\n      PolicyDocument", "      PolicyDocument");
            "a managed policy of another name", HUB_YAML, Swap("ManagedPolicyName: micetro-access-micetro", "ManagedPolicyName: micetro-access");
            "metadata by a macro", HUB_YAML, Swap("    Metadata:\n      cfn_nag:\n        rules_to_suppress:\n          - id: W13\n", "    Metadata:\n      Fn::Transform: Widen\n      cfn_nag:\n        rules_to_suppress:\n          - id: W13\n");
            "a managed policy made inline", HUB_YAML, Swap("    Type: AWS::IAM::ManagedPolicy\n    Metadata:\n      cfn_nag:\n        rules_to_suppress:\n          - id: W13\n            reason: AWS accepts no other resource for sts:GetCallerIdentity\n    Properties:\n      ManagedPolicyName: micetro-access-micetro\n      Description: \"micetro: what the product may do in this account\"\n      Groups:\n        - !Ref Group\n", "    Type: AWS::IAM::GroupPolicy\n    Properties:\n      PolicyName: micetro-access-micetro\n      GroupName: !Ref Group\n");
            "a managed policy of the user", HUB_YAML, Swap("      Groups:\n        - !Ref Group\n      PolicyDocument", "      Users:\n        - !Ref User\n      PolicyDocument");
            "another user", HUB_YAML, Swap("UserName: svc-micetro", "UserName: admin");
            "another group", HUB_YAML, Swap("GroupName: micetro-access", "GroupName: admins");
            "another path", HUB_YAML, Swap("Path: /", "Path: /admins/");
            "another tag", HUB_YAML, Swap("Value: network-platform", "Value: admins");
            "a tag more", ROLE_YAML, Swap("      Tags:\n", "      Tags:\n        - Key: admin\n          Value: x\n");
            "another trusted account", ROLE_YAML, Swap("111111111111:root", "999999999999:root");
            "trust of the target itself", ROLE_YAML, Swap("iam::111111111111:root", "iam::${AWS::AccountId}:root");
            "trust of everybody", ROLE_YAML, Swap("            Principal:\n              AWS: !Sub \"arn:${AWS::Partition}:iam::111111111111:root\"\n", "            Principal: \"*\"\n");
            "trust of every AWS principal", ROLE_YAML, Swap("AWS: !Sub \"arn:${AWS::Partition}:iam::111111111111:root\"", "AWS: \"*\"");
            "trust of one more", ROLE_YAML, Swap("AWS: !Sub \"arn:${AWS::Partition}:iam::111111111111:root\"", "AWS:\n                - !Sub \"arn:${AWS::Partition}:iam::111111111111:root\"\n                - \"999999999999\"");
            "trust of a service", ROLE_YAML, Swap("AWS: !Sub \"arn:${AWS::Partition}:iam::111111111111:root\"", "Service: lambda.amazonaws.com");
            "trust that is not narrowed", ROLE_YAML, Swap("            Condition:\n              ArnEquals:\n                aws:PrincipalArn: !Ref TrustedUserArn\n", "");
            "trust narrowed to somebody else", PARAMETERS, Swap("user/svc-micetro", "user/admin");
            "a trusted user by default", ROLE_YAML, Swap("may assume the role.\n", "may assume the role.\n    Default: arn:aws:iam::111111111111:user/admin\n");
            "trust narrowed to another value", ROLE_YAML, Swap("!Ref TrustedUserArn", "arn:aws:iam::111111111111:user/admin");
            "trust narrowed the other way round", ROLE_YAML, Swap("ArnEquals", "ArnNotEquals");
            "trust of another action", ROLE_YAML, Swap("Action: sts:AssumeRole", "Action: \"sts:*\"");
            "trust in a second statement", ROLE_YAML, Swap("        Statement:\n          - Effect: Allow\n            Principal", "        Statement:\n          - Effect: Allow\n            Principal: \"*\"\n            Action: sts:AssumeRole\n          - Effect: Allow\n            Principal");
            "a longer session", ROLE_YAML, Swap("MaxSessionDuration: !Ref MaxSessionDuration", "MaxSessionDuration: \"43200\"");
            "no session length", ROLE_YAML, Swap("      MaxSessionDuration: !Ref MaxSessionDuration\n", "");
            "another role name", ROLE_YAML, Swap("RoleName: !Ref RoleName", "RoleName: Admin");
            "another role path", ROLE_YAML, Swap("Path: !Ref RolePath", "Path: /admins/");
            "a parameter of another", ROLE_YAML, Swap("RoleName: !Ref RoleName", "RoleName: !Ref RolePath");
            "another inline policy name", ROLE_YAML, Swap("PolicyName: micetro", "PolicyName: admin");
            "another parameter value", PARAMETERS, Swap("MicetroAccess", "MicetroAdmin");
            "a parameter value over its pattern", PARAMETERS, Swap("MicetroAccess", "Micetro Access");
            "a session in the parameters", PARAMETERS, Swap("3600", "43200");
            "a parameter more", PARAMETERS, Swap("\"RolePath\"", "\"Role\"");
            "a parameter that says more", PARAMETERS, Swap("\"ParameterKey\": \"RolePath\"", "\"ParameterKey\": \"RolePath\", \"UsePreviousValue\": \"true\"");
            "no parameters", PARAMETERS, Remove;
            "no role template", ROLE_YAML, Remove;
            "no hub template", HUB_YAML, Remove;
            "a policy of the user", HUB_YAML, Swap("\nOutputs:", "\n  Admin:\n    Type: AWS::IAM::UserPolicy\n    Properties:\n      UserName: !Ref User\n      PolicyName: admin\n      PolicyDocument:\n        Version: \"2012-10-17\"\n        Statement:\n          - Effect: Allow\n            Action: \"*\"\n            Resource: \"*\"\n\nOutputs:");
            "a policy of the old kind", HUB_YAML, Swap("\nOutputs:", "\n  Admin:\n    Type: AWS::IAM::Policy\n    Properties:\n      PolicyName: admin\n      Groups: [!Ref Group]\n      PolicyDocument: {}\n\nOutputs:");
            "an access key", HUB_YAML, Swap("\nOutputs:", "\n  Key:\n    Type: AWS::IAM::AccessKey\n    Properties:\n      UserName: !Ref User\n\nOutputs:");
            "a membership more", HUB_YAML, Swap("\nOutputs:", "\n  More:\n    Type: AWS::IAM::UserToGroupAddition\n    Properties:\n      GroupName: admins\n      Users: [!Ref User]\n\nOutputs:");
            "a custom resource", HUB_YAML, Swap("\nOutputs:", "\n  More:\n    Type: Custom::Admin\n\nOutputs:");
            "a second user", HUB_YAML, Swap("\nOutputs:", "\n  More:\n    Type: AWS::IAM::User\n    Properties:\n      UserName: more\n\nOutputs:");
            "managed policies of the user", HUB_YAML, Swap("UserName: svc-micetro", "UserName: svc-micetro\n      ManagedPolicyArns: [\"arn:aws:iam::aws:policy/AdministratorAccess\"]");
            "a console password", HUB_YAML, Swap("UserName: svc-micetro", "UserName: svc-micetro\n      LoginProfile:\n        Password: x");
            "inline policies of the user", HUB_YAML, Swap("UserName: svc-micetro", "UserName: svc-micetro\n      Policies: []");
            "managed policies of the role", ROLE_YAML, Swap("RoleName: !Ref RoleName", "RoleName: !Ref RoleName\n      ManagedPolicyArns: [\"arn:aws:iam::aws:policy/AdministratorAccess\"]");
            "a resource on a condition", ROLE_YAML, Swap("    Type: AWS::IAM::Role\n", "    Type: AWS::IAM::Role\n    Condition: Never\n");
            "a resource that is kept", HUB_YAML, Swap("    Type: AWS::IAM::User\n", "    Type: AWS::IAM::User\n    DeletionPolicy: Retain\n");
            "a transform", HUB_YAML, Swap("Resources:\n", "Transform: AWS::Include\n\nResources:\n");
            "a mapping", HUB_YAML, Swap("Resources:\n", "Mappings: {}\n\nResources:\n");
            "a joined text", HUB_YAML, Swap("UserName: svc-micetro", "UserName: !Join [\"\", [svc, -micetro]]");
            "an imported value", HUB_YAML, Swap("UserName: svc-micetro", "UserName: !ImportValue name");
            "a reference to nothing", HUB_YAML, Swap("UserName: svc-micetro", "UserName: !Ref Name");
            "a substitution that is none", HUB_YAML, Swap("Resource: !Sub \"arn:${AWS::Partition}:iam::222", "Resource: \"arn:${AWS::Partition}:iam::222");
            "a parameter more in the template", ROLE_YAML, Swap("Parameters:\n", "Parameters:\n  Admin:\n    Type: String\n\n");
        },
        faults! { "micetro-overrides":
            "no boundary", ROLE_YAML, Swap("      PermissionsBoundary: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/vendor-boundary\"\n", "");
            "a boundary of nothing", ROLE_YAML, Swap("PermissionsBoundary: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/vendor-boundary\"", "PermissionsBoundary: !Ref AWS::NoValue");
            "a boundary for all", ROLE_YAML, Swap("PermissionsBoundary: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/vendor-boundary\"", "PermissionsBoundary: \"arn:aws:iam::333333333333:policy/vendor-boundary\"");
            "no boundary of the user", HUB_YAML, Swap("      PermissionsBoundary: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/vendor-boundary\"\n", "");
            "a zone more", HUB_YAML, Swap("Z1D633PJN98FT9", "*");
            "an omitted action", HUB_YAML, Swap("- ec2:DeleteTags\n", "- ec2:DeleteTags\n              - ec2:DeleteVpc\n");
        },
        faults! { "multitool-roles":
            "no external id", ROLE_YAML, Swap("            Condition:\n              StringEquals:\n                sts:ExternalId: !Ref ExternalId\n", "");
            "an external id for all", ROLE_YAML, Swap("!Ref ExternalId", "9b7a4d02-1e9c-4b1c-8f0e-5a2d6c3e8f17");
            "an external id that may be missing", ROLE_YAML, Swap("StringEquals", "StringEqualsIfExists");
            "another external id", PARAMETERS, Swap("3f1c2f4e", "3f1c2f4f");
            "another trusted role", ROLE_YAML, Swap("role/ci/deployer", "role/ci/other");
        },
        faults! { "load-balancer-controller":
            "a Null condition flipped", ROLE_YAML, Swap("aws:RequestTag/elbv2.k8s.aws/cluster: \"false\"", "aws:RequestTag/elbv2.k8s.aws/cluster: \"true\"");
            "a Null that is nothing", ROLE_YAML, Swap("\"Null\":", "Null:");
            "a Null condition removed", ROLE_YAML, Swap("                Condition:\n                  \"Null\":\n                    aws:RequestTag/elbv2.k8s.aws/cluster: \"false\"\n", "");
        },
        faults! { "karpenter":
            "another cluster in a condition key", ROLE_YAML, Swap("kubernetes.io/cluster/platform-dev", "kubernetes.io/cluster/platform-prod");
            "any value instead of all", ROLE_YAML, Swap("ForAllValues:", "ForAnyValue:");
            "a condition value more", ROLE_YAML, Swap("- karpenter.sh/nodeclaim\n", "- karpenter.sh/nodeclaim\n                      - owner\n");
            "any account", ROLE_YAML, Swap("${AWS::AccountId}", "*");
        },
        faults! { "own-catalog":
            "a policy variable filled in", HUB_YAML, Swap("${!aws:username}", "*");
            "a policy variable that CloudFormation fills in", HUB_YAML, Swap("${!aws:username}", "${AWS::AccountId}");
            "a policy variable that CloudFormation refuses", HUB_YAML, Swap("${!aws:username}", "${aws:username}");
            "a policy variable escaped where nothing fills in", HUB_YAML, Swap("\"home/${aws:username}/*\"", "\"home/${!aws:username}/*\"");
        },
        faults! { "shape-stackset":
            "stack: an account more", STACK_SET_YAML, Swap("              - \"222222222222\"\n", "              - \"222222222222\"\n              - \"555555555555\"\n");
            "stack: every account of the units", STACK_SET_YAML, Swap("INTERSECTION", "NONE");
            "stack: all but the accounts", STACK_SET_YAML, Swap("AccountFilterType: INTERSECTION", "AccountFilterType: DIFFERENCE");
            "stack: accounts that join", STACK_SET_YAML, Swap("Enabled: false", "Enabled: true");
            "stack: a second Region", STACK_SET_YAML, Swap("            - eu-west-1\n", "            - eu-west-1\n            - us-east-1\n");
            "stack: another user trusted", STACK_SET_YAML, Swap("user/svc-micetro", "user/admin");
            "stack: an action more in the template", STACK_SET_YAML, Swap("- ec2:DescribeVpcs", "- ec2:DescribeVpcs\n                      - ec2:RunInstances");
            "stack: another tag", STACK_SET_YAML, Swap("ParameterValue: test", "ParameterValue: prod");
        },
        faults! { "shape-stackset-self-managed":
            "stack: no source account", ADMINISTRATION, Swap("},\n                \"StringEquals\": {\n                  \"aws:SourceAccount\": \"111111111111\"\n                }", "}");
            "stack: another service", ADMINISTRATION, Swap("cloudformation.amazonaws.com", "lambda.amazonaws.com");
            "stack: any role may be assumed", ADMINISTRATION, Swap("role/StackSetExecution", "role/*");
            "stack: another administrator trusted", EXECUTION, Swap("role/AWSCloudFormationStackSetAdministrationRole", "root");
            "stack: any role may be made", EXECUTION, Swap("role/MultiToolRead", "role/*");
            "stack: data of the account", EXECUTION, Swap("StringNotEquals", "StringEquals");
        },
        faults! { "role-list-json":
            "an empty boundary in the parameters", PARAMETERS, Swap("\"ParameterValue\": \"arn:aws:iam::222222222222:policy/boundary\"", "\"ParameterValue\": \"\"");
            "another boundary in the parameters", PARAMETERS, Swap("222222222222:policy/boundary", "222222222222:policy/wide");
            "a condition the other way round", ROLE_JSON, Swap("\"HasPermissionsBoundary\",\n            {\n              \"Ref\": \"PermissionsBoundary\"\n            },\n            {\n              \"Ref\": \"AWS::NoValue\"\n            }", "\"HasPermissionsBoundary\",\n            {\n              \"Ref\": \"AWS::NoValue\"\n            },\n            {\n              \"Ref\": \"PermissionsBoundary\"\n            }");
            "a condition that is another", ROLE_JSON, Swap("\"Fn::If\": [\n            \"HasPermissionsBoundary\"", "\"Fn::If\": [\n            \"HasTagData\"");
            "a condition turned", ROLE_JSON, Swap("{\n      \"Fn::Not\": [\n        {\n          \"Fn::Equals\": [\n            {\n              \"Ref\": \"PermissionsBoundary\"\n            },\n            \"\"\n          ]\n        }\n      ]\n    }", "{\n      \"Fn::Equals\": [\n        {\n          \"Ref\": \"PermissionsBoundary\"\n        },\n        \"\"\n      ]\n    }");
            "a role less", HUB_JSON, Swap("                {\n                  \"Fn::Sub\": \"arn:${AWS::Partition}:iam::222222222222:role/MultiToolRead\"\n                },\n", "");
            "a role more in the list", HUB_JSON, Swap("\"Resource\": [\n", "\"Resource\": [\n                \"*\",\n");
            "a key that appears twice, the last one counting", HUB_JSON, Swap("\"Action\": \"sts:AssumeRole\",", "\"Action\": \"sts:AssumeRole\", \"Action\": \"*\",");
            "another tag in the parameters", PARAMETERS, Swap("\"dev\"", "\"prod\"");
            "a tag more in the parameters", PARAMETERS, Swap("\"ParameterKey\": \"TagData\",\n    \"ParameterValue\": \"\"", "\"ParameterKey\": \"TagData\",\n    \"ParameterValue\": \"x\"");
        },
        faults! { "trust-ec2":
            "no instance profile", STACK_SET_YAML, Swap("          InstanceProfile:\n            Type: AWS::IAM::InstanceProfile\n            Properties:\n              InstanceProfileName: !Ref RoleName\n              Path: !Ref RolePath\n              Roles:\n                - !Ref Role\n", "");
            "an instance profile of another name", STACK_SET_YAML, Swap("InstanceProfileName: !Ref RoleName", "InstanceProfileName: Admin");
            "an instance profile under another path", STACK_SET_YAML, Swap("              Path: !Ref RolePath\n              Roles:", "              Path: /\n              Roles:");
            "an instance profile that holds no role", STACK_SET_YAML, Swap("              Roles:\n                - !Ref Role\n", "              Roles: []\n");
            "an instance profile of another's role", STACK_SET_YAML, Swap("                - !Ref Role\n", "                - Admin\n");
            "a second instance profile", STACK_SET_YAML, Swap("\n        Outputs:", "\n          More:\n            Type: AWS::IAM::InstanceProfile\n            Properties:\n              InstanceProfileName: More\n              Roles:\n                - !Ref Role\n\n        Outputs:");
            "a role that may be passed to any service", EXECUTION_YAML, Swap("                    iam:PassedToService:", "                    aws:RequestedRegion:");
        },
        faults! { "trust-github-provider":
            "another issuer", STACK_SET_YAML, Swap("Url: https://token.actions.githubusercontent.com", "Url: https://token.actions.example.com");
            "an issuer by another way", STACK_SET_YAML, Swap("Url: https:", "Url: http:");
            "an audience more", STACK_SET_YAML, Swap("                - monitoring\n                - sts", "                - monitoring\n                - more\n                - sts");
            "an audience less", STACK_SET_YAML, Swap("                - monitoring\n                - sts", "                - sts");
            "no audience", STACK_SET_YAML, Swap("              ClientIdList:\n                - monitoring\n                - sts.amazonaws.com\n", "");
            "thumbprints", STACK_SET_YAML, Swap("              ClientIdList:", "              ThumbprintList:\n                - cf23df2207d99a74fbe169e3eba035e633b65d94\n              ClientIdList:");
            "the provider a second time", STACK_SET_YAML, Swap("\n        Outputs:", "\n          More:\n            Type: AWS::IAM::OIDCProvider\n            Properties:\n              Url: https://token.actions.githubusercontent.com\n              ClientIdList: [monitoring]\n\n        Outputs:");
        },
    ];
    check("CloudFormation", &faults, 90);
}

/// What a folder of files grants that came from a plan, and were edited since.
fn read(built: &Built) -> Result<Vec<Read>, String> {
    let known = Known {
        partition: Some(built.plan.partition),
        hub: built.plan.hub.as_ref().map(|hub| hub.account.clone()),
        stack_sets: built
            .plan
            .stack_sets
            .as_ref()
            .map(|sets| sets.account.clone()),
    };
    read_folder(&built.files, &known).map_err(|error| error.to_string())
}

#[test]
fn the_folder_of_every_case_is_read_without_its_plan() {
    for case in pipeline::fixture_names() {
        let built = pipeline::fixture(&case);
        let planned = plan::access(&built.plan);
        let formats = read(&built).unwrap_or_else(|error| panic!("{case}: {error}"));
        for Read { format, access, .. } in formats {
            equal(&format!("{case} {format}"), &planned, &access);
            assert_eq!(planned.managed_policies, access.managed_policies, "{case}");
        }
    }
}

/// Files edited together, and what the reader says of them.
type Hidden = (
    &'static str,
    &'static str,
    &'static [(&'static str, Change)],
    &'static str,
);

const TRUSTS_ALL: &str = "resource \"aws_iam_role\" \"access\" {\n  name = \"MicetroAccess\"\n  path = \"/\"\n  assume_role_policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Principal = { AWS = \"*\" }, Action = \"sts:AssumeRole\" }] })\n}\n";
const DECOY: &str = "variable \"name\" {}\n";
const OTHER_MODULE: &str = "terraform/modules/aaa/main.tf";
const OTHER_ROOT: &str = "terraform/targets/222222222222-old/main.tf";
const STACK_SET_JSON: &str = "cloudformation/stack-set.json";

/// Edits that a reader without the plan could take for something else than whoever applies them.
const HIDDEN: &[Hidden] = &[
    (
        "a module of a registry, with a decoy",
        "micetro-two-targets",
        &[
            (
                "terraform/targets/222222222222/acme/role/aws/main.tf",
                Create(DECOY),
            ),
            (TARGET, Swap("../../modules/target-role", "acme/role/aws")),
        ],
        "begins with `./` or `../`",
    ),
    (
        "a module of a repository, with a decoy",
        "micetro-two-targets",
        &[
            (
                "terraform/targets/222222222222/git::https:/evil.example/x.git/main.tf",
                Create(DECOY),
            ),
            (
                TARGET,
                Swap(
                    "../../modules/target-role",
                    "git::https://evil.example/x.git",
                ),
            ),
        ],
        "begins with `./` or `../`",
    ),
    (
        "a module by an absolute path, with a decoy",
        "micetro-two-targets",
        &[
            (
                "terraform/targets/222222222222/srv/role/main.tf",
                Create(DECOY),
            ),
            (TARGET, Swap("../../modules/target-role", "/srv/role")),
        ],
        "begins with `./` or `../`",
    ),
    (
        "a module outside the folder",
        "micetro-two-targets",
        &[(
            TARGET,
            Swap(
                "../../modules/target-role",
                "../../../../terraform/modules/target-role",
            ),
        )],
        "leads out of the rendered folder",
    ),
    (
        "a template of a stack set outside the folder",
        "shape-stackset",
        &[(
            STACK_SET,
            Swap(
                "${path.module}/target.yaml",
                "${path.module}/../../../terraform/stack-set/target.yaml",
            ),
        )],
        "leads out of the rendered folder",
    ),
    (
        "a file beside the module",
        "shape-stackset",
        &[(
            STACK_SET,
            Swap("${path.module}/target.yaml", "${path.module}target.yaml"),
        )],
        "named from `path.module`",
    ),
    (
        "a variable of a root",
        "micetro-two-targets",
        &[
            (
                TARGET,
                Add(
                    "variable \"who\" {\n  default = \"arn:aws:iam::111111111111:user/svc-micetro\"\n}\n",
                ),
            ),
            (
                TARGET,
                Swap("\"arn:aws:iam::111111111111:user/svc-micetro\"", "var.who"),
            ),
        ],
        "the value of `trusted_user_arn` is not understood",
    ),
    (
        "the Region in a grant",
        "micetro-two-targets",
        &[(HUB, Swap("user/svc-micetro\"", "user/${var.region}\""))],
        "`Statement.Resource` in `policy` is not understood",
    ),
    (
        "tags by a variable of a root",
        "micetro-two-targets",
        &[
            (TARGET, Add("variable \"more\" {\n  default = {}\n}\n")),
            (MODULE, Swap("tags = var.tags", "tags = var.name")),
        ],
        "the value of `tags` is not understood",
    ),
    (
        "a parameter of a stack set by a variable",
        "shape-stackset",
        &[(
            STACK_SET,
            Swap(
                "RolePath           = \"/\"",
                "RolePath           = var.region",
            ),
        )],
        "the value of `parameters` is not understood",
    ),
    (
        "all parameters of a stack set by a variable",
        "shape-stackset",
        &[(
            STACK_SET,
            Swap(
                "parameter_overrides = each.value.own",
                "parameter_overrides = var.region",
            ),
        )],
        "the value of `parameter_overrides` is not understood",
    ),
    (
        "a parameter of the hub",
        "micetro-two-targets",
        &[(
            HUB_YAML,
            Swap(
                "Resources:\n",
                "Parameters:\n  More:\n    Type: String\n    Default: x\nResources:\n",
            ),
        )],
        "parameter More",
    ),
    (
        "a role by two modules",
        "micetro-two-targets",
        &[
            (OTHER_MODULE, Create(TRUSTS_ALL)),
            (
                TARGET,
                Add("module \"aaa\" {\n  source = \"../../modules/aaa\"\n}\n"),
            ),
        ],
        "role/MicetroAccess is created twice",
    ),
    (
        "a role by two root modules",
        "micetro-two-targets",
        &[(
            OTHER_ROOT,
            Create(
                "variable \"region\" {\n  default = \"us-east-1\"\n}\nprovider \"aws\" {\n  region = var.region\n  allowed_account_ids = [\"222222222222\"]\n}\nresource \"aws_iam_role\" \"access\" {\n  name = \"micetroaccess\"\n  path = \"/old/\"\n  assume_role_policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Principal = { AWS = \"*\" }, Action = \"sts:AssumeRole\" }] })\n}\n",
            ),
        )],
        "is created twice",
    ),
    (
        "a policy twice",
        "micetro-two-targets",
        &[(
            HUB,
            Add(
                "resource \"aws_iam_policy\" \"aaa\" {\n  name = \"Micetro-Access-Micetro\"\n  path = \"/aaa/\"\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = \"*\", Resource = \"*\" }] })\n}\n",
            ),
        )],
        "is created twice",
    ),
    (
        "a policy twice in a template",
        "micetro-two-targets",
        &[(
            HUB_YAML,
            Swap(
                "\nOutputs:",
                "\n  Aaa:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      ManagedPolicyName: micetro-access-micetro\n      Path: /x/\n      PolicyDocument:\n        Version: \"2012-10-17\"\n        Statement:\n          - Effect: Allow\n            Action: \"*\"\n            Resource: \"*\"\n\nOutputs:",
            ),
        )],
        "is created twice",
    ),
    (
        "a hub by two templates",
        "micetro-two-targets",
        &[(
            "cloudformation/hub-2.yaml",
            Create(
                "Resources:\n  User:\n    Type: AWS::IAM::User\n    Properties:\n      UserName: svc-micetro\n",
            ),
        )],
        "is created twice",
    ),
    (
        "a role by two templates",
        "micetro-two-targets",
        &[
            (
                "cloudformation/target-admin.yaml",
                Create(
                    "Parameters:\n  RoleName:\n    Type: String\nResources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: !Ref RoleName\n      AssumeRolePolicyDocument:\n        Version: \"2012-10-17\"\n        Statement:\n          - Effect: Allow\n            Principal: \"*\"\n            Action: sts:AssumeRole\n",
                ),
            ),
            (
                "cloudformation/parameters-admin/222222222222.json",
                Create("[{\"ParameterKey\": \"RoleName\", \"ParameterValue\": \"MicetroAccess\"}]"),
            ),
        ],
        "is created twice",
    ),
    (
        "a role by two stack sets",
        "shape-stackset",
        &[(
            STACK_SET,
            Add(
                "resource \"aws_cloudformation_stack_set_instance\" \"aaa\" {\n  stack_set_name = aws_cloudformation_stack_set.target_role_no_deletes.name\n  account_id = \"222222222222\"\n}\n",
            ),
        )],
        "is created twice",
    ),
    (
        "a role that CloudFormation works as, twice",
        "shape-stackset-self-managed",
        &[(
            "terraform/targets/222222222222/main.tf",
            Create(
                "variable \"region\" {\n  default = \"us-east-1\"\n}\nprovider \"aws\" {\n  region = var.region\n  allowed_account_ids = [\"222222222222\"]\n}\nresource \"aws_iam_role\" \"access\" {\n  name = \"StackSetExecution\"\n  assume_role_policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Principal = { AWS = \"*\" }, Action = \"sts:AssumeRole\" }] })\n}\n",
            ),
        )],
        "is created twice",
    ),
    (
        "a file that OpenTofu reads instead",
        "micetro-two-targets",
        &[("terraform/hub/locals.tofu", Create(""))],
        "it replaces what is rendered",
    ),
    (
        "JSON that OpenTofu reads instead",
        "micetro-two-targets",
        &[("terraform/hub/locals.tofu.json", Create("{}"))],
        "it replaces what is rendered",
    ),
    (
        "roles of a stack set that CloudFormation makes itself",
        "shape-stackset",
        &[(
            STACK_SET,
            Swap(
                "permission_model = \"SERVICE_MANAGED\"",
                "permission_model = \"SELF_MANAGED\"\n  execution_role_name = \"Admin\"\n  administration_role_arn = \"arn:aws:iam::999999999999:role/Admin\"",
            ),
        )],
        "no template here makes it",
    ),
    (
        "an execution role that nothing makes",
        "shape-stackset-self-managed",
        &[(STACK_SET, Swap("\"StackSetExecution\"", "\"Admin\""))],
        "no template here makes it",
    ),
    (
        "an execution role that nothing makes, in a template",
        "shape-stackset-self-managed",
        &[(STACK_SET_JSON, Swap("\"StackSetExecution\"", "\"Admin\""))],
        "no template here makes it",
    ),
    (
        "an item of a set by its position",
        "micetro-two-targets",
        &[(
            HUB,
            Swap(
                "\"arn:aws:iam::111111111111:user/svc-micetro\"",
                "[for k, v in toset([\"*\"]) : \"user/${k}\"]",
            ),
        )],
        "`Statement.Resource` in `policy` is not understood",
    ),
    (
        "an item of a set of locals by its position",
        "micetro-two-targets",
        &[
            (
                LOCALS,
                Swap("  tags = {", "  for_each = toset([\"*\"])\n  tags = {"),
            ),
            (
                HUB,
                Swap(
                    "\"arn:aws:iam::111111111111:user/svc-micetro\"",
                    "[for k, v in local.for_each : \"user/${k}\"]",
                ),
            ),
        ],
        "the value of `for_each` is not understood; expected a literal",
    ),
    (
        "a variable that is a set",
        "micetro-two-targets",
        &[(
            MODULE_VARIABLES,
            Add("variable \"more\" {\n  type = set(string)\n  default = []\n}\n"),
        )],
        "Terraform would convert what is passed to set",
    ),
    (
        "a number that Terraform writes out",
        "micetro-two-targets",
        &[(HUB, Swap("user/svc-micetro\"", "user/${1e21}\""))],
        "the number 1e21 is not understood",
    ),
    (
        "a number with more digits than a double has",
        "micetro-two-targets",
        &[(LOCALS, Swap("\"network-platform\"", "9007199254740993"))],
        "the number 9007199254740993 is not understood",
    ),
    (
        "a number that is a fraction",
        "micetro-two-targets",
        &[(HUB, Swap("user/svc-micetro\"", "user/${1.10}\""))],
        "the number 1.10 is not understood",
    ),
    (
        "a key twice in parameters",
        "micetro-two-targets",
        &[(
            PARAMETERS,
            Swap(
                "\"ParameterKey\": \"RolePath\"",
                "\"ParameterKey\": \"RoleName\", \"ParameterKey\": \"RolePath\"",
            ),
        )],
        "`ParameterKey` appears twice",
    ),
    (
        "a letter that Terraform writes as another",
        "micetro-two-targets",
        &[(
            HUB,
            Swap(
                "Action   = \"sts:AssumeRole\"",
                "Action   = { \"Key\" = \"sts:AssumeRole\", \"\\u212aey\" = \"sts:*\" }[\"Key\"]",
            ),
        )],
        "an escape of four digits stands for a control character",
    ),
    (
        "a key that Terraform writes as another, by an object",
        "micetro-two-targets",
        &[(
            LOCALS,
            Swap("  tags = {", "  tags = {\n    \u{212a}ey = \"x\"\n"),
        )],
        "expected a name",
    ),
    (
        "a local of two spellings",
        "micetro-two-targets",
        &[(
            LOCALS,
            Swap("  tags = {", "  \u{627}\u{653} = \"x\"\n  tags = {"),
        )],
        "expected a name",
    ),
    (
        "an attribute of two spellings",
        "micetro-two-targets",
        &[(
            HUB,
            Swap("user/svc-micetro\"", "user/${local.tags.\u{f900}}\""),
        )],
        "expected a name",
    ),
    (
        "a text put together of a letter and its mark",
        "micetro-two-targets",
        &[(
            HUB,
            Swap("user/svc-micetro\"", "user/${local.tags.owner}\u{93c}\""),
        )],
        "is no text of one spelling",
    ),
    (
        "a label of two spellings",
        "micetro-two-targets",
        &[(
            HUB,
            Add("resource \"aws_iam_group\" \"\u{212a}ey\" {\n  name = \"x\"\n}\n"),
        )],
        "is no text of one spelling",
    ),
    (
        "a template that Terraform writes in another spelling",
        "shape-stackset",
        &[(
            "terraform/stack-set/target.yaml",
            Swap("sts:AssumeRole", "\"\u{212a}ms:*\""),
        )],
        "Unicode NFC",
    ),
    (
        "an account of a stack set without quotes",
        "shape-stackset",
        &[(
            STACK_SET_YAML,
            Swap(
                "              - \"222222222222\"\n",
                "              - \"222222222222\"\n              - 555555555555\n",
            ),
        )],
        "`555555555555`, which is not text, is not understood in `Accounts`",
    ),
    (
        "accounts of a stack set as a number, in Terraform",
        "shape-stackset",
        &[(
            STACK_SET,
            Swap("= [each.key]", "= [each.key, 555555555555]"),
        )],
        "the value of `accounts` is not understood",
    ),
    (
        "accounts of a stack set by a list elsewhere",
        "shape-stackset",
        &[(
            STACK_SET_YAML,
            Swap(
                "            Accounts:\n",
                "            AccountsUrl: s3://example/accounts.csv\n            Accounts:\n",
            ),
        )],
        "`AccountsUrl` is not understood",
    ),
    (
        "a key more in a group of stacks",
        "shape-stackset",
        &[(
            STACK_SET_YAML,
            Swap(
                "          Regions:\n",
                "          More: x\n          Regions:\n",
            ),
        )],
        "`More` is not understood",
    ),
    (
        "a stack set of a macro",
        "shape-stackset",
        &[(
            STACK_SET_YAML,
            Swap(
                "        Enabled: false\n",
                "        Enabled: false\n        Fn::Transform: AddAdmin\n",
            ),
        )],
        "`Fn::Transform` is not understood",
    ),
    (
        "a macro in a tag",
        "micetro-two-targets",
        &[(
            HUB_YAML,
            Swap(
                "        - Key: owner\n",
                "        - Fn::Transform: AddAdmin\n          Key: owner\n",
            ),
        )],
        "`Fn::Transform` is not understood",
    ),
    (
        "a function beside other keys",
        "micetro-two-targets",
        &[(
            HUB_YAML,
            Swap(
                "        - Key: owner\n",
                "        - Fn::Sub: x\n          Key: owner\n",
            ),
        )],
        "`Fn::Sub` is not understood: expected Key, Value",
    ),
    (
        "a key more in a tag",
        "micetro-two-targets",
        &[(
            HUB_YAML,
            Swap(
                "        - Key: owner\n",
                "        - Key: owner\n          More: x\n",
            ),
        )],
        "`More` is not understood",
    ),
    (
        "a key more in a policy of a role",
        "micetro-two-targets",
        &[(
            ROLE_YAML,
            Swap(
                "        - PolicyName: micetro\n",
                "        - PolicyName: micetro\n          More: x\n",
            ),
        )],
        "`More` is not understood",
    ),
    (
        "a macro in an output",
        "micetro-two-targets",
        &[(
            HUB_YAML,
            Swap("Outputs:\n", "Outputs:\n  Fn::Transform: AddAdmin\n"),
        )],
        "`Fn::Transform` is not understood",
    ),
    (
        "groups of a user that are no list",
        "micetro-two-targets",
        &[(
            HUB_YAML,
            Swap(
                "      Groups:\n        - !Ref Group\n      Tags",
                "      Groups: !Ref Group\n      Tags",
            ),
        )],
        "`Ref` of `Group` is not understood in `Groups`",
    ),
    (
        "a template with a macro for all of it",
        "micetro-two-targets",
        &[(EXTRA_YAML, Create("Transform: AddAdmin\nResources: {}\n"))],
        "`Transform` is not understood",
    ),
    (
        "a template that cannot be read",
        "micetro-two-targets",
        &[(
            "cloudformation/extra.json",
            Create("{\"Description\": \"a\", \"Description\": \"b\", \"\\u0052esources\": {}}"),
        )],
        "`Description` appears twice",
    ),
    (
        "an operator that IAM does not know",
        "micetro-two-targets",
        &[(MODULE, Swap("ArnEquals", "ArnEqualsFoo"))],
        "`ArnEqualsFoo` is not a condition operator",
    ),
    (
        "a provider of another name",
        "micetro-two-targets",
        &[(PROVIDERS, Swap("provider \"aws\"", "provider \"anything\""))],
        "only the provider `aws`",
    ),
    (
        "a provider that calls another endpoint",
        "micetro-two-targets",
        &[(
            PROVIDERS,
            Swap(
                "provider \"aws\" {\n",
                "provider \"aws\" {\n  endpoints {\n    iam = \"https://iam.example.com\"\n  }\n",
            ),
        )],
        "the block `endpoints` is not understood in `provider`",
    ),
    (
        "a provider that puts tags on all",
        "micetro-two-targets",
        &[(
            PROVIDERS,
            Swap(
                "provider \"aws\" {\n",
                "provider \"aws\" {\n  default_tags {\n    tags = { admin = \"x\" }\n  }\n",
            ),
        )],
        "the block `default_tags` is not understood in `provider`",
    ),
    (
        "a provider of another configuration file",
        "micetro-two-targets",
        &[(
            PROVIDERS,
            Swap(
                "provider \"aws\" {\n",
                "provider \"aws\" {\n  shared_config_files = [\"x\"]\n",
            ),
        )],
        "`shared_config_files` is not understood in `provider`",
    ),
    (
        "a parameter twice",
        "micetro-two-targets",
        &[(
            PARAMETERS,
            Swap(
                "[\n",
                "[\n  {\"ParameterKey\": \"RolePath\", \"ParameterValue\": \"/x/\"},\n",
            ),
        )],
        "appears twice",
    ),
];

#[test]
fn what_could_be_taken_in_two_ways_in_a_folder_is_refused() {
    let mut wrong = Vec::new();
    for (name, case, edits, expected) in HIDDEN {
        let mut built = pipeline::fixture(case);
        for (file, change) in *edits {
            built = plant(&built, name, file, change);
        }
        match read(&built) {
            Ok(_) => wrong.push(format!("{name}: it is read")),
            Err(said) if said.contains(expected) => {}
            Err(said) => wrong.push(format!("{name}: {said}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn tags_of_a_stack_set_are_tags_of_its_roles() {
    for (file, change) in [
        (
            STACK_SET_YAML,
            Swap(
                "      Tags:\n        - Key: owner\n",
                "      Tags:\n        - Key: admin\n          Value: x\n        - Key: owner\n",
            ),
        ),
        (
            STACK_SET,
            Swap("\n  tags = {\n", "\n  tags = {\n    admin = \"x\"\n"),
        ),
    ] {
        let built = pipeline::fixture("shape-stackset");
        let built = plant(&built, "a tag more", file, &change);
        assert!(verify(&built.plan, &built.files).is_err(), "{file}");
        let tagged = read(&built).unwrap().into_iter().any(|read| {
            let role = "arn:aws:iam::222222222222:role/MicetroAccess";
            read.access.identities[role].tags.get("admin") == Some(&"x".to_owned())
        });
        assert!(tagged, "{file}");
    }
}

#[test]
fn a_name_of_the_account_is_found_however_it_is_written() {
    let edits = [
        (
            STACK_SET_YAML,
            Swap(
                "iam::111111111111:root\"",
                "iam::${\\u0041WS::AccountId}:root\"",
            ),
        ),
        (
            ROLE_YAML,
            Swap("iam::111111111111:root\"", "iam::${AWS::AccountId}:root\""),
        ),
        (
            STACK_SET_YAML,
            Swap(
                "              - \"222222222222\"\n",
                "              - \"222222222222\"\n              - \"777777777777\"\n",
            ),
        ),
    ];
    let mut built = pipeline::fixture("shape-stackset");
    for (file, change) in &edits {
        built = plant(&built, "an account", file, change);
    }
    let read = read(&built).unwrap();
    let stacks = read.iter().find(|read| read.format == "CloudFormation");
    let role = &stacks.unwrap().access.identities["arn:aws:iam::777777777777:role/MicetroAccess"];
    let trusted: Vec<&str> = role
        .trust
        .iter()
        .map(|trust| trust.principal.value.as_str())
        .collect();
    assert_eq!(trusted, ["arn:aws:iam::777777777777:root"]);
}

#[test]
fn a_template_is_of_no_partition_that_nobody_tells() {
    let built = pipeline::fixture("micetro-two-targets");
    let known = Known {
        partition: None,
        hub: built.plan.hub.as_ref().map(|hub| hub.account.clone()),
        stack_sets: None,
    };
    let error = read_folder(&built.files, &known).unwrap_err().to_string();
    assert!(error.contains("does not name its partition"), "{error}");
}

#[test]
fn what_terraform_passes_over_is_not_read() {
    let mut built = pipeline::fixture("micetro-two-targets");
    let planned = read(&built).unwrap();
    let text = TRUSTS_ALL.replace("MicetroAccess", "Other");
    let hidden = Utf8Path::new("terraform/targets/222222222222/.extra.tf");
    built.files.insert(hidden.to_owned(), text.clone());
    let passed_over = read(&built).unwrap();
    assert_eq!(planned[0].access, passed_over[0].access);
    built.files.insert(hidden.with_file_name("extra.tf"), text);
    assert_ne!(planned[0].access, read(&built).unwrap()[0].access);
}

#[test]
fn a_tag_is_text_whatever_it_is_written_as() {
    let mut built = pipeline::fixture("micetro-two-targets");
    let change = Swap("  tags = {\n", "  tags = {\n    x = true\n    y = 12\n");
    built = plant(&built, "tags", LOCALS, &change);
    let access = &read(&built).unwrap()[0].access;
    let tags = &access.identities["arn:aws:iam::111111111111:user/svc-micetro"].tags;
    assert_eq!((tags["x"].as_str(), tags["y"].as_str()), ("true", "12"));
}

/// A template, what to break in it, and the case that shows it.
const BROKEN: &[(&str, &str, &str, &str)] = &[
    (
        "karpenter",
        "terraform/shared/conditions.tf",
        "{%- for operator in statement.conditions %}",
        "{%- for operator in [] %}",
    ),
    (
        "karpenter",
        "cloudformation/conditions.yaml",
        "{%- for operator in statement.conditions %}",
        "{%- for operator in [] %}",
    ),
    (
        "multitool-roles",
        "terraform/shared/policy.tf",
        "{{ action | safe }},",
        "{{ action | safe }},\n          \"iam:*\",",
    ),
    (
        "multitool-roles",
        "cloudformation/policy.yaml",
        "- {{ action | safe }}",
        "- \"*\"",
    ),
    (
        "multitool-roles",
        "terraform/shared/trust.tf",
        "{%- include \"terraform/shared/conditions.tf\" %}",
        "",
    ),
    (
        "multitool-roles",
        "cloudformation/trust.yaml",
        "{%- include \"cloudformation/conditions.yaml\" %}",
        "",
    ),
    (
        "micetro-two-targets",
        "terraform/hub/main.tf",
        "Resource = each.value.role_arn",
        "Resource = \"*\"",
    ),
    (
        "micetro-two-targets",
        "cloudformation/hub.yaml",
        "{%- for policy in assume_role %}",
        "{%- for policy in [] %}",
    ),
    (
        "own-catalog",
        "terraform/shared/policy.tf",
        "{{ resource | safe }},",
        "\"arn:aws:s3:::*\",",
    ),
    (
        "micetro-overrides",
        "terraform/shared/role_arguments.tf",
        "{{ target.max_session }}",
        "43200",
    ),
];

#[test]
fn a_broken_template_is_refused_though_it_renders() {
    for (case, template, good, broken) in BROKEN {
        let built = pipeline::fixture(case);
        let known = landgrant::render::TEMPLATES
            .iter()
            .find(|known| known.name == *template)
            .unwrap();
        assert!(known.text.contains(good), "{template} has no {good}");
        let text = known.text.replace(good, broken);
        let custom = pipeline::custom(&[(template, &text)]);
        let files = landgrant::render::render_with(&built.plan, &custom)
            .unwrap_or_else(|error| panic!("{template}: {error}"));
        assert_ne!(files, built.files, "{template}: {good}");
        assert!(verify(&built.plan, &files).is_err(), "{template}: {good}");
    }
}

#[test]
fn a_tag_that_is_not_planned_is_refused_on_all_that_takes_tags() {
    for (case, module, resource, planned) in [
        ("split-role", "hub", "aws_iam_policy", "local.tags"),
        (
            "split-role",
            "modules/target-role",
            "aws_iam_policy",
            "var.tags",
        ),
        (
            "trust-ec2",
            "modules/target-role",
            "aws_iam_instance_profile",
            "var.tags",
        ),
        (
            "trust-github-provider",
            "modules/target-role",
            "aws_iam_openid_connect_provider",
            "var.tags",
        ),
    ] {
        let mut built = pipeline::fixture(case);
        let path = format!("terraform/{module}/main.tf");
        let text = built.files.remove(Utf8Path::new(&path)).unwrap();
        let start = format!("resource \"{resource}\"");
        let (before, block) = text.split_once(&start).unwrap();
        let block = block.replacen(planned, "{ owner = \"network\" }", 1);
        let text = format!("{before}{start}{block}");
        built.files.insert(path, text);
        let refused = verify(&built.plan, &built.files).unwrap_err().to_string();
        assert!(refused.contains("is tagged owner = network"), "{refused}");
    }
}

/// A folder of its own is a root module too.
#[test]
fn a_file_in_a_new_folder_is_told_what_is_missing_there() {
    let mut built = pipeline::fixture("micetro-two-targets");
    let path = Utf8Path::new("terraform/hub/sub/x.tf");
    let text = "resource \"aws_iam_user\" \"x\" {\n  name = \"x\"\n}\n";
    built.files.insert(path.to_owned(), text.to_owned());
    let said = read(&built).unwrap_err();
    assert!(said.contains("terraform/hub/sub"), "{said}");
    assert!(said.contains("there is no `variable \"region\"`"), "{said}");
}
