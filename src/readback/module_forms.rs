//! What may stand in a Terraform module: the blocks, attributes and expressions that the templates in the binary write.
//!
//! Nothing else is evaluated. An attribute holds a literal, or an expression that is, as a syntax tree, one of the forms
//! that are listed for it, with any name or literal where the form has `_`.

/// The attributes and blocks that a block may have.
pub(super) struct Known {
    /// The kind of a block, or the type of a resource.
    pub(super) kind: &'static str,
    pub(super) attributes: &'static [Attribute],
    pub(super) blocks: &'static [Known],
}

/// An attribute, and the forms of what it may hold beside a literal.
pub(super) type Attribute = (&'static str, &'static [&'static str]);

/// A policy document: an object of literals, in which a few forms may stand.
pub(super) const DOCUMENT: &str = "jsonencode(_)";

/// What may stand in a policy document beside literals. A text may have the account in it.
pub(super) const IN_DOCUMENTS: [&str; 5] = [
    "var.account_id",
    "var.external_id",
    "var.trusted_user_arn",
    "each.value.role_arn",
    "[for target in each.value : target.role_arn]",
];

/// The account of a module that serves many, in a text of a policy document.
pub(super) const ACCOUNT: &str = "var.account_id";

/// Attributes that name things, so that a literal in them says something else.
pub(super) const REFERENCES: [&str; 7] = [
    "condition",
    "depends_on",
    "ignore_changes",
    "providers",
    "replace_triggered_by",
    "to",
    "type",
];

/// An attribute that has any name and holds a literal.
pub(super) const LITERALS: Attribute = ("_", &[]);

/// The blocks of a module but resources.
pub(super) const BLOCKS: &[Known] = &[
    Known {
        kind: "terraform",
        attributes: &[("required_version", &[])],
        blocks: &[
            Known {
                kind: "required_providers",
                attributes: &[LITERALS],
                blocks: &[],
            },
            // Where the state is kept grants nothing. Whose state it is, is for whoever reviews the file.
            Known {
                kind: "backend",
                attributes: &[LITERALS],
                blocks: &[],
            },
            Known {
                kind: "cloud",
                attributes: &[LITERALS],
                blocks: &[Known {
                    kind: "workspaces",
                    attributes: &[LITERALS],
                    blocks: &[],
                }],
            },
        ],
    },
    Known {
        kind: "provider",
        attributes: &[
            ("alias", &[]),
            ("allowed_account_ids", &["[each.key]"]),
            (
                "for_each",
                &["setunion([for target in local._ : target.account], var.leaving_accounts)"],
            ),
            ("region", &["var.region"]),
        ],
        blocks: &[Known {
            kind: "assume_role",
            attributes: &[("role_arn", &["\"_${each.key}_\""])],
            blocks: &[],
        }],
    },
    Known {
        kind: "variable",
        attributes: &[
            ("default", &[]),
            ("description", &[]),
            (
                "type",
                &[
                    "any",
                    "bool",
                    "number",
                    "string",
                    "list(string)",
                    "map(string)",
                    "set(string)",
                ],
            ),
        ],
        blocks: &[Known {
            kind: "validation",
            attributes: &[
                (
                    "condition",
                    &[
                        "can(regex(\"_\", var._))",
                        "can(regex(\"_\", var._)) && length(var._) >= 2 && length(var._) <= 1224",
                        "var._ >= 3600 && var._ <= 43200",
                    ],
                ),
                ("error_message", &[]),
            ],
            blocks: &[],
        }],
    },
    Known {
        kind: "output",
        attributes: &[
            ("description", &[]),
            ("sensitive", &[]),
            (
                "value",
                &[
                    "aws_cloudformation_stack_set._.stack_set_id",
                    "aws_iam_role._.arn",
                    "aws_iam_role._.name",
                    "local._",
                    "module._._",
                    "[for group in aws_iam_group._ : group.name]",
                    "merge([for targets in local._ : { for account, target in targets : account => target.role_arn }]...)",
                    "{ for number, user in aws_iam_user._ : user.name => local._[number].arn }",
                ],
            ),
        ],
        blocks: &[],
    },
    Known {
        kind: "locals",
        attributes: &[LITERALS],
        blocks: &[],
    },
    Known {
        kind: "module",
        attributes: &[
            ("depends_on", &["[aws_iam_user._]"]),
            (
                "for_each",
                &["{ for target in local._ : target.account => target }"],
            ),
            (
                "providers",
                &["{ aws = aws._ }", "{ aws = aws._[each.key] }"],
            ),
            ("source", &[]),
            ("_", &["each.key", "each.value._"]),
        ],
        blocks: &[],
    },
    Known {
        kind: "import",
        attributes: &[
            ("id", &[]),
            (
                "to",
                &[
                    "_._",
                    "_._[\"_\"]",
                    "module._._._",
                    "module._._._[\"_\"]",
                    "module._[\"_\"]._._",
                    "module._[\"_\"]._._[\"_\"]",
                ],
            ),
        ],
        blocks: &[],
    },
];
