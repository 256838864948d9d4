//! Whether a file that nobody rendered makes something in an account.

use camino::Utf8Path;

use crate::cfn;

/// Blocks by which a file makes or changes resources, or sends them to another account.
const MAKING: &[&str] = &[
    "resource",
    "module",
    "provider",
    "ephemeral",
    "removed",
    "action",
];

/// What a file declares beside the rendered ones, in words; nothing for a backend, a state, a lock of providers, a
/// parameter file. What cannot be read is reported too, since its tool would read it.
pub fn declares(path: &Utf8Path, text: &str) -> Option<String> {
    let name = path.file_name().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    let ends = |ending: &str| name.ends_with(ending);
    if ends(".tf") || ends(".tofu") || ends(".tf.json") || ends(".tofu.json") {
        if stem == "override" || stem.ends_with("_override") {
            return Some("it overrides what is rendered".to_owned());
        }
        let kinds: Vec<String> = if ends(".json") {
            match serde_json::from_str::<serde_json::Value>(text) {
                Ok(value) => value
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(key, _)| key.clone())
                    .collect(),
                Err(error) => return Some(format!("it is not JSON: {error}")),
            }
        } else {
            match hcl::parse(text) {
                Ok(body) => body
                    .blocks()
                    .map(|block| block.identifier().to_owned())
                    .collect(),
                Err(_) => return Some("it cannot be read as Terraform".to_owned()),
            }
        };
        let kind = kinds.iter().find(|kind| MAKING.contains(&kind.as_str()))?;
        return Some(format!("it has a `{kind}` block"));
    }
    let template = match ends(".json") {
        true => serde_json::from_str(text).ok(),
        false => cfn::parse_yaml(text).ok(),
    };
    let resources = template?.get("Resources")?.as_object()?.len();
    (resources > 0).then(|| "it is a template with resources".to_owned())
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::declares;

    fn found(path: &str, text: &str) -> bool {
        declares(Utf8Path::new(path), text).is_some()
    }

    #[test]
    fn a_teams_own_files_are_company() {
        assert!(!found(
            "hub/backend.tf",
            "terraform {\n  backend \"s3\" {}\n}\n"
        ));
        assert!(!found(
            "hub/imports.tf",
            "import {\n  to = aws_iam_user.this\n  id = \"a\"\n}\n"
        ));
        assert!(!found("hub/terraform.tfstate.json", "{\"resources\": []}"));
        assert!(!found("parameters/1.json", "[{\"ParameterKey\": \"A\"}]"));
        assert!(!found("buildspec.yml", "version: 0.2\n"));
    }

    #[test]
    fn what_makes_resources_is_found() {
        assert!(found(
            "hub/extra.tf",
            "resource \"aws_iam_user\" \"x\" {\n  name = \"x\"\n}\n"
        ));
        assert!(found("hub/extra.tf.json", "{\"resource\": {}}"));
        assert!(found(
            "hub/extra.tf",
            "module \"x\" {\n  source = \"./x\"\n}\n"
        ));
        assert!(found("hub/role_override.tf", "locals {}\n"));
        assert!(found("hub/broken.tf", "resource \"aws"));
        assert!(found(
            "more.yaml",
            "Resources:\n  X:\n    Type: AWS::IAM::User\n"
        ));
        assert!(found("more.template", "Resources:\n  X: {Type: !Sub x}\n"));
    }
}
