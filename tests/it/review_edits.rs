//! `landgrant review` of two rendered folders, one of them edited by hand: what an attacker of a review tries, and what
//! the review must say.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const DEPLOYMENT: &str = "fixtures/render/micetro-two-targets/landgrant.yaml";
const MODULE: &str = "terraform/modules/target-role/main.tf";
const HUB: &str = "terraform/hub/main.tf";

/// Two copies of one rendered folder, `old` and `new`.
struct Pair(TempDir);

impl Pair {
    fn rendered() -> Self {
        let pair = Self(tempfile::tempdir().unwrap());
        fs::copy(DEPLOYMENT, pair.path("rendered.yaml")).unwrap();
        for side in ["old", "new"] {
            let output = pair.run(&["render", "rendered.yaml", "--out", side]);
            assert!(output.status.success(), "{}", said(&output));
        }
        // Without the deployment that their locks name, they are read by themselves.
        fs::rename(pair.path("rendered.yaml"), pair.path("landgrant.yaml")).unwrap();
        pair
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_landgrant"))
            .current_dir(self.0.path())
            .args(arguments)
            .output()
            .unwrap()
    }

    /// An edit of one side.
    fn edit(&self, side: &str, path: &str, from: &str, to: &str) {
        let path = self.path(side).join(path);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from} is not in {}", path.display());
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    fn append(&self, side: &str, path: &str, more: &str) {
        let path = self.path(side).join(path);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text + more).unwrap();
    }

    fn review(&self, old: &str, new: &str) -> Value {
        let output = self.run(&["review", old, new, "--format", "json"]);
        assert!(output.status.success(), "{}", said(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn human(&self, old: &str, new: &str) -> String {
        let output = self.run(&["review", old, new]);
        assert!(output.status.success(), "{}", said(&output));
        let text = String::from_utf8(output.stdout).unwrap();
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "wider than a terminal: {line}");
        }
        text
    }

    /// Whether `--fail-on WHAT` fails.
    fn fails_on(&self, what: &str, old: &str, new: &str) -> bool {
        let output = self.run(&["review", old, new, "--fail-on", what]);
        let code = output.status.code().unwrap();
        assert!(code < 2, "{}", said(&output));
        code == 1
    }
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Words in a row, whatever the terminal's lines are.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

const TRUST: &str =
    "assume_role_policy = jsonencode({\n    Version = \"2012-10-17\"\n    Statement = [\n";

const DENIED_TRUST: &str = "      {
        Effect = \"Deny\"
        Principal = {
          AWS = \"*\"
        }
        Action = \"sts:AssumeRole\"
        Condition = {
          Bool = {
            \"aws:MultiFactorAuthPresent\" = \"false\"
          }
        }
      },
";

const FIRST_GRANT: &str = "policy = jsonencode({\n    Version = \"2012-10-17\"\n    Statement = [\n      {\n        # micetro@10.2: dns, required\n";

/// The policy of the role with another statement before its first one.
fn with_statement(statement: &str) -> String {
    let head = FIRST_GRANT.strip_suffix("      {\n        # micetro@10.2: dns, required\n");
    format!(
        "{}{statement}      {{\n        # micetro@10.2: dns, required\n",
        head.unwrap()
    )
}

#[test]
fn a_way_that_one_principal_has_is_news_for_another() {
    let pair = Pair::rendered();
    for side in ["old", "new"] {
        pair.edit(
            side,
            MODULE,
            "Action = [\n",
            "Action = [\n          \"iam:*\",\n",
        );
    }
    assert!(!pair.fails_on("escalation", "old", "new"));
    pair.edit(
        "new",
        HUB,
        "Action   = \"sts:GetCallerIdentity\"",
        "Action   = [\"sts:GetCallerIdentity\", \"iam:*\"]",
    );
    assert!(pair.fails_on("escalation", "old", "new"));
    assert!(!pair.fails_on("escalation", "new", "old"));
    let review = pair.review("old", "new");
    let who: Vec<&str> = review["findings"]["appeared"][0]["principals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|who| who.as_str().unwrap())
        .collect();
    assert_eq!(
        who,
        [
            "arn:aws:iam::111111111111:group/micetro-access",
            "arn:aws:iam::111111111111:user/svc-micetro"
        ]
    );
    let text = unwrapped(&pair.human("old", "new"));
    assert!(
        text.contains("by group micetro-access and user svc-micetro in 111111111111"),
        "{text}"
    );
}

#[test]
fn a_way_is_news_for_another_account_of_a_deployment() {
    let pair = Pair::rendered();
    let text = fs::read_to_string(pair.path("landgrant.yaml")).unwrap();
    let text = text
        .replace("micetro@10.2", "multitool@1")
        .replace("[account, multi-account, dns, network]", "[iam]");
    fs::write(pair.path("two.yaml"), &text).unwrap();
    let third = "targets:\n  - account: \"444444444444\"\n    name: test\n";
    fs::write(pair.path("three.yaml"), text.replace("targets:\n", third)).unwrap();
    assert!(!pair.fails_on("escalation", "two.yaml", "two.yaml"));
    assert!(pair.fails_on("escalation", "two.yaml", "three.yaml"));
    assert!(!pair.fails_on("escalation", "three.yaml", "two.yaml"));
    let text = unwrapped(&pair.human("two.yaml", "three.yaml"));
    assert!(
        text.contains("permissions (by role MicetroAccess in 444444444444)"),
        "{text}"
    );
}

#[test]
fn a_way_over_a_user_and_its_group_is_found() {
    let pair = Pair::rendered();
    for side in ["old", "new"] {
        pair.edit(
            side,
            HUB,
            "Action   = \"sts:GetCallerIdentity\"",
            "Action   = [\"lambda:CreateFunction\", \"lambda:InvokeFunction\"]",
        );
    }
    pair.append(
        "new",
        HUB,
        "\nresource \"aws_iam_user_policy\" \"pass\" {\n  name = \"pass\"\n  user = \"svc-micetro\"\n  policy = jsonencode({\n    Version = \"2012-10-17\"\n    Statement = [{ Effect = \"Allow\", Action = \"iam:PassRole\", Resource = \"*\" }]\n  })\n}\n",
    );
    assert!(pair.fails_on("escalation", "old", "new"));
}

#[test]
fn a_denial_in_a_trust_policy_lets_fewer_in() {
    let pair = Pair::rendered();
    pair.edit("old", MODULE, TRUST, &format!("{TRUST}{DENIED_TRUST}"));
    assert!(pair.fails_on("widened", "old", "new"));
    assert!(!pair.fails_on("widened", "new", "old"));
    let text = pair.human("new", "old");
    assert!(text.contains("\nGrants less than before\n"), "{text}");
    assert!(
        text.contains("+ added\n      denies everybody if Bool aws:MultiFactorAuthPresent false"),
        "{text}"
    );
    let text = pair.human("old", "new");
    assert!(text.contains("\nGrants more than before\n"), "{text}");
    assert!(text.contains("denies everybody"), "{text}");
}

#[test]
fn a_trust_beside_the_one_that_covers_it_is_no_narrowing() {
    let pair = Pair::rendered();
    for side in ["old", "new"] {
        pair.edit(side, MODULE, "        Condition = {\n          ArnEquals = {\n            \"aws:PrincipalArn\" = var.trusted_user_arn\n          }\n        }\n", "");
    }
    pair.edit(
        "new",
        MODULE,
        "AWS = \"arn:aws:iam::111111111111:root\"",
        "AWS = [\"arn:aws:iam::111111111111:root\", \"arn:aws:iam::111111111111:user/a\"]",
    );
    let text = pair.human("old", "new");
    assert!(text.contains("Grants the same as before"), "{text}");
    assert!(!text.contains("narrowed"), "{text}");
}

#[test]
fn a_trust_says_whom_it_lets_do_what() {
    let pair = Pair::rendered();
    pair.edit(
        "new",
        MODULE,
        "Action = \"sts:AssumeRole\"",
        "Action = [\"sts:AssumeRole\", \"sts:TagSession\"]",
    );
    let text = unwrapped(&pair.human("old", "new"));
    assert!(
        text.contains("+ added trusts arn:aws:iam::111111111111:root for sts:TagSession if"),
        "{text}"
    );
    pair.edit(
        "new",
        MODULE,
        "AWS = \"arn:aws:iam::111111111111:root\"",
        "Service = \"ec2.amazonaws.com\"",
    );
    let text = unwrapped(&pair.human("old", "new"));
    assert!(
        text.contains("trusts service ec2.amazonaws.com if"),
        "{text}"
    );
}

#[test]
fn a_denial_of_an_action_grants_less_and_its_end_more() {
    let pair = Pair::rendered();
    pair.edit(
        "new",
        MODULE,
        FIRST_GRANT,
        &with_statement("      {\n        Effect = \"Deny\"\n        Action = \"ec2:DeleteVpc\"\n        Resource = \"*\"\n      },\n"),
    );
    let text = pair.human("old", "new");
    assert!(text.contains("\nGrants less than before\n"), "{text}");
    let text = pair.human("new", "old");
    assert!(text.contains("\nGrants more than before\n"), "{text}");
    let markdown = said(&pair.run(&["review", "new", "old", "--format", "markdown"]));
    assert!(markdown.contains("| **removed** |"), "{markdown}");
    let markdown = said(&pair.run(&["review", "old", "new", "--format", "markdown"]));
    assert!(markdown.contains("| added |"), "{markdown}");
}

#[test]
fn a_detached_policy_grants_less() {
    let pair = Pair::rendered();
    pair.edit(
        "new",
        HUB,
        "resource \"aws_iam_group_policy_attachment\" \"micetro\" {\n  group      = aws_iam_group.access[\"1\"].name\n  policy_arn = aws_iam_policy.micetro.arn\n}\n",
        "",
    );
    assert!(!pair.fails_on("widened", "old", "new"));
    let text = pair.human("old", "new");
    assert!(text.contains("\nGrants less than before\n"), "{text}");
    assert!(!text.contains("managed policy"), "{text}");
    assert!(pair.fails_on("widened", "new", "old"));
    // One that nobody has is looked at all the same: it can be attached tomorrow.
    pair.edit(
        "new",
        HUB,
        "Action   = \"sts:GetCallerIdentity\"",
        "Action   = \"sts:*\"",
    );
    assert!(pair.fails_on("widened", "old", "new"));
    let text = pair.human("old", "new");
    assert!(
        text.contains("managed policy micetro-access-micetro in 111111111111"),
        "{text}"
    );
}

#[test]
fn an_unattached_policy_is_seen_beside_an_attached_one_with_its_grants() {
    let pair = Pair::rendered();
    let text = fs::read_to_string(pair.path("new").join(HUB)).unwrap();
    let start = text
        .find("resource \"aws_iam_policy\" \"micetro\"")
        .unwrap();
    let end = text
        .find("resource \"aws_iam_group_policy_attachment\"")
        .unwrap();
    let copy = text[start..end]
        .replace("\"micetro\"", "\"copy\"")
        .replace("micetro-access-micetro", "copy");
    pair.append("new", HUB, &format!("\n{copy}"));
    let text = pair.human("old", "new");
    assert!(
        text.contains("managed policy copy in 111111111111"),
        "{text}"
    );
}

#[test]
fn accounts_told_together_have_no_account_of_one_in_their_text() {
    let pair = Pair::rendered();
    for account in ["222222222222", "333333333333"] {
        pair.edit(
            "new",
            &format!("terraform/targets/{account}/main.tf"),
            "arn:aws:iam::111111111111:user/svc-micetro",
            &format!("arn:aws:iam::{account}:user/svc-micetro"),
        );
    }
    for text in [
        pair.human("old", "new"),
        pair.review("old", "new").to_string(),
        said(&pair.run(&["review", "old", "new", "--format", "markdown"])),
    ] {
        assert!(
            text.contains("arn:aws:iam::ACCOUNT:user/svc-micetro"),
            "{text}"
        );
        assert!(!text.contains("arn:aws:iam::222222222222:"), "{text}");
    }
    // What names ACCOUNT itself is not told with what names its own.
    pair.edit(
        "new",
        "terraform/targets/333333333333/main.tf",
        "arn:aws:iam::333333333333:user/svc-micetro",
        "arn:aws:iam::ACCOUNT:user/svc-micetro",
    );
    let text = pair.human("old", "new");
    assert!(
        text.contains("role MicetroAccess in 222222222222 (only"),
        "{text}"
    );
    assert!(
        text.contains("role MicetroAccess in 333333333333 (only"),
        "{text}"
    );
}

#[test]
fn conditions_are_compared_as_unions() {
    let pair = Pair::rendered();
    let statement = |regions: &str| {
        format!(
            "      {{\n        Effect = \"Allow\"\n        Action = \"ec2:CreateNatGateway\"\n        Resource = \"*\"\n        Condition = {{\n          StringEquals = {{\n            \"aws:RequestedRegion\" = {regions}\n          }}\n        }}\n      }},\n"
        )
    };
    let both = statement("[\"eu-west-1\", \"eu-west-2\"]");
    let each = statement("\"eu-west-1\"") + &statement("\"eu-west-2\"");
    pair.edit("old", MODULE, FIRST_GRANT, &with_statement(&both));
    pair.edit("new", MODULE, FIRST_GRANT, &with_statement(&each));
    for (old, new) in [("old", "new"), ("new", "old")] {
        assert!(!pair.fails_on("any", old, new), "{}", pair.human(old, new));
    }
    // One value more is a widening, however it is written.
    pair.edit(
        "new",
        MODULE,
        "\"eu-west-2\"",
        "[\"eu-west-2\", \"us-east-1\"]",
    );
    assert!(pair.fails_on("widened", "old", "new"));
    assert!(!pair.fails_on("widened", "new", "old"));
    // No union: who is denied outside both Regions is not denied outside each.
    let not = |text: &str| {
        text.replace("Allow", "Deny")
            .replace("StringEquals", "StringNotEquals")
    };
    let other = Pair::rendered();
    other.edit("old", MODULE, FIRST_GRANT, &with_statement(&not(&both)));
    other.edit("new", MODULE, FIRST_GRANT, &with_statement(&not(&each)));
    assert!(other.fails_on("widened", "new", "old"));
    assert!(!other.fails_on("widened", "old", "new"));
}

#[test]
fn a_wildcard_over_services_has_the_highest_level() {
    for action in ["*:*", "ia?:*", "*"] {
        let pair = Pair::rendered();
        pair.edit(
            "new",
            MODULE,
            "Action = [\n",
            &format!("Action = [\n          \"{action}\",\n"),
        );
        let review = pair.review("old", "new");
        let grants = review["principals"][0]["grants"].as_array().unwrap();
        assert!(
            grants
                .iter()
                .any(|grant| grant["access_level"] == "Permissions management"),
            "{action}: {review}"
        );
        assert!(!pair.human("old", "new").contains("0 actions"));
    }
}

#[test]
fn the_case_of_an_action_is_text() {
    let pair = Pair::rendered();
    pair.edit("new", MODULE, "\"ec2:CreateVpc\"", "\"EC2:createvpc\"");
    assert!(
        !pair.fails_on("any", "old", "new"),
        "{}",
        pair.human("old", "new")
    );
}

#[test]
fn a_format_that_is_gone_is_told() {
    let pair = Pair::rendered();
    fs::remove_dir_all(pair.path("new/cloudformation")).unwrap();
    assert!(pair.fails_on("any", "old", "new"));
    for (old, new, what) in [("old", "new", "gone"), ("new", "old", "new")] {
        let text = pair.human(old, new);
        assert!(text.contains("Grants the same as before"), "{text}");
        assert!(
            text.contains(&format!("\nFormats\n  CloudFormation  {what}")),
            "{text}"
        );
    }
    let review = pair.review("old", "new");
    assert_eq!(review["formats"]["vanished"][0], "CloudFormation");
    let markdown = said(&pair.run(&["review", "old", "new", "--format", "markdown"]));
    assert!(markdown.contains("| CloudFormation | gone"), "{markdown}");
}

#[test]
fn a_file_of_opentofus_is_seen_though_the_lock_forgets_the_other() {
    let pair = Pair::rendered();
    let lock = pair.path("new/landgrant.lock");
    let text = fs::read_to_string(&lock).unwrap();
    let others: Vec<&str> = text.lines().filter(|line| !line.contains(HUB)).collect();
    assert!(others.len() < text.lines().count());
    fs::write(lock, others.join("\n") + "\n").unwrap();
    // What no lock lists is told, whatever it grants.
    assert!(pair.fails_on("any", "old", "new"));
    fs::write(pair.path("new/terraform/hub/main.tofu"), "").unwrap();
    let output = pair.run(&["review", "old", "new"]);
    assert_eq!(output.status.code(), Some(2));
    let said = unwrapped(&said(&output));
    assert!(said.contains("it replaces what is rendered"), "{said}");
}

#[test]
fn a_quota_is_one_row_whichever_role_is_the_largest() {
    let pair = Pair::rendered();
    let text = fs::read_to_string(pair.path("landgrant.yaml")).unwrap();
    fs::write(
        pair.path("other.yaml"),
        text.replace(
            "    name: prod\n",
            "    name: prod\n    tags: {tier: gold}\n",
        ),
    )
    .unwrap();
    let review = pair.review("landgrant.yaml", "other.yaml");
    let quotas = review["quotas"].as_array().unwrap();
    assert_eq!(quotas.len(), 1, "{quotas:?}");
    assert_eq!(
        (&quotas[0]["before"], &quotas[0]["after"]),
        (&1.into(), &2.into())
    );
}

#[test]
fn many_accounts_and_long_names_fit_a_terminal() {
    let pair = Pair::rendered();
    let text = fs::read_to_string(pair.path("landgrant.yaml")).unwrap();
    let (head, tail) = text.split_once("targets:\n").unwrap();
    let targets: String = (0..39)
        .map(|number| format!("  - account: \"5555555555{number:02}\"\n    name: t{number}\n"))
        .collect();
    let (_, tags) = tail.split_once("tags:").unwrap();
    let many = |extra: &str| format!("{head}{extra}targets:\n{targets}tags:{tags}");
    fs::write(pair.path("old.yaml"), many("")).unwrap();
    fs::write(
        pair.path("new.yaml"),
        many("trust: {restrict_to_user: false}\n"),
    )
    .unwrap();
    let text = pair.human("old.yaml", "new.yaml");
    assert!(unwrapped(&text).contains("and 36 more accounts"), "{text}");
}

/// Two sides of the hub's policy, each with these statements.
fn policies(old: &str, new: &str) -> Pair {
    let pair = Pair::rendered();
    for (side, statements) in [("old", old), ("new", new)] {
        let text = fs::read_to_string(pair.path(side).join(HUB)).unwrap();
        let start = text
            .find("resource \"aws_iam_policy\" \"micetro\"")
            .unwrap();
        let from = start + text[start..].find("policy = jsonencode").unwrap();
        let to = from + text[from..].find("\n  tags").unwrap();
        let policy = format!(
            "policy = jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [{statements}]\n  }})\n"
        );
        let edited = format!("{}{policy}{}", &text[..from], &text[to..]);
        fs::write(pair.path(side).join(HUB), edited).unwrap();
    }
    pair
}

fn statement(effect: &str, action: &str, resource: &str, condition: &str) -> String {
    let condition = match condition {
        "" => String::new(),
        condition => format!(", Condition = {{ {condition} }}"),
    };
    format!("{{ Effect = \"{effect}\", Action = {action}, Resource = \"{resource}\"{condition} }}")
}

#[test]
fn a_condition_that_keeps_nothing_out_is_no_change() {
    let allow = |condition: &str| statement("Allow", "\"ec2:StartInstances\"", "*", condition);
    let tag = "\"aws:ResourceTag/env\"";
    let any = format!("StringLikeIfExists = {{ {tag} = \"*\" }}");
    let stage = format!("StringEquals = {{ {tag} = \"stage\" }}");
    let there = format!("{stage}, Null = {{ {tag} = \"false\" }}");
    for (one, other) in [("", any.as_str()), (&stage, &there)] {
        let pair = policies(&allow(one), &allow(other));
        for (old, new) in [("old", "new"), ("new", "old")] {
            let text = pair.human(old, new);
            assert!(text.contains("the same as before"), "{text}");
        }
    }
    // What must not be one of two values is neither.
    let not = format!("StringNotEquals = {{ {tag} = [\"prod\", \"stage\"] }}");
    let text = policies(&allow(""), &allow(&not)).human("old", "new");
    assert!(text.contains("neither prod nor stage"), "{text}");
}

#[test]
fn a_way_whose_barrier_falls_is_news() {
    let allow = |action: &str, resource: &str| statement("Allow", action, resource, "");
    let put = "\"iam:PutRolePolicy\"";
    let pass = "\"iam:PassRole\"";
    let run = statement("Allow", "\"ec2:RunInstances\"", "*", "");
    let nobody =
        "StringEquals = { \"aws:PrincipalArn\" = \"arn:aws:iam::111111111111:user/nobody\" }";
    let denied = statement("Deny", "\"iam:*\"", "*", "");
    let fewer = statement("Deny", "\"iam:*\"", "arn:aws:iam::111111111111:role/a", "");
    let everything = allow("\"iam:*\"", "*");
    let one_role = "arn:aws:iam::111111111111:role/limited";
    // What a denial closed is a new way; what was there for fewer resources, or under a condition, reaches further.
    for (old, new, was_there) in [
        (format!("{everything}, {denied}"), everything.clone(), false),
        (
            format!("{everything}, {denied}"),
            format!("{everything}, {fewer}"),
            false,
        ),
        (statement("Allow", put, "*", nobody), allow(put, "*"), true),
        (
            allow(put, "arn:aws:iam::111111111111:role/app-*"),
            allow(put, "*"),
            true,
        ),
        (
            format!("{}, {run}", allow(pass, one_role)),
            format!("{}, {run}", allow(pass, "*")),
            true,
        ),
    ] {
        let pair = policies(&old, &new);
        assert!(pair.fails_on("escalation", "old", "new"), "{old} -> {new}");
        let text = unwrapped(&pair.human("old", "new"));
        assert!(text.contains("opens a privilege escalation path"), "{text}");
        let further = text.contains("; it reaches further than before");
        assert_eq!(further, was_there, "{text}");
        assert!(!pair.fails_on("escalation", "new", "old"), "{new} -> {old}");
    }
    // What else comes does not make a way wider.
    let more = format!("{everything}, {}", allow("\"s3:GetObject\"", "*"));
    let pair = policies(&everything, &more);
    assert!(!pair.fails_on("escalation", "old", "new"));
}

#[test]
fn a_way_of_a_deployment_is_news_where_a_boundary_goes() {
    let pair = Pair::rendered();
    let text = fs::read_to_string(pair.path("landgrant.yaml")).unwrap();
    let open = text
        .replace("micetro@10.2", "multitool@1")
        .replace("[account, multi-account, dns, network]", "[iam]");
    let bounded = open.replace(
        "  name: MicetroAccess\n",
        "  name: MicetroAccess\n  permissions_boundary: arn:aws:iam::${account}:policy/boundary\n",
    );
    let accepting = "lint:\n  allow:\n    - {rule: escalation-path, reason: It manages IAM.}\n";
    for (name, text) in [
        ("open", &open),
        ("bounded", &bounded),
        ("accepted", &format!("{open}{accepting}")),
        ("bounded-accepted", &format!("{bounded}{accepting}")),
    ] {
        fs::write(pair.path(&format!("{name}.yaml")), text).unwrap();
    }
    assert!(pair.fails_on("escalation", "bounded.yaml", "open.yaml"));
    assert!(!pair.fails_on("escalation", "open.yaml", "bounded.yaml"));
    // What the change itself accepts counts, and what was accepted before counts again where it reaches further.
    assert!(pair.fails_on("escalation", "bounded.yaml", "accepted.yaml"));
    assert!(pair.fails_on("escalation", "bounded-accepted.yaml", "accepted.yaml"));
    assert!(!pair.fails_on("escalation", "accepted.yaml", "accepted.yaml"));
    assert!(pair.fails_on("widened", "bounded-accepted.yaml", "accepted.yaml"));
}

#[test]
fn who_leaves_a_group_that_denies_can_do_more() {
    let pair = Pair::rendered();
    let user = "      groups = [\n        \"1\",\n";
    for side in ["old", "new"] {
        let locals = "terraform/hub/locals.tf";
        pair.edit(
            side,
            locals,
            "    \"1\" = \"micetro-access\"\n",
            "    \"1\" = \"micetro-access\"\n    \"2\" = \"guard\"\n",
        );
        if side == "old" {
            pair.edit(side, locals, user, &format!("{user}        \"2\",\n"));
        }
        let denied = statement("Deny", "\"sts:AssumeRole\"", "*", "");
        pair.append(
            side,
            HUB,
            &format!("\nresource \"aws_iam_group_policy\" \"guard\" {{\n  name = \"guard\"\n  group = aws_iam_group.access[\"2\"].name\n  policy = jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [{denied}]\n  }})\n}}\n"),
        );
    }
    assert!(pair.fails_on("widened", "old", "new"));
    let text = unwrapped(&pair.human("old", "new"));
    assert!(text.contains("Grants more than before"), "{text}");
    assert!(
        text.contains("no longer in arn:aws:iam::111111111111:group/guard, which denied something"),
        "{text}"
    );
}

/// Two sides of the role's trust policy, each with these principals.
fn trusts(old: &str, new: &str) -> Pair {
    let pair = Pair::rendered();
    for (side, principals) in [("old", old), ("new", new)] {
        let text = fs::read_to_string(pair.path(side).join(MODULE)).unwrap();
        let from = text.find("assume_role_policy = jsonencode").unwrap();
        let to = from + text[from..].find("\n  tags").unwrap();
        let statements: String = principals
            .split(';')
            .map(|principal| {
                format!("{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {principal} }},")
            })
            .collect();
        let policy = format!(
            "assume_role_policy = jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [{statements}]\n  }})\n"
        );
        let edited = format!("{}{policy}{}", &text[..from], &text[to..]);
        fs::write(pair.path(side).join(MODULE), edited).unwrap();
    }
    pair
}

#[test]
fn a_trust_covers_its_own_kind_only_and_no_user_at_home() {
    let home = "{ AWS = \"arn:aws:iam::222222222222:root\" }";
    let mallory = "{ AWS = \"arn:aws:iam::222222222222:user/mallory\" }";
    for (old, new) in [
        (
            "{ Federated = \"*\" }".to_owned(),
            "{ Federated = \"*\" };{ AWS = \"*\" }".to_owned(),
        ),
        (
            "{ Service = \"*\" }".to_owned(),
            "{ AWS = \"arn:aws:iam::999999999999:root\" }".to_owned(),
        ),
        (home.to_owned(), format!("{home};{mallory}")),
    ] {
        let pair = trusts(&old, &new);
        assert!(pair.fails_on("widened", "old", "new"), "{old} -> {new}");
    }
}

#[test]
fn text_of_somebody_elses_turns_nothing_around() {
    let pair = Pair::rendered();
    let first = "Action = [\n";
    let action = format!("{first}          \"s3:Get\u{202e}tcejbO\u{2066}\",\n");
    pair.edit("new", MODULE, first, &action);
    let output = said(&pair.run(&["review", "old", "new"]));
    let markdown = said(&pair.run(&["review", "old", "new", "--format", "markdown"]));
    for text in [output, markdown] {
        assert!(!text.contains(['\u{202e}', '\u{2066}']), "{text}");
        assert!(text.contains("\\u{202e}"), "{text}");
    }
}

#[test]
fn a_module_outside_the_rendered_files_is_not_taken_for_one() {
    let pair = Pair::rendered();
    pair.edit(
        "new",
        "terraform/targets/222222222222/main.tf",
        "\"../../modules/target-role\"",
        "\"../../../../terraform/modules/target-role\"",
    );
    let output = pair.run(&["review", "old", "new"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
}
