//! What read-back makes of CloudFormation templates that somebody edited: what another reader, or CloudFormation on another day,
//! could take for something else is refused at its place, and what harms nobody is taken.

use std::fs;
use std::process::Command;

use landgrant::readback::{Known, Read, read_folder};

use crate::support::pipeline;
use crate::support::pipeline::Built;

const CASE: &str = "micetro-two-targets";
const HUB: &str = "cloudformation/hub.yaml";
const ROLE: &str = "cloudformation/target.yaml";
const PARAMETERS: &str = "cloudformation/parameters/222222222222.json";

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

fn edited(built: &Built, file: &str, from: &str, to: &str) -> Built {
    let mut built = Built {
        plan: built.plan.clone(),
        files: built.files.clone(),
    };
    let text = built.files[camino::Utf8Path::new(file)].to_string();
    assert!(text.contains(from), "{file} has no {from}");
    built.files.insert(file, text.replacen(from, to, 1));
    built
}

/// An edit of one file, and what is said of it.
type Edit = (&'static str, &'static str, &'static str, &'static str);

const REFUSED: &[Edit] = &[
    // Text that readers of YAML differ on.
    (
        HUB,
        "UserName: svc-micetro",
        "UserName: &user svc-micetro",
        "hub.yaml:12:17: an anchor",
    ),
    (
        HUB,
        "UserName: svc-micetro",
        "UserName: *user",
        "hub.yaml:12:17: an alias",
    ),
    (
        HUB,
        "      UserName: svc-micetro",
        "      <<: {UserName: admin}\n      UserName: svc-micetro",
        "hub.yaml:12:7",
    ),
    (
        HUB,
        "UserName: svc-micetro",
        "UserName: svc-micetro\n      UserName: admin",
        "hub.yaml:13:7: `UserName` appears twice",
    ),
    (
        HUB,
        "UserName: svc-micetro",
        "UserName: svc-micetro\n      \"User\\u004eame\": admin",
        "hub.yaml:13:7: `UserName` appears twice",
    ),
    (
        HUB,
        "UserName: svc-micetro",
        "UserName: no",
        "hub.yaml:12:17: `no`",
    ),
    (
        HUB,
        "UserName: svc-micetro",
        "UserName: 12:30:45",
        "hub.yaml:12:17: `12:30:45`",
    ),
    (
        HUB,
        "UserName: svc-micetro",
        "UserName: 017",
        "hub.yaml:12:17: `017`",
    ),
    (
        HUB,
        "UserName: svc-micetro",
        "UserName: 0o17",
        "hub.yaml:12:17: `0o17`",
    ),
    (
        HUB,
        "UserName: svc-micetro",
        "UserName: 12",
        "hub.yaml:12:7: `12`, which is not text, is not understood in `UserName`",
    ),
    (
        HUB,
        "UserName: svc-micetro",
        "UserName: true",
        "hub.yaml:12:7: `true`, which is not text,",
    ),
    (
        HUB,
        "UserName: svc-micetro",
        "UserName: !!str svc-micetro",
        "hub.yaml:12:17: the tag `!!str`",
    ),
    (
        HUB,
        "UserName: svc-micetro",
        "UserName: >\n        svc-micetro",
        "hub.yaml:12:17: a folded text",
    ),
    (
        HUB,
        "UserName: svc-micetro",
        "UserName: |-\n        svc-micetro",
        "hub.yaml:12:17: a text of lines",
    ),
    (
        HUB,
        "# dev\n",
        "# dev\u{2028}    ManagedPolicyArns: [a]\n",
        "the character U+2028",
    ),
    (HUB, "# dev\n", "# dev\r  Evil:\n", "a carriage return"),
    (
        HUB,
        "# dev\n",
        "# dev\u{85}  Evil:\n",
        "the character U+0085",
    ),
    (HUB, "Path: /", "Path:\t/", "a tab"),
    (HUB, "\nOutputs:", "\n---\nOutputs:", "a document mark"),
    (
        HUB,
        "AWSTemplateFormatVersion",
        "%YAML 1.2\n---\nAWSTemplateFormatVersion",
        "hub.yaml:4:1",
    ),
    (HUB, "\"2012-10-17\"", "2012-10-17", "`2012-10-17`"),
    // Values that are not there yet, or elsewhere.
    (
        HUB,
        "UserName: svc-micetro",
        "UserName: \"{{resolve:ssm:user}}\"",
        "hub.yaml:12:7: `{{resolve:`",
    ),
    (
        HUB,
        "UserName: svc-micetro",
        "UserName: \"{{ Resolve:ssm:user}}\"",
        "hub.yaml:12:7: `{{resolve:`",
    ),
    (
        HUB,
        "UserName: svc-micetro",
        "UserName: \"\\u007b\\u007bresolve:ssm:user}}\"",
        "hub.yaml:12:7: `{{resolve:`",
    ),
    (
        HUB,
        "222222222222:role/MicetroAccess\"",
        "222222222222:role/{{resolve:ssm:role}}\"",
        "`{{resolve:`",
    ),
    (
        PARAMETERS,
        "\"MicetroAccess\"",
        "\"{{resolve:ssm:role}}\"",
        "known only when the template is deployed",
    ),
    (
        ROLE,
        "Default: MicetroAccess",
        "Default: \"{{resolve:ssm:role}}\"",
        "target.yaml:11:5: `{{resolve:`",
    ),
    (
        ROLE,
        "    Type: String",
        "    Type: AWS::SSM::Parameter::Value<String>",
        "target.yaml:9:11",
    ),
    (
        ROLE,
        "    Type: String",
        "    Type: \"AWS::SSM::Parameter::Value<String>\"",
        "target.yaml:9:5: `AWS::SSM::Parameter::Value<String>` is not understood in `Type`",
    ),
    (
        ROLE,
        "    Type: String",
        "    Type: CommaDelimitedList",
        "target.yaml:9:5",
    ),
    (
        ROLE,
        "    Type: String",
        "    Type: String\n    NoEcho: true",
        "target.yaml:10:5: `NoEcho`",
    ),
    (
        ROLE,
        "    Type: String",
        "    Type: String\n    AllowedValues: [a]",
        "target.yaml:10:5: `AllowedValues`",
    ),
    (
        ROLE,
        "Parameters:\n",
        "Parameters:\n  \"AWS::AccountId\":\n    Type: String\n    Default: \"999999999999\"\n\n",
        "target.yaml:8:3: `AWS::AccountId` is not understood: a name in a template",
    ),
    (
        ROLE,
        "Parameters:\n",
        "Parameters:\n  Role:\n    Type: String\n    Default: a\n\n",
        "`Role` is not understood: a parameter has this name",
    ),
    (PARAMETERS, "\"3600\"", "\"3.6e3\"", "is a whole number"),
    (PARAMETERS, "\"3600\"", "\"03600\"", "is a whole number"),
    // Sections.
    (
        HUB,
        "Resources:\n",
        "Transform: AWS::Include\nResources:\n",
        "hub.yaml:7:1: `Transform` is not understood",
    ),
    (
        HUB,
        "Resources:\n",
        "Mappings:\n  A:\n    B:\n      C: d\nResources:\n",
        "hub.yaml:7:1: `Mappings`",
    ),
    (
        HUB,
        "Resources:\n",
        "Rules:\n  A: b\nResources:\n",
        "hub.yaml:7:1: `Rules`",
    ),
    (
        HUB,
        "Resources:\n",
        "Hooks:\n  A: b\nResources:\n",
        "hub.yaml:7:1: `Hooks`",
    ),
    (
        HUB,
        "Resources:\n",
        "Conditions:\n  Always: !Equals [a, a]\nResources:\n",
        "hub.yaml:8:3",
    ),
    (HUB, "\"2010-09-09\"", "\"2010-09-10\"", "hub.yaml:4:1"),
    // Resources.
    (
        HUB,
        "    Type: AWS::IAM::User\n",
        "    Type: AWS::IAM::User\n    DependsOn: Group\n",
        "hub.yaml:11:5: `DependsOn`",
    ),
    (
        HUB,
        "    Type: AWS::IAM::User\n",
        "    Type: AWS::IAM::User\n    DeletionPolicy: Retain\n",
        "hub.yaml:11:5: `DeletionPolicy`",
    ),
    (
        HUB,
        "    Type: AWS::IAM::User\n",
        "    Type: AWS::IAM::User\n    UpdatePolicy: {}\n",
        "hub.yaml:11:5: `UpdatePolicy`",
    ),
    (
        HUB,
        "    Type: AWS::IAM::User\n",
        "    Type: AWS::IAM::User\n    Condition: Never\n",
        "hub.yaml:11:5: `Condition`",
    ),
    (
        HUB,
        "    Type: AWS::IAM::User\n",
        "    Type: AWS::IAM::AccessKey\n",
        "hub.yaml:10:5: `AWS::IAM::AccessKey`",
    ),
    (
        HUB,
        "  User:\n",
        "  \"User-1\":\n",
        "hub.yaml:9:3: `User-1`",
    ),
    (
        HUB,
        "      Groups:\n",
        "      ManagedPolicyArns: [\"arn:aws:iam::aws:policy/AdministratorAccess\"]\n      Groups:\n",
        "hub.yaml:14:7: `ManagedPolicyArns`",
    ),
    // Functions.
    (
        HUB,
        "UserName: svc-micetro",
        "UserName: !Join [\"\", [svc, -micetro]]",
        "hub.yaml:12:17: the tag `!Join`",
    ),
    (
        HUB,
        "UserName: svc-micetro",
        "UserName:\n        Fn::Join: [\"\", [svc, \"-micetro\"]]",
        "`Fn::Join` is not understood in `UserName`",
    ),
    (
        HUB,
        "UserName: svc-micetro",
        "UserName:\n        Fn::Select: [0, [svc-micetro, admin]]",
        "`Fn::Select` is not understood",
    ),
    (
        HUB,
        "UserName: svc-micetro",
        "UserName:\n        Fn::FindInMap: [a, b, c]",
        "`Fn::FindInMap` is not understood",
    ),
    (
        HUB,
        "UserName: svc-micetro",
        "UserName:\n        Fn::ImportValue: a",
        "`Fn::ImportValue` of `a` is not understood",
    ),
    (
        HUB,
        "UserName: svc-micetro",
        "UserName:\n        Fn::Transform: a",
        "`Fn::Transform` of `a` is not understood",
    ),
    (
        HUB,
        "UserName: svc-micetro",
        "UserName: !Sub svc-micetro",
        "`Fn::Sub` of `svc-micetro` is not understood in `UserName`",
    ),
    (
        HUB,
        "UserName: svc-micetro",
        "UserName: !Ref AWS::StackName",
        "`Ref` of `AWS::StackName`",
    ),
    (
        HUB,
        "GroupName: !Ref Group",
        "GroupName: !Ref User",
        "hub.yaml:36:7: `Ref` of `User` is not understood in `GroupName`: expected `Ref` of an AWS::IAM::Group",
    ),
    (
        HUB,
        "GroupName: !Ref Group",
        "GroupName: micetro-access",
        "`micetro-access` is not understood in `GroupName`",
    ),
    (
        HUB,
        "Action: sts:AssumeRole",
        "Action: !Sub sts:AssumeRole",
        "`Fn::Sub` of `sts:AssumeRole` is not understood in `Action`",
    ),
    (
        HUB,
        "!Sub \"arn:${AWS::Partition}:iam::222",
        "!Sub \"arn:${AWS::Region}:iam::222",
        "is not understood in `Resource`",
    ),
    (
        HUB,
        "!Sub \"arn:${AWS::Partition}:iam::222",
        "!Sub \"arn:$${AWS::Partition}:iam::222",
        "which `$` begins a place",
    ),
    (
        HUB,
        "!Sub \"arn:${AWS::Partition}:iam::222",
        "!Sub \"arn:${ AWS::Partition }:iam::222",
        "between `${` and `}` stands a name",
    ),
    (
        HUB,
        "Resource: !Sub \"arn:${AWS::Partition}:iam::222222222222:role/MicetroAccess\"",
        "Resource:\n              Fn::Sub: [\"arn:aws:iam::${A}:role/x\", {A: b}]",
        "`Fn::Sub` is not understood in `Resource`",
    ),
    (
        HUB,
        "Resource: !Sub \"arn:${AWS::Partition}:iam::222222222222:role/MicetroAccess\"",
        "Resource: !If [A, b, c]",
        "`Fn::If` is not understood in `Resource`",
    ),
    (
        ROLE,
        "Path: !Ref RolePath",
        "Path: !Ref Role",
        "`Ref` of `Role` is not understood in `Path`",
    ),
    (
        ROLE,
        "Path: !Ref RolePath",
        "Path: !Sub \"${RolePath}\"",
        "is not understood in `Path`",
    ),
    (
        ROLE,
        "aws:PrincipalArn: !Ref TrustedUserArn",
        "Ref: TrustedUserArn",
        "`Ref` is not understood",
    ),
    (
        ROLE,
        "AWS: !Sub \"arn:${AWS::Partition}:iam::111111111111:root\"",
        "AWS: !GetAtt Role.Arn",
        "`Fn::GetAtt` is not understood in `AWS`",
    ),
    // What is told.
    (
        HUB,
        "    Value: !Ref Group\n",
        "    Value:\n      Fn::ImportValue: a\n",
        "`Fn::ImportValue` of `a` is not understood in `Value`",
    ),
    (
        HUB,
        "    Value: !Ref Group\n",
        "    Value: \"{{resolve:secretsmanager:a}}\"\n",
        "`{{resolve:`",
    ),
    (
        HUB,
        "          - id: W28\n",
        "          - Fn::Transform: a\n",
        "`Fn::Transform` is not understood",
    ),
];

#[test]
fn what_could_be_another_value_elsewhere_is_refused_at_its_place() {
    let built = pipeline::fixture(CASE);
    let mut missed = Vec::new();
    for (file, from, to, expected) in REFUSED {
        match read(&edited(&built, file, from, to)) {
            Ok(_) => missed.push(format!("{to:?} is read")),
            Err(said) if said.contains(expected) && said.starts_with("cloudformation/") => {}
            Err(said) => missed.push(format!("{to:?}: {said}")),
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// Edits of both templates that grant the same.
const TAKEN: &[(&str, &str, &str)] = &[
    (HUB, "UserName: svc-micetro", "UserName: 'svc-micetro'"),
    (
        HUB,
        "UserName: svc-micetro",
        "\"UserName\": \"svc-micetro\" # the product",
    ),
    (
        HUB,
        "      Groups:\n        - !Ref Group\n",
        "      Groups: [!Ref Group]\n",
    ),
    (
        HUB,
        "      Groups:\n        - !Ref Group\n",
        "      Groups:\n      - Ref: Group\n",
    ),
    (
        HUB,
        "        - Key: owner\n          Value: network-platform\n",
        "        - {Key: owner, Value: network-platform}\n",
    ),
    (
        HUB,
        "Description: \"acme: access for micetro@10.2 in the hub account 111111111111.\"",
        "Description: Ours.",
    ),
    (
        HUB,
        "Resources:\n",
        "Metadata:\n  AWS::CloudFormation::Interface:\n    ParameterGroups: []\n  Owner: {Team: a, Since: 2024, Reviewed: true}\n\nResources:\n",
    ),
    (
        HUB,
        "    Value: !Ref Group\n",
        "    Value: !Ref Group\n    Export:\n      Name: !Sub \"${AWS::StackName}-Group\"\n",
    ),
    (
        HUB,
        "    Value: !Ref Group\n",
        "    Value: !Sub \"${Group} in ${AWS::Region}\"\n",
    ),
    (HUB, "  # dev\n", "  # dev: é, \"{{x}}\" & *y\n\n"),
    (
        ROLE,
        "MaxSessionDuration: !Ref MaxSessionDuration",
        "MaxSessionDuration: 3600",
    ),
    (ROLE, "Default: 3600", "Default: \"3600\""),
];

#[test]
fn what_harms_nobody_is_taken() {
    let built = pipeline::fixture(CASE);
    let planned = read(&built).unwrap();
    for (file, from, to) in TAKEN {
        match read(&edited(&built, file, from, to)) {
            Ok(read) => assert_eq!(read[1].access, planned[1].access, "{to}"),
            Err(said) => panic!("{to}: {said}"),
        }
    }
    let windows = edited(&built, HUB, "Resources:\n", "Resources:\r\n");
    assert_eq!(read(&windows).unwrap()[1].access, planned[1].access);
}

const ADMINISTRATOR: &str =
    "Resources:\n  Admin:\n    Type: AWS::IAM::User\n    Properties:\n      UserName: admin\n";

#[test]
fn a_template_is_read_wherever_it_lies_and_whatever_it_is_called() {
    let rendered = pipeline::fixture(CASE);
    for path in [
        "cloudformation/more.yaml",
        "cloudformation/more.YAML",
        "cloudformation/more.txt",
        "cloudformation/more",
        "cloudformation/.more",
        "more.bak",
        "terraform/hub/more.yaml",
        "terraform/set.txt",
    ] {
        for (text, expected) in [
            (ADMINISTRATOR, "nothing says in which account"),
            ("Resources: &a {}\n", "an anchor"),
            (
                "{\"Resources\": {\"A\": {\"Type\": \"AWS::IAM::User\"}}, \"Resources\": {}}",
                "appears twice",
            ),
        ] {
            let mut files = rendered.files.clone();
            files.insert(path, text);
            let built = Built {
                plan: rendered.plan.clone(),
                files,
            };
            let said = read(&built).unwrap_err();
            assert!(
                said.starts_with(path) && said.contains(expected),
                "{path}: {said}"
            );
        }
    }
}

/// Whether the user that the template above makes is among what is granted.
fn is_seen(built: &Built) -> bool {
    match read(built) {
        Err(_) => true,
        Ok(read) => read.iter().any(|read| {
            let admin = "arn:aws:iam::111111111111:user/admin";
            read.access.identities.contains_key(admin)
        }),
    }
}

#[test]
fn a_terraform_module_hides_no_template() {
    let rendered = pipeline::fixture(CASE);
    let mut built = edited(&rendered, HUB, "UserName: svc-micetro", "UserName: admin");
    built.files.insert("cloudformation/empty.tf", "");
    assert!(is_seen(&built), "an empty .tf beside the templates");
    for path in [
        "terraform/hub/hub.yaml",
        "terraform/modules/target-role/hub.json",
        "hub-2.yml",
    ] {
        let mut built = pipeline::fixture(CASE);
        built.files.insert(path, ADMINISTRATOR);
        assert!(is_seen(&built), "{path}");
    }
    // Named as the template of a stack set of Terraform's, it would be read only if it were that.
    let mut built = pipeline::fixture("shape-stackset");
    built
        .files
        .insert("terraform/stack-set/target-2.yaml", ADMINISTRATOR);
    let said = read(&built).unwrap_err();
    assert!(said.contains("nothing says in which account"), "{said}");
    let mut built = pipeline::fixture("shape-stackset");
    let body = built.files[camino::Utf8Path::new("terraform/stack-set/target.yaml")].to_string();
    built.files.insert("terraform/stack-set/copy.txt", body);
    read(&built).unwrap();
}

#[test]
fn a_template_in_a_stack_set_is_read_as_strictly() {
    let built = pipeline::fixture("shape-stackset");
    for (file, from, to, expected) in [
        (
            "cloudformation/stack-set.yaml",
            "          RoleName:\n",
            "          RoleName: &a\n",
            "cloudformation/stack-set.yaml TargetRole TemplateBody:8:13: an anchor",
        ),
        (
            "terraform/stack-set/target.yaml",
            "Path: !Ref RolePath",
            "Path: !Sub \"${RolePath}\"",
            "is not understood in `Path`",
        ),
        (
            "terraform/stack-set/main.tf",
            "RolePath           = \"/\"",
            "RolePath           = \"{{resolve:ssm:path}}\"",
            "known only when the template is deployed",
        ),
        (
            "cloudformation/stack-set.yaml",
            "          ParameterValue: /\n",
            "          ParameterValue: \"{{resolve:ssm:path}}\"\n",
            "`{{resolve:`",
        ),
        (
            "cloudformation/stack-set.yaml",
            "      TemplateBody: |\n",
            "      TemplateURL: a\n      TemplateBody: |\n",
            "`TemplateURL`",
        ),
    ] {
        let said = read(&edited(&built, file, from, to)).unwrap_err();
        assert!(said.contains(expected), "{to}: {said}");
    }
}

/// A review of such an edit says so, and ends with 2: what is not read could grant anything.
#[test]
fn a_review_ends_with_what_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_landgrant"))
            .current_dir(folder.path())
            .args(arguments)
            .output()
            .unwrap()
    };
    let deployment = pipeline::deployment(CASE);
    fs::copy(deployment, folder.path().join("landgrant.yaml")).unwrap();
    for side in ["old", "new"] {
        assert!(run(&["render", "--out", side]).status.success());
    }
    // With the deployment at hand, what is granted is what it says, and the edit is told as one.
    fs::remove_file(folder.path().join("landgrant.yaml")).unwrap();
    let hub = folder.path().join("new").join(HUB);
    let text = fs::read_to_string(&hub).unwrap();
    fs::write(
        &hub,
        text.replacen(
            "UserName: svc-micetro",
            "UserName: \"{{resolve:ssm:a}}\"",
            1,
        ),
    )
    .unwrap();
    let output = run(&["review", "old", "new"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("cloudformation/hub.yaml:12:7: `{{resolve:`"),
        "{said}"
    );
}
