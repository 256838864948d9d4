//! Pages of made-up kits, which `tests/page.rs` opens in a browser: one as it is usually, one with names that attack it,
//! one with a thousand targets.

use std::collections::BTreeMap;
use std::path::Path;

use super::page::page;
use super::picture::pictures;
use super::texts::texts;
use super::view::*;

/// Two products, two targets, everything shown.
fn usual() -> KitView {
    let mut kit = KitView {
        t: texts("en").unwrap(),
        language: "en".to_owned(),
        name: "acme".to_owned(),
        partition: "aws".to_owned(),
        customer: Some("Acme Industries".to_owned()),
        consultant: Some("Northwind Consulting".to_owned()),
        logo: Some(LOGO.to_owned()),
        accent: AccentView {
            light: "#1f5fa8".to_owned(),
            dark: "#8ab8ec".to_owned(),
        },
        shows: Shows {
            permissions: true,
            findings: true,
            quotas: true,
            policies: true,
            deploy: true,
            verify: true,
            keys: true,
            glossary: true,
        },
        notes: BTreeMap::from([(
            "deploy",
            vec![
                "Our change board meets on Thursdays.".to_owned(),
                "Call Alice before the hub is deployed.".to_owned(),
            ],
        )]),
        products: vec![ProductView {
            id: "micetro@11.0".to_owned(),
            title: "Micetro".to_owned(),
            vendor: "Men&Mice".to_owned(),
            version: "11.0".to_owned(),
            sources: vec![SourceView {
                title: "Integrating Cloud Services with Micetro: Permissions Guide for AWS".to_owned(),
                url: Some("https://example.com/permissions".to_owned()),
                dated: Some("2024-05-14".to_owned()),
            }],
            features: ["Add an AWS account", "DNS", "Networks and addresses"]
                .map(|title| FeatureView {
                    name: title.to_lowercase(),
                    title: title.to_owned(),
                    in_hub: title.starts_with("Add"),
                    in_targets: !title.starts_with("Add"),
                    required: CountView { granted: 8, listed: 9 },
                    recommended: CountView { granted: 0, listed: 1 },
                })
                .to_vec(),
        }],
        hub: None,
        trusted: Some("only the user svc-micetro of account 111111111111".to_owned()),
        targets: Vec::new(),
        excluded: vec![ExcludedView {
            reason: "No network of ours is there.".to_owned(),
            accounts: vec!["sandbox (999999999999)".to_owned()],
        }],
        picture: String::new(),
        permissions: Vec::new(),
        not_granted: vec![NotGrantedView {
            product: "Micetro".to_owned(),
            feature: "DNS".to_owned(),
            level: "required",
            action: "route53:DeleteHostedZone".to_owned(),
            kind: "omitted",
            reason: Some("Zones are deleted by hand.".to_owned()),
            variant: None,
            parameter: None,
            without: Some("Micetro cannot delete a zone.".to_owned()),
        }],
        findings: vec![FindingView {
            rule: "wildcard-resource",
            severity: "warning",
            subject: "ec2:CreateVpc".to_owned(),
            message: "ec2:CreateVpc is granted on every resource of the account.".to_owned(),
            why: "A network that nobody planned costs money and opens ways.".to_owned(),
            help: "Name the resources in `scope`, or accept it with a reason.".to_owned(),
            accepted: Some("Acme makes its networks with Micetro.".to_owned()),
        }],
        quotas: vec![QuotaView {
            what: "inline, group micetro-access".to_owned(),
            used: 4_310,
            limit: 5_120,
            unit: "characters",
            percent: 84,
            targets_left: Some(5),
        }],
        formats: [("Terraform", "terraform"), ("CloudFormation", "cloudformation")]
            .map(|(title, id)| FormatView {
                title,
                id,
                steps: vec![
                    StepView {
                        number: 1,
                        what: "The user, the groups and their policies".to_owned(),
                        account: Some("111111111111".to_owned()),
                        commands: vec![
                            "terraform -chdir=terraform/hub init".to_owned(),
                            "terraform -chdir=terraform/hub apply".to_owned(),
                        ],
                        notes: Vec::new(),
                    },
                    StepView {
                        number: 2,
                        what: "The role in each target".to_owned(),
                        account: None,
                        commands: vec![
                            "aws cloudformation deploy --stack-name acme-target-role --template-file cloudformation/target.yaml --capabilities CAPABILITY_NAMED_IAM --parameter-overrides file://cloudformation/parameters/ACCOUNT.json".to_owned(),
                        ],
                        notes: vec!["Its template has more than 51,200 bytes: add `--s3-bucket NAME`.".to_owned()],
                    },
                ],
                undo: vec![StepView {
                    number: 1,
                    what: "The role in each target".to_owned(),
                    account: None,
                    commands: vec!["terraform -chdir=terraform/targets/ACCOUNT destroy".to_owned()],
                    notes: Vec::new(),
                }],
            })
            .to_vec(),
        quick_create: vec![QuickCreateView {
            what: "The role".to_owned(),
            account: "222222222222".to_owned(),
            url: "https://console.aws.amazon.com/cloudformation/home?region=us-east-1#/stacks/quickcreate?stackName=acme".to_owned(),
        }],
        policies: vec![PolicyFileView {
            path: "policies/target/permissions.json".to_owned(),
            what: "The permissions of the role in each target".to_owned(),
        }],
        contents: vec![ContentView {
            path: "permissions.csv".to_owned(),
            what: "The table of permissions, for a spreadsheet".to_owned(),
        }],
    };
    with_targets(&mut kit, 2);
    kit.permissions = permissions(26);
    kit.picture = pictures(&kit).unwrap();
    kit
}

const LOGO: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 140 40'%3E%3Crect width='140' height='40' rx='6' fill='%231f5fa8'/%3E%3Ctext x='70' y='26' font-size='18' text-anchor='middle' fill='white' font-family='sans-serif'%3ENorthwind%3C/text%3E%3C/svg%3E";

/// As many targets, 36 to a group and ten groups to a user, as Micetro's are placed.
fn with_targets(kit: &mut KitView, count: usize) {
    let group = |index: usize| match index / 36 {
        0 => "micetro-access".to_owned(),
        more => format!("micetro-access-{}", more + 1),
    };
    let user = |index: usize| match index / 360 {
        0 => "svc-micetro".to_owned(),
        more => format!("svc-micetro-{}", more + 1),
    };
    kit.targets = (0..count)
        .map(|index| {
            let account = (200_000_000_000_u64 + index as u64).to_string();
            TargetView {
                name: format!("team-{index}-production"),
                role: format!("arn:aws:iam::{account}:role/MicetroAccess"),
                group: Some(group(index)),
                user: Some(user(index)),
                variant: index.is_multiple_of(7).then(|| "read-only".to_owned()),
                max_session: 3_600,
                external_id: false,
                boundary: None,
                account,
            }
        })
        .collect();
    let groups: Vec<GroupView> = (0..count)
        .step_by(36)
        .map(|first| GroupView {
            arn: format!("arn:aws:iam::111111111111:group/{}", group(first)),
            name: group(first),
            targets: (count - first).min(36),
        })
        .collect();
    let users = (0..count).step_by(360).map(|first| UserView {
        name: user(first),
        arn: format!("arn:aws:iam::111111111111:user/{}", user(first)),
        groups: (first..count.min(first + 360))
            .step_by(36)
            .map(group)
            .collect(),
        targets: (count - first).min(360),
        boundary: None,
    });
    kit.hub = Some(HubView {
        account: "111111111111".to_owned(),
        users: users.collect(),
        groups,
        policies: vec!["micetro-hub".to_owned()],
        key_days: Some(90),
    });
}

/// As many permissions, some of them as long as real ones get.
fn permissions(count: usize) -> Vec<PermissionView> {
    let access = [
        "List",
        "Read",
        "Write",
        "Permissions management",
        "Tagging",
        "",
        "Read, Write",
    ];
    (0..count)
        .map(|index| PermissionView {
            product: "Micetro".to_owned(),
            feature: ["Add an AWS account", "DNS", "Networks and addresses"][index % 3].to_owned(),
            level: if index % 4 == 3 {
                "recommended"
            } else {
                "required"
            },
            action: format!(
                "{}{index}",
                [
                    "iam:GetUser",
                    "route53:ListResourceRecordSets",
                    "ec2:DescribeVpcPeeringConnections"
                ][index % 3]
            ),
            access: access[index % 7].to_owned(),
            places: match index % 3 {
                0 => vec![PlaceView {
                    kind: "hub",
                    variant: None,
                }],
                1 => vec![PlaceView {
                    kind: "targets",
                    variant: None,
                }],
                _ => vec![
                    PlaceView {
                        kind: "targets",
                        variant: None,
                    },
                    PlaceView {
                        kind: "variant",
                        variant: Some("read-only".to_owned()),
                    },
                ],
            },
            resources: if index % 3 == 0 {
                vec!["arn:aws:iam::111111111111:user/svc-micetro".to_owned()]
            } else if index % 5 == 0 {
                vec![
                    "arn:aws:elasticloadbalancing:*:111111111111:loadbalancer/app/*/*".to_owned(),
                    "arn:aws:elasticloadbalancing:*:111111111111:targetgroup/*/*".to_owned(),
                ]
            } else {
                vec!["*".to_owned()]
            },
            conditions: if index % 5 == 0 {
                vec![
                    "StringEquals aws:RequestTag/kubernetes.io/cluster/platform-dev = owned"
                        .to_owned(),
                    "Null aws:ResourceTag/elbv2.k8s.aws/cluster = false".to_owned(),
                ]
            } else {
                Vec::new()
            },
            source: Some("Permissions Guide for AWS, “Minimum permissions”".to_owned()),
            without: (index % 2 == 0).then(|| "Micetro does not see what is there.".to_owned()),
        })
        .collect()
}

fn write(name: &str, kit: &KitView) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target/tmp/kit-pages")
        .join(name);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("index.html"), page(kit).unwrap()).unwrap();
}

/// Whatever may be written by hand in a deployment or a catalog, as an attack.
fn hostile() -> KitView {
    let attack = |number: usize| {
        let attacks = [
            "</script><script>window.pwned=1</script>",
            "\"><img src=x onerror=window.pwned=1>",
            "' onfocus=window.pwned=1 autofocus x='",
            "{{ name }}{% raw %}",
            "</style><svg onload=window.pwned=1>",
            "`</code><iframe src=javascript:window.pwned=1>`",
            "</title></textarea>-->]]><b>{count}{name}",
        ];
        // All of them, beginning with another one each time.
        attacks
            .iter()
            .cycle()
            .skip(number)
            .take(attacks.len())
            .copied()
            .collect::<String>()
    };
    let mut kit = usual();
    kit.name = attack(0);
    kit.customer = Some(attack(1));
    kit.consultant = Some(attack(2));
    kit.logo = Some(format!("{LOGO}\" onerror=\"window.pwned=1"));
    kit.notes = BTreeMap::from([("about", vec![attack(3)]), ("keys", vec![attack(4)])]);
    kit.trusted = Some(attack(5));
    for product in &mut kit.products {
        product.title = attack(6);
        product.vendor = attack(0);
        product.version = attack(1);
        for source in &mut product.sources {
            source.title = attack(2);
            source.url = Some("javascript:window.pwned=1".to_owned());
            source.dated = Some(attack(3));
        }
        for feature in &mut product.features {
            feature.title = attack(4);
        }
    }
    if let Some(hub) = &mut kit.hub {
        hub.account = attack(5);
        hub.policies = vec![attack(6)];
        for user in &mut hub.users {
            user.arn = attack(0);
            user.boundary = Some(attack(1));
        }
    }
    for target in &mut kit.targets {
        target.account = attack(2);
        target.name = attack(3);
        target.role = attack(4);
        target.variant = Some(attack(5));
        target.boundary = Some(attack(6));
    }
    for list in &mut kit.excluded {
        list.reason = attack(0);
        list.accounts = vec![attack(1)];
    }
    for permission in &mut kit.permissions {
        permission.product = attack(2);
        permission.feature = attack(3);
        permission.action = attack(4);
        permission.access = attack(5);
        permission.places[0] = PlaceView {
            kind: "variant",
            variant: Some(attack(6)),
        };
        permission.resources = vec![attack(0)];
        permission.conditions = vec![attack(1)];
        permission.source = Some(attack(2));
        permission.without = Some(attack(3));
    }
    for missing in &mut kit.not_granted {
        missing.action = attack(4);
        missing.reason = Some(attack(5));
        missing.variant = Some(attack(6));
    }
    for finding in &mut kit.findings {
        finding.subject = attack(0);
        finding.message = attack(1);
        finding.why = attack(2);
        finding.help = attack(3);
        finding.accepted = Some(attack(4));
    }
    for quota in &mut kit.quotas {
        quota.what = attack(5);
    }
    for format in &mut kit.formats {
        for step in format.steps.iter_mut().chain(&mut format.undo) {
            step.what = attack(6);
            step.commands = vec![attack(0)];
            step.notes = vec![attack(1)];
        }
    }
    for content in &mut kit.contents {
        content.path = attack(2);
        content.what = attack(3);
    }
    kit.picture = pictures(&kit).unwrap();
    kit
}

/// No brand, no hub, roles that trust a role, and as few sections as there may be.
fn bare() -> KitView {
    let mut kit = usual();
    kit.customer = None;
    kit.consultant = None;
    kit.logo = None;
    kit.notes = BTreeMap::new();
    kit.hub = None;
    kit.trusted = Some("arn:aws:iam::111111111111:role/platform-deployer".to_owned());
    for target in &mut kit.targets {
        target.group = None;
        target.user = None;
        target.external_id = true;
    }
    kit.excluded = Vec::new();
    kit.findings = Vec::new();
    kit.shows.policies = false;
    kit.shows.glossary = false;
    kit.picture = pictures(&kit).unwrap();
    kit
}

#[test]
fn pages_for_the_browser() {
    let mut thousand = usual();
    with_targets(&mut thousand, 1_000);
    thousand.permissions = permissions(95);
    thousand.picture = pictures(&thousand).unwrap();
    let mut groups = usual();
    with_targets(&mut groups, 100);
    groups.picture = pictures(&groups).unwrap();
    write("usual", &usual());
    write("thousand", &thousand);
    write("groups", &groups);
    write("hostile", &hostile());
    write("bare", &bare());
}

#[test]
fn a_text_that_is_missing_is_a_fault_and_no_gap() {
    for section in ["page", "about", "permissions", "keys", "glossary"] {
        let mut kit = usual();
        kit.t.as_object_mut().unwrap().remove(section);
        let error = page(&kit).unwrap_err();
        assert!(error.to_string().contains(section), "{error}");
    }
}
