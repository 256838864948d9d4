//! Files that only say where the state is kept.

use camino::Utf8Path;

use super::file_kind::is_module_file;
use crate::hcl;

/// Whether a file of a module has one backend and nothing else, and all that it says of it is plain: no function, no
/// reference. The backend `local` is none of these, since the state that it names can be a file of the same repository.
pub fn is_backend(path: &Utf8Path, text: &str) -> bool {
    if !is_module_file(path) {
        return false;
    }
    let Ok(blocks) = hcl::parse(text) else {
        return false;
    };
    let [terraform] = blocks.as_slice() else {
        return false;
    };
    let [backend] = terraform.body.blocks.as_slice() else {
        return false;
    };
    let mut attributes = backend.body.attributes.iter();
    terraform.kind == "terraform"
        && terraform.labels.is_empty()
        && terraform.body.attributes.is_empty()
        && backend.kind == "backend"
        && backend.labels.len() == 1
        && backend.label(0) != "local"
        && backend.body.blocks.is_empty()
        && attributes.all(|attribute| attribute.value.is_literal())
}

/// Whether a file of a module says where a state is, be it the module's own or another. What is written in another syntax
/// than `.tf` files, or read by OpenTofu alone, could say it.
pub fn names_state(path: &Utf8Path, text: &str) -> bool {
    if !is_module_file(path) {
        let name = path.file_name().unwrap_or_default().to_ascii_lowercase();
        return [".tf", ".tofu"].iter().any(|part| name.contains(part));
    }
    let names = |block: &hcl::Block<'_>| ["backend", "cloud"].contains(&block.kind);
    // What cannot be read could say it too.
    hcl::parse(text).map_or(true, |blocks| {
        blocks.iter().any(|block| match block.kind {
            "terraform" => block.body.blocks.iter().any(names),
            kind => kind == "data",
        })
    })
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::is_backend;

    #[test]
    fn only_a_backend_of_literals_is_one() {
        let is = |text: &str| is_backend(Utf8Path::new("terraform/hub/backend.tf"), text);
        assert!(is("terraform {\n  backend \"s3\" {}\n}\n"));
        assert!(is(
            "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    encrypt = true\n  }\n}\n"
        ));
        for text in [
            "",
            "terraform {\n  backend \"local\" {\n    path = \"x.json\"\n  }\n}\n",
            "terraform {\n  backend \"s3\" {\n    bucket = local.bucket\n  }\n}\n",
            "terraform {\n  backend \"s3\" {\n    bucket = file(\"x\")\n  }\n}\n",
            "terraform {\n  backend \"s3\" {}\n  required_version = \"1.9\"\n}\n",
            "terraform {\n  cloud {\n    organization = \"theirs\"\n  }\n}\n",
            "terraform {\n  backend \"s3\" {}\n}\nlocals {\n  a = 1\n}\n",
            "terraform {\n  backend \"s3\" {\n    bucket = <<E\nb\nE\n  }\n}\n",
            "data \"terraform_remote_state\" \"x\" {\n  backend = \"http\"\n}\n",
        ] {
            assert!(!is(text), "{text}");
        }
        let text = "terraform {\n  backend \"s3\" {}\n}\n";
        assert!(!is_backend(Utf8Path::new("hub/backend.tofu"), text));
        assert!(!is_backend(Utf8Path::new("hub/backend.tf.json"), "{}"));
    }
}
