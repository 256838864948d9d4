//! The roles that CloudFormation itself works as, where a stack set is self-managed.

use std::collections::BTreeSet;

use super::trust::{assumed_by, each_one_value};
use super::{Inherent, InherentFinding, Plan, RolePlan, StackSets, TargetPlan};
use crate::model::{
    AccountId, Action, ArnPattern, Conditions, EC2, Effect, PolicyDocument, Principal, RoleName,
    Segment, StackSetPermissions, Statement, Text, TrustPolicy,
};
use crate::resolve::StackSetSettings;

/// A role that CloudFormation itself works as.
#[derive(Debug, Clone)]
pub struct ServiceRole {
    pub name: RoleName,
    /// What it is for.
    pub description: String,
    /// Who may assume it.
    pub trust: TrustPolicy,
    /// The name of its policy.
    pub policy: &'static str,
    /// What it may do.
    pub document: PolicyDocument,
    /// What scanners find in it and nobody can mend.
    pub inherent: Vec<Inherent>,
}

/// The role that CloudFormation works as in the stack sets' account, if you make it: it may become the execution role of
/// any account that trusts it (CloudFormation User Guide, "Grant self-managed permissions").
pub(super) fn administration_role(settings: &StackSetSettings) -> Option<ServiceRole> {
    let StackSetPermissions::SelfManaged {
        administration_role,
        execution_role,
    } = &settings.permissions
    else {
        return None;
    };
    let account = Text::literal(settings.account.as_str());
    let mut arn = Text::literal("arn:");
    arn.push(Segment::Partition);
    let mut sets = arn.clone();
    sets.push_literal(&format!(
        ":cloudformation:*:{}:stackset/*",
        settings.account
    ));
    arn.push_literal(&format!(":iam::*:role/{execution_role}"));
    Some(ServiceRole {
        name: administration_role.clone(),
        description: "CloudFormation works as this role in the account of the stack sets"
            .to_owned(),
        trust: assumed_by(
            Principal::Service("cloudformation.amazonaws.com".into()),
            // Nobody else's stack set may have CloudFormation use it.
            each_one_value(vec![
                ("StringEquals", "aws:SourceAccount", account),
                ("ArnLike", "aws:SourceArn", sets),
            ]),
        ),
        policy: "assume-execution-role",
        document: document(vec![statement("sts:AssumeRole", arn, Conditions::new())]),
        inherent: vec![named()],
    })
}

/// The role that CloudFormation works as in each target, if you make it. AWS documents `cloudformation:*`, `s3:*` and
/// `sns:*` as the least; the stack sets here tell no topic, and read their template, which lies in an account of
/// CloudFormation's own. Of IAM it gets what making, changing and deleting the planned roles takes.
pub(super) fn execution_role(
    settings: &StackSetSettings,
    roles: &[RolePlan],
    targets: &[TargetPlan],
) -> Option<ServiceRole> {
    let StackSetPermissions::SelfManaged {
        administration_role,
        execution_role,
    } = &settings.permissions
    else {
        return None;
    };
    let trusted = Text::iam_arn(&settings.account, "role", "/", administration_role.as_str());
    let everything = || Text::literal("*");
    let mut own = Text::default();
    own.push(Segment::Account);
    let mut role_arns: Vec<Text> = Vec::new();
    let mut policy_arns: Vec<Text> = Vec::new();
    let mut profile_arns: Vec<Text> = Vec::new();
    let mut passed_arns: Vec<Text> = Vec::new();
    let mut provider_arns: Vec<Text> = Vec::new();
    for target in targets {
        let (path, name) = (target.role_path.as_str(), target.role_name.as_str());
        role_arns.push(in_own_account("role", path, name));
        let role = &roles[target.role];
        if role.has_instance_profile() {
            profile_arns.push(in_own_account("instance-profile", path, name));
            passed_arns.push(in_own_account("role", path, name));
        }
        let made = role.providers.iter();
        provider_arns.extend(made.map(|one| in_own_account("oidc-provider", "/", &one.issuer)));
        for policy in role.permissions.iter().filter(|_| role.managed) {
            policy_arns.push(in_own_account("policy", path, &target.managed_name(policy)));
        }
    }
    let mut statements = vec![
        statement("cloudformation:*", everything(), Conditions::new()),
        statement(
            "s3:GetObject",
            everything(),
            each_one_value(vec![("StringNotEquals", "aws:ResourceAccount", own)]),
        ),
        statements(ROLE_ACTIONS, role_arns),
    ];
    if !policy_arns.is_empty() {
        statements.push(self::statements(POLICY_ACTIONS, policy_arns));
    }
    if !profile_arns.is_empty() {
        statements.push(self::statements(PROFILE_ACTIONS, profile_arns));
        let mut passed = self::statements(&["iam:PassRole"], passed_arns);
        passed.conditions = each_one_value(
            EC2.map(|name| ("StringEquals", "iam:PassedToService", name.into()))
                .into(),
        );
        statements.push(passed);
    }
    if !provider_arns.is_empty() {
        statements.push(self::statements(PROVIDER_ACTIONS, provider_arns));
    }
    Some(ServiceRole {
        name: execution_role.clone(),
        description: "CloudFormation works as this role to make the role of the stack set"
            .to_owned(),
        trust: assumed_by(Principal::Arn(trusted), Conditions::new()),
        policy: "make-target-role",
        document: document(statements),
        inherent: [InherentFinding::WholeService, InherentFinding::OnlyStar]
            .map(|finding| Inherent {
                finding,
                reason: "AWS documents cloudformation:* on * as the least for this role".to_owned(),
            })
            .into_iter()
            .chain([named()])
            .collect(),
    })
}

impl StackSets {
    /// The ARNs of the roles that the stack sets are deployed by; none where CloudFormation makes them itself.
    pub fn working(&self, plan: &Plan) -> BTreeSet<String> {
        let StackSetPermissions::SelfManaged {
            administration_role,
            execution_role,
        } = &self.permissions
        else {
            return BTreeSet::new();
        };
        let arn = |account: &AccountId, role: &RoleName| {
            Text::iam_arn(account, "role", "/", role.as_str()).at(plan.site(account))
        };
        self.reached()
            .map(|target| arn(&plan.targets[target].account, execution_role))
            .chain([arn(&self.account, administration_role)])
            .collect()
    }
}

fn named() -> Inherent {
    Inherent {
        finding: InherentFinding::FixedName,
        reason:
            "CloudFormation and the other role find it by the name that the deployment gives it"
                .to_owned(),
    }
}

/// What making, changing and deleting a role takes with its policies, its instance profile and its OIDC providers (the
/// handlers of `AWS::IAM::Role`, `ManagedPolicy`, `InstanceProfile` and `OIDCProvider` in the CloudFormation registry).
const ROLE_ACTIONS: &[&str] = &[
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
];
const POLICY_ACTIONS: &[&str] = &[
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:ListEntitiesForPolicy",
    "iam:ListPolicyVersions",
    "iam:TagPolicy",
    "iam:UntagPolicy",
];
const PROVIDER_ACTIONS: &[&str] = &[
    "iam:AddClientIDToOpenIDConnectProvider",
    "iam:CreateOpenIDConnectProvider",
    "iam:DeleteOpenIDConnectProvider",
    "iam:GetOpenIDConnectProvider",
    "iam:ListOpenIDConnectProviderTags",
    "iam:RemoveClientIDFromOpenIDConnectProvider",
    "iam:TagOpenIDConnectProvider",
    "iam:UntagOpenIDConnectProvider",
    "iam:UpdateOpenIDConnectProviderThumbprint",
];

/// Who adds a role to an instance profile passes it to EC2.
const PROFILE_ACTIONS: &[&str] = &[
    "iam:AddRoleToInstanceProfile",
    "iam:CreateInstanceProfile",
    "iam:DeleteInstanceProfile",
    "iam:GetInstanceProfile",
    "iam:RemoveRoleFromInstanceProfile",
];

/// The ARN of an IAM entity of the account that the text is used in.
fn in_own_account(kind: &str, path: &str, name: &str) -> Text {
    let mut arn = Text::literal("arn:");
    arn.push(Segment::Partition);
    arn.push_literal(":iam::");
    arn.push(Segment::Account);
    arn.push_literal(&format!(":{kind}{path}{name}"));
    arn
}

fn document(statements: Vec<Statement>) -> PolicyDocument {
    PolicyDocument { statements }
}

fn statement(action: &str, resource: Text, conditions: Conditions) -> Statement {
    let mut statement = statements(&[action], vec![resource]);
    statement.conditions = conditions;
    statement
}

fn statements(actions: &[&str], mut resources: Vec<Text>) -> Statement {
    resources.sort();
    resources.dedup();
    Statement {
        effect: Effect::Allow,
        sid: None,
        actions: actions
            .iter()
            .map(|action| Action::parse(action).expect("a constant action"))
            .collect(),
        resources: resources.into_iter().map(ArnPattern::from).collect(),
        conditions: Conditions::new(),
        only_star: false,
        origin: Vec::new(),
    }
}
