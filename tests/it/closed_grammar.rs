//! What looks like one thing to a reader of HCL and is another to Terraform. Each of these once read as "the same grants" while
//! Terraform granted more; read-back refuses them now, in a folder without its plan and in a render by templates of a user's own.

use camino::Utf8PathBuf;
use landgrant::model::FileSet;
use landgrant::readback::{Known, read_folder, verify_with};

use crate::support::pipeline;

/// A name, the case, the file, what is replaced in it, by what, and what the reader says. Without anything to replace, the text
/// makes or ends the file.
type Attack = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const HUB: &str = "terraform/hub/main.tf";
const LOCALS: &str = "terraform/hub/locals.tf";
const MODULE: &str = "terraform/modules/target-role/main.tf";
const TWO: &str = "micetro-two-targets";

const ATTACHED: &str = "resource \"aws_iam_group_policy_attachment\" \"more\" {\n  group      = aws_iam_group.access[\"1\"].name\n  policy_arn = \"arn:aws:iam::111111111111:policy/admin\"\n}\n";

const ATTACKS: &[Attack] = &[
    (
        "an empty heredoc that another reader overruns",
        TWO,
        "terraform/hub/notes.tf",
        "",
        "locals {\n  a = <<E\nE\n}\nresource \"aws_iam_group_policy_attachment\" \"more\" {\n  group      = \"micetro-access\"\n  policy_arn = \"arn:aws:iam::aws:policy/AdministratorAccess\"\n}\nlocals {\n  b = <<E\nE\n}\n",
        "notes.tf:2:7: a heredoc is not read",
    ),
    (
        "the order of a map in `for`",
        TWO,
        HUB,
        "Resource = each.value.role_arn",
        "Resource = merge([for k, v in { b = { r = \"arn:aws:iam::*:role/*\" }, a = { r = each.value.role_arn } } : v]...).r",
        "expected `,`, `}` or a new line",
    ),
    (
        "the order of a map in `for`, as a local",
        TWO,
        LOCALS,
        "  tags = {",
        "  picked = merge([for k, v in { b = { r = \"arn:aws:iam::*:role/*\" }, a = { r = \"x\" } } : v]...)\n  tags = {",
        "the value of `picked` is not understood",
    ),
    (
        "a second group with the account of the first",
        TWO,
        LOCALS,
        "  targets = {\n",
        "  targets = {\n    \"2\" = {\n      \"222222222222\" = {\n        name     = \"dev\"\n        role_arn = \"arn:aws:iam::*:role/*\"\n      }\n    }\n",
        "there are two of the key 222222222222",
    ),
    (
        "the order of keys in what jsonencode writes",
        TWO,
        HUB,
        "Resource = each.value.role_arn",
        "Resource = { \"{\\\"a\\\":1,\\\"b\\\":2}\" = \"arn:aws:iam::*:role/*\" }[jsonencode({ b = 2, a = 1 })]",
        "expected `,`, `}` or a new line",
    ),
    (
        "an escape that yields a dollar",
        TWO,
        HUB,
        "\"assume-role-${each.key}\"",
        "\"\\u0024${each.key}\"",
        "an escape of four digits stands for a control character",
    ),
    (
        "an inner expression behind an escape",
        TWO,
        HUB,
        "\"arn:aws:iam::111111111111:user/svc-micetro\"",
        "\"\\u0024${upper(\"x\")}\"",
        "an escape of four digits stands for a control character",
    ),
    (
        "markers that take blanks away",
        TWO,
        HUB,
        "\"assume-role-${each.key}\"",
        "\"assume-role- ${~ each.key}\"",
        "is not understood here",
    ),
    (
        "a computed key",
        TWO,
        LOCALS,
        "  tags = {\n",
        "  tags = {\n    (\"x\") = \"y\"\n",
        "expected a name",
    ),
    (
        "a carriage return that ends no line",
        TWO,
        HUB,
        "# One inline policy",
        "# x\rresource \"aws_iam_group\" \"more\" {}\n# One inline policy",
        "a control character in a comment",
    ),
    (
        "a comment of another kind",
        TWO,
        HUB,
        "# One inline policy",
        "/*\n*/\n# One inline policy",
        "a comment begins with `#`",
    ),
    (
        "an attachment in a file of its own",
        TWO,
        "terraform/hub/more.tf",
        "",
        ATTACHED,
        "there is no policy with this ARN",
    ),
    (
        "a target that is called from a new root module instead",
        TWO,
        "terraform/targets/222222222222/main.tf",
        "provider \"aws\" {\n  region              = var.region\n  allowed_account_ids = [\"222222222222\"]\n}\n",
        "",
        "the provider must allow exactly one account",
    ),
    (
        "a root module that calls another",
        TWO,
        "terraform/all/main.tf",
        "",
        "variable \"region\" {\n  type = string\n  default = \"eu-west-1\"\n}\n\nprovider \"aws\" {\n  region = var.region\n  allowed_account_ids = [\"111111111111\"]\n}\n\nmodule \"hub\" {\n  source = \"../hub\"\n}\n",
        "terraform/hub is a root module of its own",
    ),
    (
        "a module that nobody calls",
        TWO,
        "terraform/modules/more/main.tf",
        "",
        "resource \"aws_iam_group\" \"more\" {\n  name = \"more\"\n}\n",
        "nothing calls this module",
    ),
    (
        "a module that has a provider",
        TWO,
        MODULE,
        "",
        "provider \"aws\" {\n  region = \"eu-west-1\"\n  allowed_account_ids = [\"222222222222\"]\n}\n",
        "only a root module has this block",
    ),
    (
        "a name that is computed",
        TWO,
        MODULE,
        "= var.name",
        "= \"x${var.name}\"",
        "the value of `name` is not understood",
    ),
    (
        "a path that does not end, so that a name begins elsewhere",
        TWO,
        "terraform/targets/222222222222/main.tf",
        "path                 = \"/\"",
        "path                 = \"/*\"",
        "is not a path",
    ),
    (
        "a name with a path in it",
        TWO,
        "terraform/targets/222222222222/main.tf",
        "\"MicetroAccess\"",
        "\"admins/MicetroAccess\"",
        "contains a slash",
    ),
    (
        "a boundary that is none",
        "micetro-overrides",
        "terraform/targets/222222222222/main.tf",
        "\"arn:aws:iam::222222222222:policy/vendor-boundary\"",
        "\"\"",
        "an empty permissions boundary is none",
    ),
    (
        "a condition key in two spellings",
        TWO,
        MODULE,
        "\"aws:PrincipalArn\" = var.trusted_user_arn",
        "\"aws:PrincipalArn\" = var.trusted_user_arn\n            \"aws:principalarn\" = \"*\"",
        "appears twice",
    ),
    (
        "changes ignored by quoted names",
        "shape-stackset",
        "terraform/stack-set/main.tf",
        "[deployment_targets]",
        "[\"parameter_overrides\"]",
        "the value of `ignore_changes` is not understood",
    ),
];

/// Makes an attack, or tells that there is nothing to make it on.
fn attacked(files: &FileSet, (name, _, file, from, to, _): &Attack) -> FileSet {
    let mut files = files.clone();
    let path = Utf8PathBuf::from(*file);
    match *from {
        "*" => files.retain(|other, _| other != path),
        "" => {
            let before = files.get(&path).unwrap_or_default().to_owned();
            files.insert(path.as_str(), before + to);
        }
        from => {
            let text = files.get(&path).unwrap_or_else(|| panic!("{name}: {file}"));
            assert!(text.contains(from), "{name}: {file} has no {from}");
            let text = text.replacen(from, to, 1);
            files.insert(path.as_str(), text);
        }
    }
    files
}

#[test]
fn what_terraform_reads_otherwise_is_refused_in_a_folder() {
    let mut wrong = Vec::new();
    for attack in ATTACKS {
        let (name, case, .., expected) = attack;
        let built = pipeline::fixture(case);
        let hub = built.plan.hub.as_ref().map(|hub| hub.account.clone());
        let known = Known {
            partition: Some(built.plan.partition),
            hub,
            stack_sets: built
                .plan
                .stack_sets
                .as_ref()
                .map(|sets| sets.account.clone()),
        };
        assert!(read_folder(&built.files, &known).is_ok(), "{case}");
        match read_folder(&attacked(&built.files, attack), &known) {
            Ok(_) => wrong.push(format!("{name}: it is read")),
            Err(error) if error.to_string().contains(expected) => {}
            Err(error) => wrong.push(format!("{name}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_terraform_reads_otherwise_is_refused_in_a_render_by_templates_of_a_users_own() {
    let custom = pipeline::custom(&[
        ("files/terraform/hub/notes.tf", ""),
        ("files/terraform/hub/more.tf", ""),
    ]);
    for attack in ATTACKS {
        let (name, case, ..) = attack;
        let built = pipeline::fixture(case);
        let files = attacked(&built.files, attack);
        assert!(
            verify_with(&built.plan, &files, &custom).is_err(),
            "{name}: it is rendered"
        );
    }
}
