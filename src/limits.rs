//! Limits on input: small files must not exhaust a machine, and realistic large ones must be accepted. All limits are
//! here, and `docs/formats.md` lists them.

/// The maximum depth of a value in our formats, and of blocks and values in rendered Terraform and CloudFormation.
/// Rendered files have fewer than 20 levels.
pub const DEPTH: usize = 32;

/// The maximum size of a file that is read as a whole, in bytes. Snapshots are streamed, and may have any size.
pub const INPUT_BYTES: u64 = 256 << 20;

/// The fields of one mapping in a document of ours. What is compared field by field stays fast, and no catalog or deployment
/// comes near: that of the most features has fewer than a hundred.
pub const FIELDS: usize = 1_000;

/// The maximum number of items of a list in our formats, except for lists that grow with an organization or a vendor's
/// list.
pub const ITEMS: usize = 1_000;

/// The maximum number of items of a list in which a deployment names accounts.
pub const DEPLOYMENT_ITEMS: usize = 10_000;

/// The maximum number of accounts or targets in a list: the largest organizations have a hundred thousand accounts.
pub const LONG_ITEMS: usize = 1_000_000;

/// The maximum weight of a catalog's entries: [`ENTRY`] for each action of an entry, and one for each of its resources
/// and condition values, for each action that a wildcard matches. The longest list of a vendor has fewer than a
/// thousand entries, most of them on one resource.
pub const CATALOG: usize = 100_000;

/// The weight of an action of an entry.
pub const ENTRY: usize = 20;

/// A resource or condition value weighs one more for every this many bytes.
pub const LONG_TEXT: usize = 64;

/// The maximum number of items of a list, by the name of its field. Account lists are separate documents.
pub fn items_of(field: &str) -> usize {
    match field {
        "`targets`" | "the document" | "`required`" | "`recommended`" => LONG_ITEMS,
        "`account`" | "`unit`" | "`select`" | "`exclude`" | "`set`" | "`omit`" => DEPLOYMENT_ITEMS,
        _ => ITEMS,
    }
}

/// The maximum number of comparisons of selectors with accounts for a list. A selector that names account ids is only
/// compared with those; otherwise each name, unit and tag is compared with every account.
pub const COMPARISONS: usize = 5_000_000;

/// The grants that a deployment may have before they are told apart: the entries of its products on each resource, omits and
/// scopes, once for the targets that name no variant and once for each variant.
pub const GRANTS: usize = 500_000;

/// The maximum number of names to compare with an unknown one for a suggestion.
pub const SUGGESTIONS: usize = 2_000;

/// The maximum size of a compiled regular expression, in bytes. One for names of a kilobyte needs a tenth of it.
pub const PATTERN_BYTES: usize = 1 << 18;

/// The maximum size of a parameter's value, in bytes: no AWS policy accepts more.
pub const VALUE_BYTES: usize = 10_240;

/// The maximum number of custom templates.
pub const TEMPLATES: usize = 1_000;

/// The bytes of the lines of a template, each as often as it has names in tags: Tera shows the whole line of each that it
/// does not know. A megabyte of lines of a hundred bytes has a tenth of it.
pub const TAG_LINES: usize = 64 << 20;

/// The maximum nesting of custom templates that include or extend each other.
pub const INCLUDES: usize = 32;

/// The maximum number of errors of a file or stage. Further ones are dropped, since nobody reads more before the next
/// run.
pub const FAULTS: usize = 500;

/// The bytes of source lines that are shown under the faults of one run. A fault in a line of a megabyte costs as much
/// as thousands in lines that people write.
pub const SHOWN_BYTES: usize = 2 << 20;

/// The steps that templates of a user's own may take in one render: each time through a loop is one, and so are eight bytes
/// that are written or compared.
pub const TEMPLATE_STEPS: usize = 8_000_000;

/// What each file adds to them.
pub const FILE_STEPS: usize = 2_000;

/// What each value adds that a template is given, so that there can be any number of targets.
pub const VALUE_STEPS: usize = 50;

/// The bytes that one template may make: ten times what the largest file of ten thousand targets has.
pub const OUTPUT_BYTES: usize = 64 << 20;
