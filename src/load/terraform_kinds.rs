//! Which resources of a Terraform plan may create something in IAM.
//!
//! Sources: the schemas of the providers `aws` (5.100 and 6.25) and `awscc`, whose types are those of CloudFormation.

use super::terraform_plan::Resource;

/// IAM resources that give nobody a permission or a credential.
const GRANTING_NOTHING: &[&str] = &[
    "aws_iam_account_alias",
    "aws_iam_account_password_policy",
    "aws_iam_security_token_service_preferences",
    "aws_iam_server_certificate",
    "aws_iam_service_linked_role",
    "aws_iam_virtual_mfa_device",
];

/// Prefixes of types that create further resources, from a template, a product or a permission set.
const MAKING_OTHERS: &[&str] = &[
    "aws_cloudformation_stack",
    "aws_serverlessapplicationrepository_cloudformation_stack",
    "aws_servicecatalog_provisioned_product",
    "aws_ssoadmin_account_assignment",
    "aws_ssoadmin_customer_managed_policy_attachment",
    "aws_ssoadmin_managed_policy_attachment",
    "aws_ssoadmin_permission_set",
    "awscc_cloudformation_stack",
    "awscc_servicecatalog_cloudformation_provisioned_product",
    "awscc_servicecatalog_cloud_formation_provisioned_product",
    "awscc_sso_assignment",
    "awscc_sso_permission_set",
];

/// The corresponding CloudFormation types, for a resource that accepts any type.
const ANY_TYPE: &str = "aws_cloudcontrolapi_resource";
const MAKING_OTHERS_OF_ANY_TYPE: &[&str] = &[
    "AWS::CloudFormation::Stack",
    "AWS::ServiceCatalog::CloudFormationProvisionedProduct",
    "AWS::SSO::Assignment",
    "AWS::SSO::PermissionSet",
];

impl Resource {
    /// Why the effect of a resource is unknown, if it may give anybody a permission or a credential. Resources of
    /// supported types are handled by the caller.
    pub(super) fn may_grant(&self) -> Option<&'static str> {
        const NOT_UNDERSTOOD: &str = "resources of this type are not understood";
        const MADE_ELSEWHERE: &str = "what it creates is not in the plan";
        let starts = |beginnings: &[&str], text: &str| {
            let mut beginnings = beginnings.iter();
            beginnings.any(|beginning| text.starts_with(beginning))
        };
        let kind = self.kind.as_str();
        if kind == ANY_TYPE {
            return match self.values.get("type_name").and_then(|name| name.as_str()) {
                None => Some("its `type_name` is known only after the apply"),
                Some(name) if name.starts_with("AWS::IAM::") => Some(NOT_UNDERSTOOD),
                Some(name) => starts(MAKING_OTHERS_OF_ANY_TYPE, name).then_some(MADE_ELSEWHERE),
            };
        }
        if starts(MAKING_OTHERS, kind) {
            return Some(MADE_ELSEWHERE);
        }
        let of_iam = starts(&["aws_iam_", "awscc_iam_"], kind) && !GRANTING_NOTHING.contains(&kind);
        of_iam.then_some(NOT_UNDERSTOOD)
    }
}
