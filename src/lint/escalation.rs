//! Ways from some permissions to more: combinations of actions that let their holder act as somebody else.
//!
//! Which combinations there are is public knowledge: the lists of policy_sentry, cloudsplaining and Rhino Security
//! Labs were compared, and those kept that consist of actions alone. Every action is checked against the reference.

/// A way from some permissions to more.
#[derive(Debug)]
pub(super) struct Path {
    /// The steps; of each, any one action is enough. The first is the one that a finding points at.
    pub(super) steps: &'static [&'static [&'static str]],
    /// The service that `iam:PassRole` has to pass the role to, if it is a step.
    pub(super) service: Option<&'static str>,
    /// What whoever goes this way can do.
    pub(super) gain: &'static str,
}

const PASS: &[&str] = &["iam:PassRole"];

/// A single action that is a way by itself.
const fn alone(action: &'static [&'static [&'static str]], gain: &'static str) -> Path {
    Path {
        steps: action,
        service: None,
        gain,
    }
}

/// A service that is handed a role and does what the caller says.
const fn passed(
    steps: &'static [&'static [&'static str]],
    service: &'static str,
    gain: &'static str,
) -> Path {
    Path {
        steps,
        service: Some(service),
        gain,
    }
}

/// Every way, single actions first.
pub(super) const PATHS: &[Path] = &[
    alone(
        &[&["iam:CreateAccessKey"]],
        "make keys for another user and sign in as that user",
    ),
    alone(
        &[&["iam:CreateLoginProfile"]],
        "give another user a console password",
    ),
    alone(
        &[&["iam:UpdateLoginProfile"]],
        "change another user's console password",
    ),
    alone(
        &[&["iam:AttachUserPolicy"]],
        "attach any managed policy to a user, its own included",
    ),
    alone(
        &[&["iam:AttachGroupPolicy"]],
        "attach any managed policy to a group it is in",
    ),
    alone(
        &[&["iam:AttachRolePolicy"]],
        "attach any managed policy to a role it can use",
    ),
    alone(&[&["iam:PutUserPolicy"]], "write itself a policy"),
    alone(
        &[&["iam:PutGroupPolicy"]],
        "write a policy for a group it is in",
    ),
    alone(
        &[&["iam:PutRolePolicy"]],
        "write a policy for a role it can use",
    ),
    alone(
        &[&["iam:CreatePolicyVersion"]],
        "replace what a managed policy says",
    ),
    alone(
        &[&["iam:SetDefaultPolicyVersion"]],
        "bring back an older, wider version of a policy",
    ),
    alone(&[&["iam:AddUserToGroup"]], "join a group that may do more"),
    alone(&[&["iam:UpdateAssumeRolePolicy"]], "make a role trust it"),
    alone(
        &[&[
            "iam:DeleteRolePermissionsBoundary",
            "iam:DeleteUserPermissionsBoundary",
        ]],
        "take away the cap of a principal",
    ),
    alone(
        &[&["lambda:UpdateFunctionCode"]],
        "run its own code as the role of a function that exists",
    ),
    alone(
        &[&["lambda:UpdateFunctionConfiguration"]],
        "load its own layer into a function that exists, and so run as its role",
    ),
    alone(
        &[&["ssm:SendCommand"]],
        "run commands on instances, as their roles",
    ),
    alone(
        &[&["ssm:StartSession"]],
        "open a shell on instances, and use their roles",
    ),
    alone(
        &[&["ec2-instance-connect:SendSSHPublicKey"]],
        "log in to instances, and use their roles",
    ),
    alone(
        &[&["glue:UpdateDevEndpoint"]],
        "log in to a development endpoint, and use its role",
    ),
    alone(
        &[&["sagemaker:CreatePresignedNotebookInstanceUrl"]],
        "open a notebook that exists, and use its role",
    ),
    alone(
        &[
            &["codestar:CreateProject"],
            &["codestar:AssociateTeamMember"],
        ],
        "own a project whose role may do more",
    ),
    passed(
        &[
            PASS,
            &["lambda:CreateFunction"],
            &[
                "lambda:InvokeFunction",
                "lambda:InvokeAsync",
                "lambda:InvokeFunctionUrl",
                "lambda:CreateEventSourceMapping",
                "lambda:AddPermission",
                "lambda:CreateFunctionUrlConfig",
            ],
        ],
        "lambda.amazonaws.com",
        "run code as any role that trusts Lambda",
    ),
    passed(
        &[PASS, &["ec2:RunInstances"]],
        "ec2.amazonaws.com",
        "start an instance with any instance profile, and use its role",
    ),
    passed(
        &[
            PASS,
            &[
                "ec2:AssociateIamInstanceProfile",
                "ec2:ReplaceIamInstanceProfileAssociation",
            ],
        ],
        "ec2.amazonaws.com",
        "give an instance another role",
    ),
    passed(
        &[
            PASS,
            &["ecs:RegisterTaskDefinition"],
            &[
                "ecs:RunTask",
                "ecs:StartTask",
                "ecs:CreateService",
                "ecs:UpdateService",
            ],
        ],
        "ecs-tasks.amazonaws.com",
        "run a container as any role that trusts ECS tasks",
    ),
    passed(
        &[PASS, &["glue:CreateDevEndpoint"]],
        "glue.amazonaws.com",
        "log in to a development endpoint with any role that trusts Glue",
    ),
    passed(
        &[
            PASS,
            &["glue:CreateJob", "glue:UpdateJob"],
            &["glue:StartJobRun", "glue:CreateTrigger"],
        ],
        "glue.amazonaws.com",
        "run a job as any role that trusts Glue",
    ),
    passed(
        &[
            PASS,
            &[
                "cloudformation:CreateStack",
                "cloudformation:UpdateStack",
                "cloudformation:CreateStackSet",
                "cloudformation:UpdateStackSet",
            ],
        ],
        "cloudformation.amazonaws.com",
        "deploy a stack as any role that trusts CloudFormation",
    ),
    passed(
        &[
            PASS,
            &["datapipeline:CreatePipeline"],
            &["datapipeline:PutPipelineDefinition"],
            &["datapipeline:ActivatePipeline"],
        ],
        "datapipeline.amazonaws.com",
        "run commands as any role that trusts Data Pipeline",
    ),
    passed(
        &[
            PASS,
            &["codebuild:CreateProject", "codebuild:UpdateProject"],
            &["codebuild:StartBuild", "codebuild:StartBuildBatch"],
        ],
        "codebuild.amazonaws.com",
        "run a build as any role that trusts CodeBuild",
    ),
    passed(
        &[
            PASS,
            &["sagemaker:CreateNotebookInstance"],
            &["sagemaker:CreatePresignedNotebookInstanceUrl"],
        ],
        "sagemaker.amazonaws.com",
        "open a notebook as any role that trusts SageMaker",
    ),
    passed(
        &[
            PASS,
            &[
                "sagemaker:CreateTrainingJob",
                "sagemaker:CreateProcessingJob",
            ],
        ],
        "sagemaker.amazonaws.com",
        "run a job as any role that trusts SageMaker",
    ),
    passed(
        &[
            PASS,
            &["states:CreateStateMachine", "states:UpdateStateMachine"],
            &["states:StartExecution", "states:StartSyncExecution"],
        ],
        "states.amazonaws.com",
        "call AWS as any role that trusts Step Functions",
    ),
    passed(
        &[PASS, &["apprunner:CreateService"]],
        "tasks.apprunner.amazonaws.com",
        "run a container as any role that trusts App Runner",
    ),
    passed(
        &[PASS, &["batch:RegisterJobDefinition"], &["batch:SubmitJob"]],
        "ecs-tasks.amazonaws.com",
        "run a job as any role that trusts ECS tasks",
    ),
    passed(
        &[PASS, &["ssm:StartAutomationExecution"]],
        "ssm.amazonaws.com",
        "run an automation as any role that trusts Systems Manager",
    ),
    passed(
        &[PASS, &["scheduler:CreateSchedule"]],
        "scheduler.amazonaws.com",
        "call AWS as any role that trusts EventBridge Scheduler",
    ),
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
        assert!(PATHS.len() > 30);
    }
}
