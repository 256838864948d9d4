//! The worst that each parser and each command can be given, a megabyte each; in a build without optimization, a fifth of it.

use std::fmt::Write as _;

/// Files, a command on them, and what it must say; nothing where any answer will do.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) arguments: Vec<&'static str>,
    pub(crate) told: &'static str,
}

/// The bytes of a case. What takes time that grows with their square is seen at either size.
const SIZE: usize = if cfg!(debug_assertions) {
    200 << 10
} else {
    1 << 20
};

/// As often as a case takes.
fn full(piece: &str) -> String {
    piece.repeat(SIZE / piece.len())
}

/// Numbered pieces until a case is full.
fn numbered(piece: impl Fn(usize) -> String) -> String {
    let mut text = String::with_capacity(SIZE);
    let mut number = 0;
    while text.len() < SIZE - 200 {
        text.push_str(&piece(number));
        number += 1;
    }
    text
}

pub(crate) fn case(
    name: &'static str,
    arguments: &[&'static str],
    told: &'static str,
    files: &[(&str, String)],
) -> Case {
    let files = files.iter();
    Case {
        name,
        files: files
            .map(|(path, text)| ((*path).to_owned(), text.clone().into_bytes()))
            .collect(),
        arguments: arguments.to_vec(),
        told,
    }
}

const HEAD: &str = "schema: landgrant/deployment/v1\nname: acme\nhub: {account: \"111111111111\", user: svc-acme, group: acme-access}\nrole: {name: AcmeRole}\n";
const MICETRO: &str = "products: [{catalog: micetro@10.2, features: [account, dns]}]\n";
const OWN: &str = "products: [{catalog: own@1, features: [f]}]\n";
const TARGET: &str = "targets: [{account: \"222222222222\", name: dev}]\n";
const CATALOG: &str = "schema: landgrant/catalog/v1\nproduct: own\nversion: \"1\"\ntitle: Own\nvendor: Own\nsources: [{id: g, title: G}]\naccess: {authenticates_as: iam-user, external_id: optional}\n";
const FEATURE: &str = "features:\n  f:\n    title: F\n    grant_to: [hub, target]\n    required:\n";

fn deployment(more: &str) -> String {
    format!("{HEAD}{MICETRO}{more}")
}

/// A catalog with these entries, and a deployment that asks for them.
fn catalog(name: &'static str, told: &'static str, more: &str, entries: &str) -> Case {
    let files = [
        ("landgrant.yaml", format!("{HEAD}{OWN}{TARGET}")),
        (
            "catalogs/own/1.yaml",
            format!("{CATALOG}{more}{FEATURE}{entries}"),
        ),
    ];
    case(
        name,
        &["lint", "landgrant.yaml", "--catalogs", "catalogs"],
        told,
        &files,
    )
}

/// An entry with these actions, so many times, on so many resources; on all too, so that a policy holds it.
fn entry(actions: &str, times: usize, resources: usize) -> String {
    let resources: Vec<String> = (0..resources)
        .map(|n| format!("\"arn:${{partition}}:ec2:*:*:*a{n}*\""))
        .collect();
    format!(
        "      - action: [{}]\n        resource: [{}, \"*\"]\n",
        actions.repeat(times),
        resources.join(", ")
    )
}

fn list(name: &'static str, file: &str, told: &'static str, more: &str, text: String) -> Case {
    let deployment = deployment(&format!("targets:\n  - file: {file}\n{more}"));
    case(
        name,
        &["lint", "landgrant.yaml"],
        told,
        &[("landgrant.yaml", deployment), (file, text)],
    )
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = yaml();
    cases.extend(deployments());
    cases.extend(catalogs());
    cases.extend(lists());
    cases.extend(accounts());
    cases.extend(folders());
    cases.extend(rendered());
    cases.extend(templates());
    cases
}

/// What a parser of YAML can be given, whatever the document.
fn yaml() -> Vec<Case> {
    let lint = |name, told, text: String| {
        case(
            name,
            &["lint", "landgrant.yaml"],
            told,
            &[("landgrant.yaml", text)],
        )
    };
    vec![
        lint("carriage returns", "empty-file", full("\r")),
        lint(
            "lines that end with a carriage return",
            "duplicate-key",
            full("a: b\r"),
        ),
        lint("mappings in mappings", "too-deep", full("{a: ")),
        lint(
            "mappings behind closed quotes",
            "too-deep",
            full("{\"}\": "),
        ),
        lint("lists in lists", "too-deep", full("[")),
        lint("lists in lists by dashes", "too-deep", full("- ")),
        lint("keys in keys", "too-deep", full("? ")),
        lint(
            "aliases",
            "yaml-alias",
            format!("a: &a x\nb: [{}]\n", full("*a,")),
        ),
        lint(
            "aliases of aliases",
            "yaml-alias",
            numbered(|n| format!("a{n}: &a{n} [*a{0}, *a{0}]\n", n.saturating_sub(1))),
        ),
        lint(
            "anchors",
            "too-many-faults",
            numbered(|n| format!("a{n}: &a{n} x\n")),
        ),
        lint("keys", "too-many-f", numbered(|n| format!("k{n}: x\n"))),
        lint("one key", "too-many-faults", full("k: x\n")),
        lint(
            "tags",
            "too-many-faults",
            numbered(|n| format!("k{n}: !t x\n")),
        ),
        lint(
            "keys on one line",
            "too-many-f",
            format!("{{{}}}", numbered(|n| format!("k{n}: b, "))),
        ),
        lint(
            "pairs on one line",
            "wrong-type",
            format!("[{}]", full("a: b, ")),
        ),
        lint(
            "items on one line",
            "wrong-type",
            format!("[{}]", full("a, ")),
        ),
        lint("empty keys", "too-many-faults", full(":\n")),
        lint(
            "escapes",
            "missing-field",
            format!("a: \"{}\"", full("\\n")),
        ),
        lint(
            "one long line",
            "missing-field",
            format!("a: {}", full("ü")),
        ),
        lint(
            "blank lines in a text",
            "missing-field",
            format!("a: x{}  y", full("\n")),
        ),
        lint(
            "directives",
            "missing-field",
            format!(
                "{}---\na: b\n",
                numbered(|n| format!("%TAG !a{n}! tag:x,{n}:\n"))
            ),
        ),
        lint("byte order marks", "empty-file", full("\u{feff}")),
        lint("documents", "second-document", full("---\n")),
        lint("marks of a merge", "conflict-mark", full("=======\n")),
    ]
}

fn deployments() -> Vec<Case> {
    let lint = |name, told, more: &str| {
        case(
            name,
            &["lint", "landgrant.yaml"],
            told,
            &[("landgrant.yaml", deployment(more))],
        )
    };
    let render = |name, told, more: &str| {
        case(
            name,
            &["render", "landgrant.yaml"],
            told,
            &[("landgrant.yaml", deployment(more))],
        )
    };
    let items = |piece: &dyn Fn(usize) -> String| numbered(piece);
    vec![
        lint(
            "targets",
            "",
            &format!(
                "targets:\n{}",
                items(&|n| format!("  - {{account: \"{}\", name: a{n}}}\n", 200_000_000_000 + n))
            ),
        ),
        lint(
            "one target",
            "duplicate-target",
            &format!(
                "targets:\n{}",
                full("  - {account: \"222222222222\", name: dev}\n")
            ),
        ),
        lint(
            "targets that are none",
            "too-many-faults",
            &format!("targets:\n{}", full("  - {account: \"2\", name: dev}\n")),
        ),
        lint(
            "targets of unknown variants",
            "too-many-faults",
            &format!(
                "targets:\n{}",
                items(&|n| format!(
                    "  - {{account: \"{}\", name: a{n}, variant: v{n}}}\n",
                    200_000_000_000 + n
                ))
            ),
        ),
        lint(
            "unknown fields",
            "unknown-field",
            &format!(
                "targets:\n{}",
                items(&|n| format!("  - {{acount{n}: x}}\n"))
            ),
        ),
        lint(
            "tags of roles",
            "too-many-fields",
            &format!("tags:\n{}{TARGET}", items(&|n| format!("  t{n}: v\n"))),
        ),
        lint(
            "variants",
            "too-many-fields",
            &format!(
                "variants:\n{}{TARGET}",
                items(&|n| format!("  v{n}: {{omit: []}}\n"))
            ),
        ),
        lint(
            "scopes",
            "too-many-items",
            &format!(
                "variants:\n  v:\n    scope:\n{}{TARGET}",
                full(&format!(
                    "      - actions: [{}]\n        resources: [{}]\n",
                    "ec2:DescribeVpcs,".repeat(900),
                    "\"*\",".repeat(900)
                ))
            ),
        ),
        lint(
            "omits",
            "",
            &format!(
                "variants:\n  v:\n    omit:\n{}{TARGET}",
                items(&|n| format!("      - {{action: ec2:A{n}, reason: r}}\n"))
            ),
        ),
        lint(
            "allows",
            "too-many-items",
            &format!(
                "lint:\n  allow:\n{}{TARGET}",
                items(&|n| format!("    - {{rule: r{n}, reason: r}}\n"))
            ),
        ),
        render(
            "a long name",
            "",
            &format!(
                "variants: {{x: {{role: {{name: {}}}}}}}\n{TARGET}",
                full("R")
            ),
        ),
        lint(
            "lists of accounts",
            "",
            &format!("targets:\n{}", full("  - {file: accounts.csv}\n")),
        ),
    ]
}

fn catalogs() -> Vec<Case> {
    let parameters = "parameters:\n  p: {type: string, description: d, pattern: \"x*\"}\n";
    let mut cases = vec![
        catalog(
            "unknown actions",
            "too-many-faults",
            "",
            &numbered(|n| format!("      - s3:GetObjec{n}\n")),
        ),
        catalog(
            "unknown services",
            "too-many-faults",
            "",
            &numbered(|n| format!("      - x{n}:GetObject\n")),
        ),
        catalog(
            "no actions",
            "too-many-faults",
            "",
            &full("      - nothing\n"),
        ),
        catalog(
            "entries without an action",
            "too-many-faults",
            "",
            &full("      - {x: y}\n"),
        ),
        catalog(
            "entries for everything",
            "too-many-items",
            "",
            &full("      - {action: \"*\", resource: \"*\"}\n"),
        ),
        catalog(
            "entries for a service",
            "",
            "",
            &numbered(|n| {
                format!(
                    "      - {{action: \"ec2:*a*\", resource: \"arn:${{partition}}:ec2:*:*:x/{n}\"}}\n"
                )
            }),
        ),
        catalog(
            "entries",
            "",
            "",
            &numbered(|n| {
                format!(
                    "      - {{action: s3:GetObject, resource: \"arn:${{partition}}:s3:::b{n}/*\"}}\n"
                )
            }),
        ),
        catalog(
            "one entry",
            "",
            "",
            &full("      - {action: s3:GetObject, resource: \"arn:${partition}:s3:::b/*\"}\n"),
        ),
        catalog(
            "actions on resources",
            "too-many-items",
            "",
            &entry("ec2:RunInstances, ", 800, 999),
        ),
        catalog(
            "wildcards on resources",
            "too-many-items",
            "",
            &entry("\"ec2:*\", ", 1, 999),
        ),
        catalog(
            "actions under conditions",
            "too-many-items",
            "",
            &format!(
                "      - action: [{}]\n        conditions: {{StringLike: {{aws:PrincipalTag/x: [{}]}}}}\n",
                "ec2:RunInstances, ".repeat(800),
                (0..999).map(|n| format!("\"*{n}\",")).collect::<String>()
            ),
        ),
        catalog(
            "as many on as many as may be",
            "",
            "",
            &entry("ec2:RunInstances, ", 400, 190),
        ),
        catalog(
            "a way to more on as many as may be",
            "",
            "",
            &entry("lambda:UpdateFunctionCode, ", 400, 190),
        ),
        catalog(
            "condition keys",
            "too-many-fields",
            "",
            &format!(
                "      - action: s3:GetObject\n        conditions:\n          StringEquals:\n{}",
                numbered(|n| format!("            aws:x{n}: y\n"))
            ),
        ),
        catalog(
            "condition values",
            "too-many-items",
            "",
            &format!(
                "      - action: s3:GetObject\n        conditions:\n          StringLike:\n            aws:PrincipalTag/x: [{}]\n",
                numbered(|n| format!("\"*{n}\","))
            ),
        ),
        catalog(
            "braces in an ARN",
            "",
            "",
            &format!(
                "      - {{action: s3:GetObject, resource: \"arn:${{partition}}:s3:::{}\"}}\n",
                full("${")
            ),
        ),
        catalog(
            "wildcards in an ARN",
            "",
            "",
            &format!(
                "      - {{action: s3:GetObject, resource: [\"arn:${{partition}}:s3:::{}\", \"arn:${{partition}}:s3:::{}\"]}}\n",
                "*a".repeat(SIZE / 5),
                "a".repeat(SIZE / 2)
            ),
        ),
        catalog(
            "places in an ARN",
            "",
            parameters,
            &format!(
                "      - {{action: s3:GetObject, resource: \"arn:${{partition}}:s3:::{}\"}}\n",
                full("${p}")
            ),
        ),
        catalog(
            "a pattern that repeats repeats",
            "bad-pattern",
            "parameters:\n  p: {type: string, description: d, pattern: \"((x{1000}){1000}){1000}\"}\n",
            "      - s3:GetObject\n",
        ),
        catalog(
            "a long pattern",
            "bad-pattern",
            &format!(
                "parameters:\n  p: {{type: string, description: d, pattern: \"{}\"}}\n",
                full("(x?)")
            ),
            "      - s3:GetObject\n",
        ),
        catalog(
            "parameters",
            "too-many-fields",
            &format!(
                "parameters:\n{}",
                numbered(|n| format!("  p{n}: {{type: string, description: d}}\n"))
            ),
            "      - s3:GetObject\n",
        ),
        case(
            "a catalog for each variant",
            &["lint", "landgrant.yaml", "--catalogs", "catalogs"],
            "too-many-items",
            &[
                (
                    "landgrant.yaml",
                    format!(
                        "{HEAD}{OWN}{TARGET}variants:\n{}",
                        (0..900)
                            .map(|n| format!("  v{n}: {{omit: []}}\n"))
                            .collect::<String>()
                    ),
                ),
                (
                    "catalogs/own/1.yaml",
                    format!(
                        "{CATALOG}{FEATURE}{}",
                        numbered(|n| format!(
                            "      - {{action: s3:GetObject, resource: \"arn:${{partition}}:s3:::b{n}/*\"}}\n"
                        ))
                    ),
                ),
            ],
        ),
        case(
            "omits of what wildcards stand for",
            &["lint", "landgrant.yaml", "--catalogs", "catalogs"],
            "",
            &[
                (
                    "landgrant.yaml",
                    format!(
                        "{HEAD}products:\n  - catalog: own@1\n    features: [f]\n    expand: true\n    omit:\n{}{TARGET}",
                        numbered(|n| format!("      - {{action: ec2:A{n}, reason: r}}\n"))
                    ),
                ),
                (
                    "catalogs/own/1.yaml",
                    format!(
                        "{CATALOG}{FEATURE}{}",
                        "      - \"ec2:CreateVpc*\"\n".repeat(SIZE / 400)
                    ),
                ),
            ],
        ),
        case(
            "a catalog that is shown",
            &["catalog", "show", "own@1", "--catalogs", "catalogs"],
            "",
            &[(
                "catalogs/own/1.yaml",
                format!(
                    "{CATALOG}{FEATURE}{}",
                    numbered(|n| format!(
                        "      - {{action: s3:GetObject, resource: \"arn:${{partition}}:s3:::b{n}/*\"}}\n"
                    ))
                ),
            )],
        ),
        case(
            "actions of an overlay",
            &["explain", "s3:GetObject", "--reference", "new.yaml"],
            "",
            &[(
                "new.yaml",
                format!(
                    "schema: landgrant/actions/v1\nsource: x\ndated: \"2026-01-01\"\nservices:\n{}",
                    numbered(|n| format!("  s{n}: {{actions: {{Get: {{level: read}}}}}}\n"))
                ),
            )],
        ),
    ];
    // A value of a megabyte in each of many places.
    let long = format!(
        "{HEAD}products: [{{catalog: own@1, features: [f], parameters: {{p: {}}}}}]\n{TARGET}",
        "x".repeat(SIZE / 2)
    );
    let entries = "      - {action: s3:GetObject, resource: \"arn:${partition}:s3:::${p}\"}\n"
        .repeat(SIZE / 264);
    cases.push(case(
        "a long value in many places",
        &["lint", "landgrant.yaml", "--catalogs", "catalogs"],
        "bad-parameter",
        &[
            ("landgrant.yaml", long),
            (
                "catalogs/own/1.yaml",
                format!("{CATALOG}{parameters}{FEATURE}{entries}"),
            ),
        ],
    ));
    cases
}

fn lists() -> Vec<Case> {
    let id = |n: usize| 200_000_000_000 + n;
    vec![
        list(
            "columns",
            "a.csv",
            "",
            "",
            format!("account,{}\n222222222222\n", numbered(|n| format!("x{n},"))),
        ),
        list(
            "one column",
            "a.csv",
            "duplicate-column",
            "",
            format!("account,{}\n222222222222\n", full("name,")),
        ),
        list(
            "rows that are none",
            "a.csv",
            "too-many-faults",
            "",
            format!("account\n{}", full("1\n")),
        ),
        list(
            "one row",
            "a.csv",
            "",
            "",
            format!("account\n{}", full("222222222222\n")),
        ),
        list(
            "quotes",
            "a.csv",
            "",
            "",
            format!("account\n{}", full("\"")),
        ),
        list(
            "rows that end with a carriage return",
            "a.csv",
            "",
            "",
            format!("account\r{}", full("1\r")),
        ),
        list(
            "blank rows",
            "a.csv",
            "",
            "",
            format!("account\n{}", full("\n")),
        ),
        list("brackets", "a.json", "bad-account-list", "", full("[")),
        list(
            "objects in objects",
            "a.json",
            "bad-account-list",
            "",
            full("{\"Accounts\":"),
        ),
        list("pages", "a.json", "bad-account-list", "", full("{}")),
        list("empty pages", "a.json", "", "", full("[]")),
        list(
            "numbers for accounts",
            "a.json",
            "bad-account-list",
            "",
            format!("{{\"Accounts\":[{}1]}}", full("1,")),
        ),
        list(
            "accounts that are none",
            "a.json",
            "bad-account",
            "",
            format!("{{\"Accounts\":[{}1]}}", full("{\"Id\":\"1\"},")),
        ),
        list(
            "items",
            "a.yaml",
            "",
            "",
            numbered(|n| format!("- {{account: \"{}\"}}\n", id(n))),
        ),
        list(
            "selectors",
            "a.csv",
            "too-many-items",
            &format!(
                "    select:\n{}",
                numbered(|n| format!("      - {{name: \"*a*b{n}\"}}\n"))
            ),
            numbered(|n| {
                format!(
                    "{}{}\n",
                    if n == 0 { "account,name\n" } else { "" },
                    format_args!("{},aaaaaaaa{n}", id(n))
                )
            }),
        ),
        list(
            "exclusions of accounts",
            "a.csv",
            "",
            &format!(
                "    exclude:\n{}",
                (0..SIZE / 120)
                    .map(|n| format!("      - {{account: \"{}\", reason: r}}\n", id(n)))
                    .collect::<String>()
            ),
            format!("account\n{}", numbered(|n| format!("{}\n", id(n)))),
        ),
        list(
            "exclusions of the same",
            "a.csv",
            "",
            &format!(
                "    exclude:\n{}",
                "      - {name: \"*\", reason: r}\n".repeat(SIZE / 8_000)
            ),
            format!(
                "account,name\n{}",
                numbered(|n| format!("{},a name that is neither short nor long{n}\n", id(n)))
            ),
        ),
        list(
            "a selector of wildcards",
            "a.csv",
            "",
            &format!(
                "    select:\n      - {{name: \"{}b\"}}\n",
                "*a".repeat(SIZE / 4)
            ),
            format!("account,name\n222222222222,{}\n", "a".repeat(SIZE / 2)),
        ),
    ]
}

/// What accounts hold, as other programs print it.
fn accounts() -> Vec<Case> {
    let audit = |name, told, text: String| {
        let files = [
            ("landgrant.yaml", deployment(TARGET)),
            ("s/222222222222.json", text),
        ];
        case(
            name,
            &["audit", "landgrant.yaml", "--snapshot", "s", "--partial"],
            told,
            &files,
        )
    };
    let plan = |name, told, text: String| {
        let files = [("landgrant.yaml", deployment(TARGET)), ("plan.json", text)];
        case(
            name,
            &[
                "audit",
                "landgrant.yaml",
                "--terraform-plan",
                "plan.json",
                "--account",
                "222222222222",
            ],
            told,
            &files,
        )
    };
    let report = |name, told, text: String| {
        let empty =
            "{\"UserDetailList\":[],\"GroupDetailList\":[],\"RoleDetailList\":[],\"Policies\":[]}"
                .to_owned();
        let files = [
            ("landgrant.yaml", deployment(TARGET)),
            ("s.json", empty),
            ("c.csv", text),
        ];
        case(
            name,
            &[
                "audit",
                "landgrant.yaml",
                "--snapshot",
                "111111111111=s.json",
                "--credential-report",
                "111111111111=c.csv",
            ],
            told,
            &files,
        )
    };
    let snapshot = |roles: &str| {
        format!(
            "{{\"UserDetailList\":[],\"GroupDetailList\":[],\"Policies\":[],\"RoleDetailList\":[{roles}]}}"
        )
    };
    let role = |trust: &str| {
        format!(
            "{{\"RoleName\":\"AcmeRole\",\"Path\":\"/\",\"Arn\":\"arn:aws:iam::222222222222:role/AcmeRole\",\"AssumeRolePolicyDocument\":{{\"Version\":\"2012-10-17\",\"Statement\":[{trust}]}}}}"
        )
    };
    let allow = "{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111111111111:root\"},\"Action\":\"sts:AssumeRole\"}";
    let deny = "{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"sts:*\",\"Condition\":{\"StringEquals\":{\"sts:ExternalId\":\"x\"}}}";
    let other = |trust: &str| role(trust).replace("AcmeRole", "Other");
    vec![
        audit("brackets in a snapshot", "bad-snapshot", full("[")),
        audit("objects in a snapshot", "bad-snapshot", full("{\"a\":")),
        audit("a snapshot of blanks", "bad-snapshot", full(" ")),
        audit(
            "statements of a trust",
            "",
            snapshot(&role(&format!("{}{allow}", full(&format!("{allow},"))))),
        ),
        audit(
            "statements of a trust of another role",
            "",
            snapshot(&other(&format!(
                "{}{allow}",
                full(&format!("{allow},{deny},"))
            ))),
        ),
        audit(
            "conditions of a trust",
            "",
            snapshot(&role(&format!(
                "{{\"Effect\":\"Allow\",\"Principal\":{{\"AWS\":\"*\"}},\"Action\":\"sts:AssumeRole\",\"Condition\":{{\"StringLike\":{{\"sts:ExternalId\":[{}\"x\"]}}}}}}",
                numbered(|n| format!("\"*a{n}\","))
            ))),
        ),
        audit(
            "wildcards of a trust",
            "",
            snapshot(&role(&format!(
                "{{\"Effect\":\"Allow\",\"Principal\":{{\"AWS\":\"*\"}},\"Action\":\"{}sts:AssumeRole\",\"Condition\":{{\"StringLike\":{{\"aws:PrincipalArn\":\"{}\"}}}}}}",
                "*".repeat(SIZE / 2),
                "*a".repeat(SIZE / 4)
            ))),
        ),
        audit(
            "principals of a trust",
            "",
            snapshot(&role(&format!(
                "{{\"Effect\":\"Allow\",\"Principal\":{{\"AWS\":[{}\"*\"]}},\"Action\":\"sts:AssumeRole\"}}",
                numbered(|n| format!("\"arn:aws:iam::111111111111:role/r{n}\","))
            ))),
        ),
        audit(
            "roles",
            "",
            snapshot(&format!(
                "{}{}",
                full(&format!("{},", role(allow))),
                role(allow)
            )),
        ),
        plan("brackets in a plan", "bad-terraform-plan", full("[")),
        plan(
            "modules in modules",
            "bad-terraform-plan",
            format!(
                "{{\"planned_values\":{{\"root_module\":{}",
                full("{\"child_modules\":[")
            ),
        ),
        plan(
            "resources of a plan",
            "",
            format!(
                "{{\"planned_values\":{{\"root_module\":{{\"resources\":[{}]}}}}}}",
                numbered(|n| format!(
                    "{}{{\"address\":\"aws_iam_role.r{n}\",\"mode\":\"managed\",\"type\":\"aws_iam_role\",\"values\":{{\"name\":\"r{n}\"}}}}",
                    if n == 0 { "" } else { "," }
                ))
            ),
        ),
        report("commas in a report", "bad-credential-report", full(",")),
        report("quotes in a report", "bad-credential-report", full("\"")),
        report(
            "lines of a report",
            "",
            format!(
                "arn,access_key_1_active,access_key_1_last_rotated,access_key_2_active,access_key_2_last_rotated\n{}",
                full("arn:aws:iam::111111111111:user/u,false,N/A,false,N/A\n")
            ),
        ),
    ]
}

/// What stands beside rendered files.
fn folders() -> Vec<Case> {
    let render = |name, told, path: &str, text: String| {
        case(
            name,
            &["render", "landgrant.yaml"],
            told,
            &[("landgrant.yaml", deployment(TARGET)), (path, text)],
        )
    };
    let lock =
        |line: &dyn Fn(usize) -> String| format!("format 1\ndeployment acme\n{}", numbered(line));
    vec![
        render(
            "users of a lock",
            "",
            "rendered/landgrant.lock",
            lock(&|n| format!("user u{n}\n")),
        ),
        render(
            "roles of a lock",
            "",
            "rendered/landgrant.lock",
            lock(&|n| format!("target 222222222222 role r{n}\n")),
        ),
        render(
            "files of a lock",
            "",
            "rendered/landgrant.lock",
            lock(&|n| format!("file sha256:{n} terraform/f{n}.tf\n")),
        ),
        render(
            "one line of a lock",
            "lock",
            "rendered/landgrant.lock",
            full("x"),
        ),
        render(
            "a journal",
            "",
            "rendered/.landgrant-render/journal",
            full("x\n"),
        ),
        case(
            "a file beside rendered ones",
            &["check", "landgrant.yaml"],
            "",
            &[
                ("landgrant.yaml", deployment(TARGET)),
                ("rendered/terraform/hub/notes.txt", full("{{a: ")),
            ],
        ),
    ]
}

/// A folder that is read without its deployment, or beside it.
fn rendered() -> Vec<Case> {
    let kinds: [(&'static str, String); 8] = [
        (
            "objects in objects",
            format!("locals {{\n  a = {}", full("{ a = ")),
        ),
        (
            "keys of an object",
            format!(
                "locals {{\n  a = {{\n{}  }}\n}}\n",
                numbered(|n| format!("    k{n} = 1\n"))
            ),
        ),
        ("brackets", format!("locals {{\n  a = {}", full("["))),
        (
            "places in places",
            format!("locals {{\n  a = {}", full("\"${")),
        ),
        ("heredocs", full("a = <<E\nE\n")),
        ("comments that open", full("/*")),
        ("carriage returns", full("\r")),
        (
            "resources",
            numbered(|n| format!("resource \"aws_iam_role\" \"r{n}\" {{\n  name = \"r{n}\"\n}}\n")),
        ),
    ];
    let yaml: [(&'static str, String); 6] = [
        ("mappings in mappings", full("{a: ")),
        ("carriage returns", full("\r")),
        (
            "aliases",
            format!(
                "Resources:\n  a: &a [{}]\n  b: [{}]\n",
                "x,".repeat(SIZE / 8),
                "*a,".repeat(SIZE / 8)
            ),
        ),
        (
            "resources",
            format!(
                "Resources:\n{}",
                numbered(|n| format!("  R{n}:\n    Type: AWS::IAM::Role\n"))
            ),
        ),
        (
            "one resource",
            format!("Resources:\n{}", full("  R: {Type: AWS::IAM::Role}\n")),
        ),
        (
            "functions in functions",
            format!("Resources:\n  a: {}", full("!Sub [")).to_owned(),
        ),
    ];
    let mut cases = Vec::new();
    for (name, text) in kinds {
        cases.push(case(
            name,
            &["review", "nothing", "rendered"],
            "",
            &[("rendered/terraform/hub/main.tf", text.clone())],
        ));
        cases.push(case(
            name,
            &["check", "landgrant.yaml"],
            "",
            &[
                ("landgrant.yaml", deployment(TARGET)),
                ("rendered/terraform/hub/notes.tf", text),
            ],
        ));
    }
    for (name, text) in yaml {
        cases.push(case(
            name,
            &["review", "nothing", "rendered"],
            "",
            &[("rendered/cloudformation/hub/hub.yaml", text.clone())],
        ));
        cases.push(case(
            name,
            &["check", "landgrant.yaml"],
            "",
            &[
                ("landgrant.yaml", deployment(TARGET)),
                ("rendered/cloudformation/hub/notes.yaml", text),
            ],
        ));
    }
    cases
}

fn templates() -> Vec<Case> {
    let render = |name, told, text: String| {
        case(
            name,
            &["render", "landgrant.yaml"],
            told,
            &[
                (
                    "landgrant.yaml",
                    deployment(&format!("templates: templates\n{TARGET}")),
                ),
                ("templates/files/a.md.tera", text),
            ],
        )
    };
    let range = "{% for a in range(end=100000) %}";
    let ends = "{% endfor %}";
    let mut cases = vec![
        render(
            "a text doubled",
            "template-steps",
            format!("{{% set s = \"x\" %}}{}", full("{% set s = s ~ s %}\n")),
        ),
        render(
            "loops in loops",
            "template-steps",
            format!("{}{}", range.repeat(30), ends.repeat(30)),
        ),
        render(
            "lists in lists",
            "template-steps",
            format!(
                "{{% set s = [1] %}}{}{{{{ s }}}}",
                full("{% set s = [s, s] %}\n")
            ),
        ),
        render(
            "a loop that writes",
            "template-",
            format!("{range}{range}{}{ends}{ends}", "x".repeat(SIZE / 2)),
        ),
        render("tags that open", "template-syntax", full("{{")),
        render("braces", "template-syntax", full("{%")),
        render("blocks in blocks", "template-syntax", full("{% if x %}\n")),
        render(
            "parentheses",
            "template-syntax",
            format!("{{{{ {}", full("(")),
        ),
        render("one long text", "", full("x ")),
        render(
            "quotes",
            "template-syntax",
            format!("{{{{ {}", full("\"'`")),
        ),
        render(
            "unknown filters",
            "template-",
            numbered(|n| format!("{{{{ name | f{n} }}}}")),
        ),
        render("values", "", full("{{ name }}\n")),
        render(
            "values on one line",
            "template-unbounded",
            full("{{ name }}"),
        ),
    ];
    let mut parts = vec![(
        "landgrant.yaml".to_owned(),
        deployment(&format!("templates: templates\n{TARGET}")).into_bytes(),
    )];
    for level in 0..6 {
        let path = match level {
            0 => "templates/files/a.md.tera".to_owned(),
            level => format!("templates/p/{level}.md.tera"),
        };
        let mut text = String::new();
        for _ in 0..2_000 {
            let _ = writeln!(text, "{{% include \"p/{}.md\" %}}", level + 1);
        }
        parts.push((path, text.into_bytes()));
    }
    parts.push(("templates/p/6.md.tera".to_owned(), Vec::new()));
    cases.push(Case {
        name: "parts that include parts",
        files: parts,
        arguments: vec!["render", "landgrant.yaml"],
        told: "template-steps",
    });
    cases
}
