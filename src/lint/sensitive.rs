//! Actions that give away more than their access level says. AWS classes most of them as plain Read or Write.

/// Return or make something that somebody can sign in with: keys, passwords, tokens, secrets, signed addresses.
pub(super) const CREDENTIALS: &[(&str, &str)] = &[
    (
        "cognito-identity:GetCredentialsForIdentity",
        "returns temporary keys",
    ),
    ("cognito-identity:GetOpenIdToken", "returns a token"),
    (
        "codeartifact:GetAuthorizationToken",
        "returns a token for package repositories",
    ),
    ("ec2:CreateKeyPair", "returns a new private key"),
    (
        "ec2:GetPasswordData",
        "returns the administrator's password of an instance",
    ),
    (
        "ecr:GetAuthorizationToken",
        "returns a token for container registries",
    ),
    (
        "ecr-public:GetAuthorizationToken",
        "returns a token for container registries",
    ),
    ("iam:CreateAccessKey", "returns a new secret access key"),
    ("iam:CreateLoginProfile", "sets a console password"),
    (
        "iam:CreateServiceSpecificCredential",
        "returns a new password for a service",
    ),
    (
        "iam:CreateVirtualMFADevice",
        "returns the seed of an MFA device",
    ),
    (
        "iam:ResetServiceSpecificCredential",
        "returns a new password for a service",
    ),
    (
        "iam:UpdateAccessKey",
        "switches a key on that was switched off",
    ),
    ("iam:UpdateLoginProfile", "sets a console password"),
    ("kms:Decrypt", "turns ciphertext back into what it hides"),
    (
        "lambda:GetFunction",
        "returns a signed address of the code, and the environment variables",
    ),
    (
        "lambda:GetFunctionConfiguration",
        "returns the environment variables, where secrets often are",
    ),
    (
        "lambda:ListFunctions",
        "returns the environment variables of every function, where secrets often are",
    ),
    (
        "lightsail:GetInstanceAccessDetails",
        "returns a key for an instance",
    ),
    ("lightsail:DownloadDefaultKeyPair", "returns a private key"),
    ("rds-db:connect", "signs in to a database"),
    (
        "redshift:GetClusterCredentials",
        "returns a database password",
    ),
    (
        "redshift:GetClusterCredentialsWithIAM",
        "returns a database password",
    ),
    ("secretsmanager:GetSecretValue", "returns a secret"),
    ("secretsmanager:BatchGetSecretValue", "returns secrets"),
    (
        "ssm:GetParameter",
        "returns a parameter, decrypted if it is a secret",
    ),
    (
        "ssm:GetParameters",
        "returns parameters, decrypted if they are secrets",
    ),
    (
        "ssm:GetParametersByPath",
        "returns parameters, decrypted if they are secrets",
    ),
    ("sts:GetFederationToken", "returns temporary keys"),
    ("sts:GetSessionToken", "returns temporary keys"),
];

/// Change who from outside may use a resource, or open it to the Internet.
pub(super) const EXPOSURE: &[(&str, &str)] = &[
    (
        "apigateway:UpdateRestApiPolicy",
        "changes who may call an API",
    ),
    (
        "backup:PutBackupVaultAccessPolicy",
        "changes who may use a backup vault",
    ),
    (
        "codeartifact:PutRepositoryPermissionsPolicy",
        "changes who may use a package repository",
    ),
    ("ec2:ModifyImageAttribute", "can make an image public"),
    ("ec2:ModifySnapshotAttribute", "can make a snapshot public"),
    ("ecr:SetRepositoryPolicy", "changes who may pull images"),
    (
        "elasticfilesystem:PutFileSystemPolicy",
        "changes who may mount a file system",
    ),
    ("es:UpdateDomainConfig", "changes who may search a domain"),
    (
        "glacier:SetVaultAccessPolicy",
        "changes who may use a vault",
    ),
    (
        "iam:UpdateAssumeRolePolicy",
        "changes who may assume a role",
    ),
    ("kms:CreateGrant", "lets somebody else use a key"),
    ("kms:PutKeyPolicy", "changes who may use a key"),
    (
        "lambda:AddLayerVersionPermission",
        "can make a layer public",
    ),
    (
        "lambda:AddPermission",
        "lets other accounts and services call a function",
    ),
    (
        "lambda:CreateFunctionUrlConfig",
        "gives a function an address on the Internet",
    ),
    (
        "lambda:UpdateFunctionUrlConfig",
        "can take the sign-in off a function's address",
    ),
    ("logs:PutResourcePolicy", "changes who may write logs"),
    (
        "rds:ModifyDBClusterSnapshotAttribute",
        "can make a database snapshot public",
    ),
    (
        "rds:ModifyDBSnapshotAttribute",
        "can make a database snapshot public",
    ),
    ("s3:DeleteBucketPolicy", "takes away what a bucket forbids"),
    (
        "s3:PutAccessPointPolicy",
        "changes who may use an access point",
    ),
    (
        "s3:PutAccountPublicAccessBlock",
        "can let buckets of the account be public",
    ),
    ("s3:PutBucketAcl", "can make a bucket public"),
    ("s3:PutBucketPolicy", "changes who may use a bucket"),
    (
        "s3:PutBucketPublicAccessBlock",
        "can let a bucket be public",
    ),
    ("s3:PutObjectAcl", "can make objects public"),
    (
        "secretsmanager:PutResourcePolicy",
        "changes who may read a secret",
    ),
    (
        "sns:AddPermission",
        "lets other accounts publish and subscribe",
    ),
    ("sns:SetTopicAttributes", "can change who may use a topic"),
    ("sqs:AddPermission", "lets other accounts use a queue"),
    ("sqs:SetQueueAttributes", "can change who may use a queue"),
];

/// The same name under another prefix, where AWS keeps the API operation: the vendor may mean that one.
pub(super) const OTHER_PREFIX: &[(&str, &str)] = &[
    (
        "cloudwatch:CreateServiceLevelObjective",
        "application-signals:CreateServiceLevelObjective",
    ),
    ("cloudwatch:GetService", "application-signals:GetService"),
    (
        "cloudwatch:ListServiceLevelObjectives",
        "application-signals:ListServiceLevelObjectives",
    ),
    (
        "cloudwatch:ListServices",
        "application-signals:ListServices",
    ),
];

#[cfg(test)]
mod tests {
    use super::{CREDENTIALS, EXPOSURE, OTHER_PREFIX};
    use crate::reference::Reference;

    #[test]
    fn every_action_is_one_of_aws() {
        let reference = Reference::embedded();
        let others = OTHER_PREFIX.iter().flat_map(|(one, other)| [one, other]);
        let listed = CREDENTIALS.iter().chain(EXPOSURE).map(|(action, _)| action);
        for action in listed.chain(others) {
            let facts = reference.action(action);
            assert_eq!(
                facts.map(|facts| facts.canonical()).as_deref(),
                Some(*action)
            );
        }
    }
}
