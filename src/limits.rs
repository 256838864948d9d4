//! Limits on what is read: small files must not exhaust a machine, and large ones that people have must pass. They stand in
//! one place, and `docs/formats.md` lists them.

/// How deeply a value may lie in a document of ours, and blocks and values in rendered Terraform and CloudFormation. The
/// deepest that we render has fewer than 20 levels.
pub const DEPTH: usize = 32;

/// The bytes of a file that is read as a whole. A snapshot is read as it comes, and may have any size.
pub const INPUT_BYTES: u64 = 256 << 20;

/// The fields of one mapping in a document of ours. What is compared field by field stays fast, and no catalog or deployment
/// comes near: that of the most features has fewer than a hundred.
pub const FIELDS: usize = 1_000;

/// The items of one list in a document of ours, but for those that grow with an organization or a vendor's list.
pub const ITEMS: usize = 1_000;

/// The items of a list in which a deployment names accounts, or speaks of them one by one.
pub const DEPLOYMENT_ITEMS: usize = 10_000;

/// The items of a list of accounts or targets: the largest organizations have a hundred thousand accounts.
pub const LONG_ITEMS: usize = 1_000_000;

/// What the entries of one catalog may weigh: each action of one [`ENTRY`], and one for each resource and condition value,
/// again for each action that a wildcard stands for. The longest list of a vendor has fewer than a thousand entries, most
/// of them on one resource.
pub const CATALOG: usize = 100_000;

/// What an action of an entry weighs by itself.
pub const ENTRY: usize = 20;

/// A resource or a condition value weighs once more for each of so many bytes.
pub const LONG_TEXT: usize = 64;

/// How many items a list may have, by the name of its field; a list of accounts is a document of its own.
pub fn items_of(field: &str) -> usize {
    match field {
        "`targets`" | "the document" | "`required`" | "`recommended`" => LONG_ITEMS,
        "`account`" | "`unit`" | "`select`" | "`exclude`" | "`set`" | "`omit`" => DEPLOYMENT_ITEMS,
        _ => ITEMS,
    }
}

/// How often the selectors of one list may be compared with an account. One that names accounts is compared with those only;
/// of any other, each name, unit and tag is compared with every account.
pub const COMPARISONS: usize = 5_000_000;

/// The grants that a deployment may have before they are told apart: the entries of its products on each resource, omits and
/// scopes, once for the targets that name no variant and once for each variant.
pub const GRANTS: usize = 500_000;

/// The names that are compared with one that is not known, to suggest the nearest.
pub const SUGGESTIONS: usize = 2_000;

/// The bytes of a regular expression once it is compiled. One for names of a kilobyte has a tenth of it.
pub const PATTERN_BYTES: usize = 1 << 18;

/// The bytes of a parameter's value: no policy of AWS accepts more.
pub const VALUE_BYTES: usize = 10_240;

/// The templates of a user's own.
pub const TEMPLATES: usize = 1_000;

/// The bytes of the lines of a template, each as often as it has names in tags: Tera shows the whole line of each that it
/// does not know. A megabyte of lines of a hundred bytes has a tenth of it.
pub const TAG_LINES: usize = 64 << 20;

/// How deeply templates of a user's own may include or extend one another.
pub const INCLUDES: usize = 32;

/// After so many faults of one file or stage, the rest is not looked at: nobody reads more before running again.
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
