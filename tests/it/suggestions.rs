//! What an unknown action may have meant: the right one is suggested, or none is.

use std::collections::BTreeSet;

use landgrant::reference::{Meant, Reference, operations, service_names};

/// Actions that vendors' lists name, of services that vendors work with.
const ACTIONS: &[&str] = &[
    "acm:DescribeCertificate",
    "athena:StartQueryExecution",
    "autoscaling:DescribeAutoScalingGroups",
    "backup:ListBackupVaults",
    "ce:GetCostAndUsage",
    "cloudformation:DescribeStacks",
    "cloudfront:ListDistributions",
    "cloudtrail:LookupEvents",
    "cloudwatch:GetMetricStatistics",
    "codebuild:BatchGetProjects",
    "cognito-idp:ListUserPools",
    "config:DescribeConfigurationRecorders",
    "dynamodb:DescribeTable",
    "ec2:CreateSubnet",
    "ec2:DescribeInstances",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeVpcs",
    "ecr:GetAuthorizationToken",
    "ecs:ListClusters",
    "eks:DescribeCluster",
    "elasticache:DescribeCacheClusters",
    "elasticfilesystem:DescribeFileSystems",
    "elasticloadbalancing:DescribeTargetGroups",
    "events:PutRule",
    "firehose:DescribeDeliveryStream",
    "glue:GetDatabases",
    "guardduty:ListDetectors",
    "iam:CreateAccessKey",
    "iam:GetRole",
    "iam:ListAttachedRolePolicies",
    "kinesis:DescribeStream",
    "kms:ListAliases",
    "lambda:GetFunctionConfiguration",
    "logs:DescribeLogGroups",
    "organizations:ListAccounts",
    "rds:DescribeDBInstances",
    "redshift:DescribeClusters",
    "route53:ChangeResourceRecordSets",
    "route53:ListHostedZones",
    "s3:GetBucketLocation",
    "s3:ListAllMyBuckets",
    "s3:PutObject",
    "sagemaker:ListNotebookInstances",
    "secretsmanager:GetSecretValue",
    "securityhub:GetFindings",
    "servicequotas:ListServiceQuotas",
    "sns:ListTopics",
    "sqs:GetQueueAttributes",
    "ssm:GetParametersByPath",
    "states:ListStateMachines",
    "sts:AssumeRole",
    "wafv2:ListWebACLs",
    "workspaces:DescribeWorkspaces",
];

fn meant(written: &str) -> Vec<String> {
    match Reference::embedded().meant(written) {
        Meant::Actions(near) => near,
        Meant::Operation(operation) => panic!("{written} is taken for {}", operation.name),
    }
}

/// The letter at `index` and the next one in each other's place.
fn transposed(name: &str, index: usize) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    letters.swap(index, index + 1);
    letters.into_iter().collect()
}

fn without(name: &str, index: usize) -> String {
    let letters = name.chars().enumerate();
    letters
        .filter(|(at, _)| *at != index)
        .map(|(_, letter)| letter)
        .collect()
}

fn doubled(name: &str, index: usize) -> String {
    let letters = name.chars().enumerate();
    letters
        .flat_map(|(at, letter)| std::iter::repeat_n(letter, if at == index { 2 } else { 1 }))
        .collect()
}

/// One for many, or many for one.
fn other_number(name: &str) -> String {
    match name.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => match name.strip_suffix('s') {
            Some(stem) => stem.to_owned(),
            None => format!("{name}s"),
        },
    }
}

/// Mistakes that a person makes in the name of an action, each with what was meant.
fn typos() -> BTreeSet<(String, &'static str)> {
    let mut typos = BTreeSet::new();
    for action in ACTIONS {
        let (prefix, name) = action.split_once(':').unwrap();
        let middle = name.len() / 2;
        for written in [
            transposed(name, 1),
            transposed(name, middle),
            transposed(name, name.len() - 2),
            without(name, 2),
            without(name, middle),
            without(name, name.len() - 2),
            doubled(name, 2),
            doubled(name, middle),
            other_number(name),
        ] {
            typos.insert((format!("{prefix}:{written}"), *action));
        }
        typos.insert((
            format!("{prefix}:{}", without(&name.to_lowercase(), name.len() - 3)),
            *action,
        ));
    }
    typos.retain(|(written, _)| Reference::embedded().action(written).is_none());
    typos
}

#[test]
fn a_typo_meets_the_action_that_was_meant() {
    let typos = typos();
    let wrong: Vec<String> = typos
        .iter()
        .filter_map(|(written, action)| {
            let near = meant(written);
            // Where one and many are equally near, both are told.
            let number = near.len() == 2 && near[1].trim_end_matches('s') == near[0];
            let first = near.first().is_some_and(|near| near == action);
            let either = number && near.iter().any(|near| near == action);
            (!first && !either).then(|| format!("{written}: {action} was meant, not {near:?}"))
        })
        .collect();
    assert!(typos.len() >= 400, "{}", typos.len());
    assert!(
        wrong.is_empty(),
        "{} of {}\n{}",
        wrong.len(),
        typos.len(),
        wrong.join("\n")
    );
}

#[test]
fn what_nobody_can_know_meets_no_suggestion() {
    let list = include_str!("../../fixtures/reference/no_suggestion.txt");
    let names: Vec<&str> = list.lines().filter(|line| !line.starts_with('#')).collect();
    let wrong: Vec<String> = names
        .iter()
        .filter(|written| !meant(written).is_empty())
        .map(|written| format!("{written}: {:?}", meant(written)))
        .collect();
    assert!(names.len() >= 300, "{}", names.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_wrong_prefix_meets_the_right_one() {
    for (written, action) in [
        ("cloudwatch:PutLogEvents", "logs:PutLogEvents"),
        ("cloudwatch:DescribeLogGroups", "logs:DescribeLogGroups"),
        ("logs:GetMetricStatistics", "cloudwatch:GetMetricStatistics"),
        ("s3:DescribeVpcs", "ec2:DescribeVpcs"),
        ("ec3:DescribeVpcs", "ec2:DescribeVpcs"),
        ("vpc:DescribeSecurityGroups", "ec2:DescribeSecurityGroups"),
        ("ec2:DescribeDBInstances", "rds:DescribeDBInstances"),
        (
            "ec2:DescribeAutoScalingGroups",
            "autoscaling:DescribeAutoScalingGroups",
        ),
        (
            "elbv2:DescribeLoadBalancers",
            "elasticloadbalancing:DescribeLoadBalancers",
        ),
        (
            "elb:DescribeTargetGroups",
            "elasticloadbalancing:DescribeTargetGroups",
        ),
        (
            "efs:DescribeFileSystems",
            "elasticfilesystem:DescribeFileSystems",
        ),
        ("emr:RunJobFlow", "elasticmapreduce:RunJobFlow"),
        ("stepfunctions:StartExecution", "states:StartExecution"),
        ("eventbridge:PutRule", "events:PutRule"),
        ("sesv2:SendEmail", "ses:SendEmail"),
        ("resourcegroupstaggingapi:GetResources", "tag:GetResources"),
        ("s3api:GetBucketAcl", "s3:GetBucketAcl"),
        ("cloud-trail:LookupEvents", "cloudtrail:LookupEvents"),
        (
            "secretmanager:GetSecretValue",
            "secretsmanager:GetSecretValue",
        ),
        ("route53:GetBucketAcl", "s3:GetBucketAcl"),
        ("route53:GetBucketLocation", "s3:GetBucketLocation"),
        ("DescribeVpcs", "ec2:DescribeVpcs"),
        ("ListMetrics", "cloudwatch:ListMetrics"),
        ("GetCallerIdentity", "sts:GetCallerIdentity"),
    ] {
        let near = meant(written);
        assert_eq!(near, [action], "{written}");
    }
}

#[test]
fn an_api_operation_is_told_with_the_actions_that_aws_checks() {
    for (written, hint) in [
        (
            "s3:HeadBucket",
            "`s3:HeadBucket` is an API operation, not an action: for a call of it, AWS checks `s3:ListBucket`",
        ),
        (
            "s3api:copyobject",
            "`s3:CopyObject` is an API operation, not an action: for a call of it, AWS checks `s3:GetObject` and `s3:PutObject`",
        ),
        (
            "dynamodb:TransactWriteItems",
            "`dynamodb:TransactWriteItems` is an API operation, not an action: for a call of it, AWS checks `dynamodb:PutItem`, \
             `dynamodb:UpdateItem`, `dynamodb:DeleteItem` or `dynamodb:ConditionCheckItem`, depending on the request",
        ),
        (
            "apigatewayv2:GetApis",
            "`apigateway:GetApis` is an API operation, not an action: for a call of it, AWS checks `apigateway:GET`",
        ),
    ] {
        let told = Reference::embedded().meant(written).hint();
        assert_eq!(told.as_deref(), Some(hint), "{written}");
    }
}

#[test]
fn the_table_of_operations_fits_the_reference() {
    let reference = Reference::embedded();
    let mut count = 0;
    for operation in operations() {
        count += 1;
        assert!(
            reference.action(operation.name).is_none(),
            "{} is an action",
            operation.name
        );
        assert!(!operation.checks.is_empty(), "{}", operation.name);
        for action in &operation.checks {
            let facts = reference.action(action);
            let canonical = facts.map(|facts| facts.canonical());
            assert_eq!(canonical.as_deref(), Some(*action), "{}", operation.name);
        }
    }
    assert_eq!(count, 266);
    for (name, prefix) in service_names() {
        assert!(reference.service(name).is_none(), "{name} is a prefix");
        assert!(reference.service(prefix).is_some(), "{name}: {prefix}");
    }
}
