//! Privilege escalation paths: combinations of actions that let a principal act as another one.
//!
//! The combinations are public knowledge: Rhino Security Labs, policy_sentry, cloudsplaining, Principal Mapper and
//! pathfinding.cloud list them. This table has those that only need actions, in our own words. Every action is checked
//! against the reference.

/// A privilege escalation path.
#[derive(Debug)]
pub(super) struct Path {
    /// The steps, each with alternative actions. Findings point at the first step.
    pub(super) steps: &'static [&'static [&'static str]],
    /// The services that `iam:PassRole` has to allow, any of which is enough; empty if the path does not pass a role.
    pub(super) services: &'static [&'static str],
    /// When the path is harmless.
    pub(super) harmless: Harmless,
    /// What the path allows its principal to do.
    pub(super) gain: &'static str,
}

/// The resources on which the actions of a path are harmless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Harmless {
    /// The path is never harmless.
    Never,
    /// Individual resources that the grant names.
    OnNamed,
    /// The principal itself and its groups, which give it nothing new.
    OnOwn,
}

const PASS: &[&str] = &["iam:PassRole"];

/// A path that does not pass a role.
const fn alone(steps: &'static [&'static [&'static str]], gain: &'static str) -> Path {
    Path {
        steps,
        services: &[],
        harmless: Harmless::Never,
        gain,
    }
}

/// A path that is harmless if the grant names its resources.
const fn open(steps: &'static [&'static [&'static str]], gain: &'static str) -> Path {
    let mut path = alone(steps, gain);
    path.harmless = Harmless::OnNamed;
    path
}

/// A path that is harmless on the principal itself and its groups.
const fn others(steps: &'static [&'static [&'static str]], gain: &'static str) -> Path {
    let mut path = alone(steps, gain);
    path.harmless = Harmless::OnOwn;
    path
}

/// A path that passes a role to a service, which then acts on the caller's behalf with it.
const fn passed(
    steps: &'static [&'static [&'static str]],
    services: &'static [&'static str],
    gain: &'static str,
) -> Path {
    let mut path = alone(steps, gain);
    path.services = services;
    path
}

/// All paths, those without `iam:PassRole` first.
#[rustfmt::skip] // One way, one line.
pub(super) const PATHS: &[Path] = &[
    others(&[&["iam:CreateAccessKey"]], "create an access key for a user, and act as that user, with all its permissions"),
    others(&[&["iam:CreateLoginProfile"]], "set a console password for a user without one, and act as that user, with all its permissions"),
    others(&[&["iam:UpdateLoginProfile"]], "change the console password of a user, and act as that user, with all its permissions"),
    others(&[&["iam:AddUserToGroup"]], "add users to a group, and gain every permission of that group"),
    alone(&[&["iam:AttachUserPolicy"]], "attach managed policies to a user, up to full administrator access"),
    alone(&[&["iam:AttachGroupPolicy"]], "attach managed policies to a group, up to full administrator access"),
    alone(&[&["iam:AttachRolePolicy"]], "attach managed policies to a role, up to full administrator access"),
    alone(&[&["iam:PutUserPolicy"]], "write inline policies into a user, up to full administrator access"),
    alone(&[&["iam:PutGroupPolicy"]], "write inline policies into a group, up to full administrator access"),
    alone(&[&["iam:PutRolePolicy"]], "write inline policies into a role, up to full administrator access"),
    alone(&[&["iam:CreatePolicyVersion"]], "rewrite a managed policy of the account, up to full administrator access"),
    alone(&[&["iam:SetDefaultPolicyVersion"]], "restore an older version of a managed policy of the account, and gain what that version allowed"),
    alone(&[&["iam:UpdateAssumeRolePolicy"]], "decide who may assume a role, and gain every permission of that role"),
    alone(&[&["iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary"]], "remove the permissions boundary of a user, and gain what the boundary denied"),
    alone(&[&["iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"]], "remove the permissions boundary of a role, and gain what the boundary denied"),
    alone(&[&["iam:UpdateSAMLProvider"]], "replace the keys of a SAML provider, and sign in to every role that trusts it"),
    alone(&[&["rolesanywhere:UpdateTrustAnchor"]], "replace the certificate authority of a trust anchor, and sign in to every role that trusts it"),
    alone(&[&["sso:CreateAccountAssignment"]], "assign people and permission sets to an account of the organization, and gain that permission set there"),
    alone(&[&["sso:PutInlinePolicyToPermissionSet", "sso:AttachManagedPolicyToPermissionSet", "sso:AttachCustomerManagedPolicyReferenceToPermissionSet"]], "add policies to any permission set of IAM Identity Center, and widen what its holders may do, in every account where it is provisioned"),
    open(&[&["sts:AssumeRole"]], "assume a role that trusts the account, and gain every permission of that role"),
    alone(&[&["lambda:UpdateFunctionCode"]], "replace the code of a Lambda function, and gain every permission of that function's role"),
    alone(&[&["lambda:UpdateFunctionConfiguration"]], "load code of their own, as a layer, into a Lambda function, and gain every permission of that function's role"),
    alone(&[&["glue:UpdateDevEndpoint"]], "put an SSH key of their own on a Glue development endpoint, and gain every permission of its role"),
    alone(&[&["glue:UpdateJob"], &["glue:StartJobRun", "glue:CreateTrigger", "glue:StartTrigger"]], "replace the script of a Glue job, and gain every permission of that job's role"),
    alone(&[&["cloudformation:UpdateStack"]], "replace the template of a stack, and gain every permission of that stack's service role"),
    alone(&[&["cloudformation:CreateChangeSet"], &["cloudformation:ExecuteChangeSet"]], "replace the template of a stack, and gain every permission of that stack's service role"),
    alone(&[&["cloudformation:UpdateStackSet"]], "replace the template of a stack set, and gain every permission of its execution role, in every account of it"),
    alone(&[&["codebuild:StartBuild", "codebuild:StartBuildBatch"]], "run a build specification of their own in a CodeBuild project, and gain every permission of that project's role"),
    alone(&[&["sagemaker:CreatePresignedNotebookInstanceUrl"]], "open a SageMaker notebook instance, and gain every permission of its role"),
    alone(&[&["sagemaker:UpdateNotebookInstance"], &["sagemaker:CreateNotebookInstanceLifecycleConfig"], &["sagemaker:StopNotebookInstance"], &["sagemaker:StartNotebookInstance"]], "have a script of their own run when they restart a SageMaker notebook instance, and gain every permission of its role"),
    alone(&[&["sagemaker:CreatePresignedDomainUrl"]], "open the SageMaker Studio of a user profile, and gain every permission of its role"),
    alone(&[&["bedrock-agentcore:StartCodeInterpreterSession"], &["bedrock-agentcore:InvokeCodeInterpreter"]], "run code in a code interpreter of Bedrock AgentCore, and gain every permission of its role"),
    alone(&[&["states:UpdateStateMachine"], &["states:StartExecution", "states:StartSyncExecution"]], "replace the definition of a state machine, and gain every permission of its role"),
    alone(&[&["ecs:ExecuteCommand"]], "run commands in an ECS task that allows it, and gain every permission of that task's role"),
    alone(&[&["ec2:ModifyInstanceAttribute"], &["ec2:StopInstances"], &["ec2:StartInstances"]], "change the start-up script of an instance, and restart it, and gain every permission of that instance's role"),
    alone(&[&["ec2:CreateLaunchTemplateVersion"], &["ec2:ModifyLaunchTemplate"]], "change what is started from a launch template, and gain every permission of the role in it"),
    alone(&[&["ssm:SendCommand"]], "run commands on a machine that Systems Manager manages, and gain every permission of that machine's role"),
    alone(&[&["ssm:StartSession"]], "open a shell on a machine that Systems Manager manages, and gain every permission of that machine's role"),
    alone(&[&["ssm:CreateAssociation", "ssm:UpdateAssociation"]], "have commands run on a schedule by a machine that Systems Manager manages, and gain every permission of that machine's role"),
    alone(&[&["ec2-instance-connect:SendSSHPublicKey"]], "put an SSH key of their own on a reachable instance, and gain every permission of that instance's role"),
    alone(&[&["ec2-instance-connect:SendSerialConsoleSSHPublicKey"]], "open the serial console of an instance, and gain every permission of that instance's role, once logged in"),
    alone(&[&["eks:CreateAccessEntry"], &["eks:AssociateAccessPolicy"]], "become an administrator of an EKS cluster, and gain the permissions of every pod and node in it"),
    alone(&[&["codestar:CreateProject"], &["codestar:AssociateTeamMember"]], "make themselves owner of a new CodeStar project, and gain the permissions that CodeStar attaches to owners"),
    passed(&[PASS, &["lambda:CreateFunction"], &["lambda:InvokeFunction", "lambda:InvokeAsync", "lambda:CreateEventSourceMapping", "lambda:AddPermission"]], &["lambda.amazonaws.com"], "run code in a new Lambda function"),
    passed(&[PASS, &["ec2:RunInstances", "ec2:RequestSpotInstances", "ec2:RequestSpotFleet", "ec2:CreateFleet"]], &["ec2.amazonaws.com"], "start an instance with a script of their own"),
    passed(&[PASS, &["ec2:AssociateIamInstanceProfile", "ec2:ReplaceIamInstanceProfileAssociation"], &["ssm:SendCommand", "ssm:StartSession", "ec2-instance-connect:SendSSHPublicKey"]], &["ec2.amazonaws.com"], "run commands on an instance"),
    passed(&[PASS, &["autoscaling:CreateLaunchConfiguration", "ec2:CreateLaunchTemplate", "ec2:CreateLaunchTemplateVersion"], &["autoscaling:CreateAutoScalingGroup", "autoscaling:UpdateAutoScalingGroup"]], &["ec2.amazonaws.com"], "have Auto Scaling start an instance with a script of their own"),
    passed(&[PASS, &["ecs:RegisterTaskDefinition"], &["ecs:CreateService", "ecs:UpdateService"]], &["ecs-tasks.amazonaws.com"], "run a container of their own in ECS"),
    passed(&[PASS, &["ecs:RunTask", "ecs:StartTask"]], &["ecs-tasks.amazonaws.com"], "run an ECS task with a command of their own"),
    passed(&[PASS, &["batch:RegisterJobDefinition"], &["batch:SubmitJob"]], &["ecs-tasks.amazonaws.com"], "run a container of their own in AWS Batch"),
    passed(&[PASS, &["glue:CreateDevEndpoint"]], &["glue.amazonaws.com"], "open a Glue development endpoint"),
    passed(&[PASS, &["glue:CreateJob"], &["glue:StartJobRun", "glue:CreateTrigger", "glue:StartTrigger"]], &["glue.amazonaws.com"], "run a Glue job"),
    passed(&[PASS, &["glue:CreateSession"], &["glue:RunStatement"]], &["glue.amazonaws.com"], "run code in an interactive Glue session"),
    passed(&[PASS, &["cloudformation:CreateStack"]], &["cloudformation.amazonaws.com"], "have CloudFormation create any resource"),
    passed(&[PASS, &["cloudformation:CreateStackSet"], &["cloudformation:CreateStackInstances"]], &["cloudformation.amazonaws.com"], "have CloudFormation create any resource in many accounts"),
    passed(&[PASS, &["datapipeline:CreatePipeline"], &["datapipeline:PutPipelineDefinition"], &["datapipeline:ActivatePipeline"]], &["datapipeline.amazonaws.com", "elasticmapreduce.amazonaws.com", "ec2.amazonaws.com"], "run commands in a Data Pipeline"),
    passed(&[PASS, &["codebuild:CreateProject"], &["codebuild:StartBuild", "codebuild:StartBuildBatch"]], &["codebuild.amazonaws.com"], "run a CodeBuild build"),
    passed(&[PASS, &["sagemaker:CreateNotebookInstance"], &["sagemaker:CreatePresignedNotebookInstanceUrl", "sagemaker:CreateNotebookInstanceLifecycleConfig"]], &["sagemaker.amazonaws.com"], "run code in a SageMaker notebook instance"),
    passed(&[PASS, &["sagemaker:CreateTrainingJob", "sagemaker:CreateProcessingJob", "sagemaker:CreateHyperParameterTuningJob"]], &["sagemaker.amazonaws.com"], "run a SageMaker job"),
    passed(&[PASS, &["sagemaker:CreateUserProfile", "sagemaker:CreateDomain"], &["sagemaker:CreatePresignedDomainUrl"]], &["sagemaker.amazonaws.com"], "open a SageMaker Studio"),
    passed(&[PASS, &["states:CreateStateMachine"], &["states:StartExecution", "states:StartSyncExecution"]], &["states.amazonaws.com"], "call AWS from a state machine"),
    passed(&[PASS, &["scheduler:CreateSchedule", "scheduler:UpdateSchedule"]], &["scheduler.amazonaws.com"], "have EventBridge Scheduler call AWS"),
    passed(&[PASS, &["ssm:StartAutomationExecution"]], &["ssm.amazonaws.com"], "call AWS from an automation of Systems Manager"),
    passed(&[PASS, &["apprunner:CreateService", "apprunner:UpdateService"]], &["tasks.apprunner.amazonaws.com"], "run a container of their own in App Runner"),
    passed(&[PASS, &["bedrock-agentcore:CreateCodeInterpreter"], &["bedrock-agentcore:StartCodeInterpreterSession"], &["bedrock-agentcore:InvokeCodeInterpreter"]], &["bedrock-agentcore.amazonaws.com"], "run code in a code interpreter of Bedrock AgentCore"),
    passed(&[PASS, &["bedrock-agentcore:CreateAgentRuntime", "bedrock-agentcore:UpdateAgentRuntime"], &["bedrock-agentcore:InvokeAgentRuntime"]], &["bedrock-agentcore.amazonaws.com"], "run a container of their own in Bedrock AgentCore"),
    passed(&[PASS, &["elasticmapreduce:RunJobFlow"]], &["ec2.amazonaws.com", "elasticmapreduce.amazonaws.com"], "run code in an EMR cluster"),
    passed(&[PASS, &["emr-serverless:StartJobRun"]], &["emr-serverless.amazonaws.com"], "run code in EMR Serverless"),
    passed(&[PASS, &["kinesisanalytics:CreateApplication"], &["kinesisanalytics:StartApplication"]], &["kinesisanalytics.amazonaws.com"], "run code in Managed Service for Apache Flink"),
    passed(&[PASS, &["braket:CreateJob"]], &["braket.amazonaws.com"], "run code in a Braket job"),
    passed(&[PASS, &["rolesanywhere:CreateProfile", "rolesanywhere:UpdateProfile"], &["rolesanywhere:CreateTrustAnchor"]], &["rolesanywhere.amazonaws.com"], "sign in from anywhere, with a certificate of their own,"),
    passed(&[PASS, &["cognito-identity:SetIdentityPoolRoles"]], &["cognito-identity.amazonaws.com"], "hand out credentials through an identity pool"),
    passed(&[PASS, &["codestar:CreateProject"]], &["codestar.amazonaws.com"], "create resources through a CodeStar project"),
];

#[cfg(test)]
mod tests {
    use super::PATHS;
    use crate::reference::Reference;

    #[test]
    fn every_step_is_an_action_of_aws() {
        let reference = Reference::embedded();
        for action in PATHS.iter().flat_map(|path| path.steps).copied().flatten() {
            let facts = reference.action(action);
            assert_eq!(
                facts.map(|facts| facts.canonical()).as_deref(),
                Some(*action)
            );
        }
        assert!(PATHS.len() > 60);
    }
}
