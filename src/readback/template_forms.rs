//! The closed table of what templates hold: each section, resource and property, and how each is written.

use Form::{
    Arn, Condition, Fields, Ids, Integer, List, Literal, Made, Map, Named, Optional, Parameter,
    Place, Resources, Text, Told, Truth, Word,
};

/// A way to write a value.
pub(super) enum Form {
    /// A text without a function.
    Text,
    /// One of these texts.
    Word(&'static [&'static str]),
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Truth,
    /// Anything without a function.
    Literal,
    /// The partition or the account, by `Ref`, or a text with them, by `Fn::Sub`.
    Place,
    /// The value of a parameter, by `Ref`.
    Parameter,
    /// A text with the values of parameters, by `Fn::Sub`.
    Named,
    /// A resource of the template of this type, by `Ref`.
    Made(&'static str),
    /// The ARN of a resource, by `Fn::GetAtt`.
    Arn,
    /// What is told to people or to other stacks: any `Ref` or `Fn::Sub`.
    Told,
    /// One of these where a condition holds, and no value elsewhere.
    Optional(&'static [Self]),
    /// That a parameter is not empty.
    Condition,
    /// A list of these.
    List(&'static [Self]),
    /// A mapping with no other keys.
    Fields(&'static [(&'static str, &'static [Self])]),
    /// A mapping with any keys.
    Map(&'static [Self]),
    /// A mapping by logical ids.
    Ids(&'static [Self]),
    /// Resources by logical id.
    Resources,
}

/// A key, and the forms of its value.
type Field = (&'static str, &'static [Form]);

pub(super) const TEMPLATE: &[Form] = &[Fields(&[
    ("AWSTemplateFormatVersion", &[Word(&["2010-09-09"])]),
    ("Description", &[Text]),
    ("Metadata", &[Literal]),
    ("Parameters", &[Ids(&[Fields(PARAMETER)])]),
    ("Conditions", &[Ids(&[Condition])]),
    ("Resources", &[Resources]),
    ("Outputs", &[Ids(&[Fields(OUTPUT)])]),
])];

/// Of another type, or without `Default` and with `NoEcho`, the value comes from elsewhere, or is not shown.
const PARAMETER: &[(&str, &[Form])] = &[
    ("Type", &[Word(&["String", "Number"])]),
    ("Description", &[Text]),
    ("Default", &[Text, Integer]),
    ("AllowedPattern", &[Text]),
    ("ConstraintDescription", &[Text]),
    ("MinValue", &[Integer]),
    ("MaxValue", &[Integer]),
];

const OUTPUT: &[(&str, &[Form])] = &[
    ("Description", &[Text]),
    ("Value", &[Text, Told, Arn]),
    ("Export", &[Fields(&[("Name", &[Text, Told])])]),
];

pub(super) const RESOURCE: [&str; 3] = ["Type", "Metadata", "Properties"];

/// The properties of the resources, in the order in which resources are read: the first types are referred to by the others.
pub(super) const PROPERTIES: &[(&str, &[Field])] = &[
    (
        "AWS::IAM::Group",
        &[
            ("GroupName", &[Text]),
            ("Path", &[Text]),
            ("ManagedPolicyArns", POLICIES_OF_AWS),
        ],
    ),
    (
        "AWS::IAM::User",
        &[
            ("UserName", &[Text]),
            ("Path", &[Text]),
            ("PermissionsBoundary", &[Text, Place]),
            ("Groups", &[List(&[Made("AWS::IAM::Group")])]),
            ("Tags", TAGS),
        ],
    ),
    (
        "AWS::IAM::Role",
        &[
            ("RoleName", &[Text, Parameter]),
            ("Path", &[Text, Parameter]),
            ("Description", &[Text]),
            ("MaxSessionDuration", &[Text, Integer, Parameter]),
            (
                "PermissionsBoundary",
                &[Text, Place, Parameter, Optional(&[Parameter])],
            ),
            ("AssumeRolePolicyDocument", TRUST),
            ("ManagedPolicyArns", POLICIES_OF_AWS),
            (
                "Policies",
                &[List(&[Fields(&[
                    ("PolicyName", &[Text]),
                    ("PolicyDocument", POLICY),
                ])])],
            ),
            ("Tags", TAGS),
        ],
    ),
    (
        "AWS::IAM::ManagedPolicy",
        &[
            ("ManagedPolicyName", &[Text, Named]),
            ("Path", &[Text, Parameter]),
            ("Description", &[Text]),
            ("Groups", &[List(&[Made("AWS::IAM::Group")])]),
            ("Roles", &[List(&[Made("AWS::IAM::Role")])]),
            ("PolicyDocument", POLICY),
        ],
    ),
    (
        "AWS::IAM::InstanceProfile",
        &[
            ("InstanceProfileName", &[Text, Parameter]),
            ("Path", &[Text, Parameter]),
            ("Roles", &[List(&[Made("AWS::IAM::Role")])]),
        ],
    ),
    (
        "AWS::IAM::OIDCProvider",
        &[("Url", &[Text]), ("ClientIdList", TEXTS)],
    ),
    (
        "AWS::IAM::GroupPolicy",
        &[
            ("GroupName", &[Made("AWS::IAM::Group")]),
            ("PolicyName", &[Text]),
            ("PolicyDocument", POLICY),
        ],
    ),
    (
        "AWS::IAM::UserPolicy",
        &[
            ("UserName", &[Made("AWS::IAM::User")]),
            ("PolicyName", &[Text]),
            ("PolicyDocument", POLICY),
        ],
    ),
    (
        "AWS::CloudFormation::StackSet",
        &[
            ("StackSetName", &[Text]),
            ("Description", &[Text]),
            ("TemplateBody", &[Text]),
            ("Parameters", VALUES_OF_PARAMETERS),
            ("PermissionModel", &[Text]),
            ("CallAs", &[Text]),
            ("Capabilities", TEXTS),
            (
                "AutoDeployment",
                &[Fields(&[
                    ("Enabled", &[Truth]),
                    ("RetainStacksOnAccountRemoval", &[Truth]),
                ])],
            ),
            ("ManagedExecution", &[Fields(&[("Active", &[Truth])])]),
            (
                "OperationPreferences",
                &[Fields(&[
                    ("FailureToleranceCount", &[Integer]),
                    ("FailureTolerancePercentage", &[Integer]),
                    ("MaxConcurrentCount", &[Integer]),
                    ("MaxConcurrentPercentage", &[Integer]),
                    ("RegionConcurrencyType", &[Text]),
                ])],
            ),
            ("AdministrationRoleARN", &[Text, Place]),
            ("ExecutionRoleName", &[Text]),
            // Another key could name more accounts.
            (
                "StackInstancesGroup",
                &[List(&[Fields(&[
                    (
                        "DeploymentTargets",
                        &[Fields(&[
                            ("OrganizationalUnitIds", TEXTS),
                            ("Accounts", TEXTS),
                            ("AccountFilterType", &[Text]),
                        ])],
                    ),
                    ("ParameterOverrides", VALUES_OF_PARAMETERS),
                    ("Regions", TEXTS),
                ])])],
            ),
            ("Tags", TAGS),
        ],
    ),
];

const POLICIES_OF_AWS: &[Form] = &[List(&[Text, Place])];
const TEXTS: &[Form] = &[List(&[Text])];
const VALUES_OF_PARAMETERS: &[Form] = &[List(&[Fields(&[
    ("ParameterKey", &[Text]),
    ("ParameterValue", &[Text]),
])])];

const TAG: Form = Fields(&[("Key", &[Text]), ("Value", &[Text, Parameter])]);
const TAGS: &[Form] = &[List(&[TAG, Optional(&[TAG])])];

const POLICY: &[Form] = &[Fields(&[
    ("Version", &[Text]),
    ("Id", &[Text]),
    (
        "Statement",
        &[Fields(STATEMENT), List(&[Fields(STATEMENT)])],
    ),
])];
const STATEMENT: &[(&str, &[Form])] = &[
    ("Sid", &[Text]),
    ("Effect", &[Text]),
    ("Action", &[Text, List(&[Text])]),
    ("NotAction", &[Text, List(&[Text])]),
    ("Resource", &[Text, Place, List(&[Text, Place])]),
    ("NotResource", &[Text, Place, List(&[Text, Place])]),
    ("Condition", &[Map(&[Map(VALUES)])]),
];
/// IAM takes numbers and truth values for the text that they are written as.
const VALUES: &[Form] = &[
    Text,
    Integer,
    Truth,
    Place,
    List(&[Text, Integer, Truth, Place]),
];

const TRUST: &[Form] = &[Fields(&[
    ("Version", &[Text]),
    ("Id", &[Text]),
    (
        "Statement",
        &[Fields(TRUST_STATEMENT), List(&[Fields(TRUST_STATEMENT)])],
    ),
])];
const TRUST_STATEMENT: &[(&str, &[Form])] = &[
    ("Sid", &[Text]),
    ("Effect", &[Text]),
    ("Principal", &[Text, Map(PRINCIPALS)]),
    ("NotPrincipal", &[Text, Map(PRINCIPALS)]),
    ("Action", &[Text, List(&[Text])]),
    ("NotAction", &[Text, List(&[Text])]),
    ("Condition", &[Map(&[Map(TRUST_VALUES)])]),
];
const PRINCIPALS: &[Form] = &[Text, Place, Parameter, List(&[Text, Place, Parameter])];
const TRUST_VALUES: &[Form] = &[
    Text,
    Integer,
    Truth,
    Place,
    Parameter,
    List(&[Text, Integer, Truth, Place, Parameter]),
];
