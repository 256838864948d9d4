//! What of a rendered file no reader takes for a grant: whoever compares grants has to compare it by its text.

use camino::Utf8Path;

use super::declares::declares;
use super::file_kind::{is_module_file, is_terraform};
use crate::hcl;
use crate::render::template_of;

/// Blocks that are read for what they grant. A variable is none of them: the region is one, and no grant tells it.
const READ: &[&str] = &["resource", "module", "data", "locals", "output"];

/// The parts of a file that grants do not tell: of a module the blocks that say how it is applied, and any other file that is
/// neither a template nor parameters of one.
pub fn unread(path: &Utf8Path, text: &str) -> Vec<String> {
    if is_module_file(path) {
        return match hcl::parse(text) {
            Ok(blocks) => others(text, &blocks),
            Err(_) => vec![text.to_owned()],
        };
    }
    let folder = path.parent().and_then(Utf8Path::file_name);
    let is_read = folder.and_then(template_of).is_some()
        || !is_terraform(path) && declares(path, text, &|_| false).is_some();
    match is_read {
        true => Vec::new(),
        false => vec![text.to_owned()],
    }
}

/// The texts of the blocks that are not read.
fn others(text: &str, blocks: &[hcl::Block<'_>]) -> Vec<String> {
    let ends = blocks.iter().skip(1).map(|block| block.offset);
    let ends = ends.chain([text.len()]);
    let others = blocks.iter().zip(ends);
    others
        .filter(|(block, _)| !READ.contains(&block.kind))
        .map(|(block, end)| {
            let text = text.get(block.offset..end).unwrap_or_default();
            // What stands behind the last brace is a comment of the next block.
            let end = text.rfind("\n}").map_or(text.len(), |brace| brace + 2);
            text.get(..end).unwrap_or(text).trim_end().to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::unread;

    #[test]
    fn only_what_grants_tell_is_read() {
        let parts = |path: &str, text: &str| unread(Utf8Path::new(path), text);
        let provider = "provider \"aws\" {\n  region = \"us-east-1\"\n}";
        let text = format!(
            "locals {{\n  a = 1\n}}\n\n{provider}\n\n# more\nresource \"aws_iam_user\" \"x\" {{\n  name = \"x\"\n}}\n"
        );
        assert_eq!(parts("terraform/hub/main.tf", &text), [provider]);
        assert_eq!(parts("terraform/hub/a.auto.tfvars", "a = 1\n"), ["a = 1\n"]);
        assert_eq!(parts("deploy.json", "{}"), ["{}"]);
        let template = "Resources: {A: {Type: AWS::IAM::User}}";
        assert!(parts("cloudformation/hub.yaml", template).is_empty());
        assert!(parts("cloudformation/target-parameters/222222222222.json", "[]").len() < 2);
    }
}
