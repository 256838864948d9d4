//! Which files Terraform and OpenTofu read as a part of a module.

use camino::Utf8Path;

/// Whether Terraform or OpenTofu reads the file as a part of a module.
pub(super) fn is_terraform(path: &Utf8Path) -> bool {
    let endings = [".tf", ".tofu", ".tf.json", ".tofu.json"];
    let name = path.file_name().unwrap_or_default();
    !is_ignored(name) && endings.iter().any(|ending| name.ends_with(ending))
}

/// Whether it is one of the files of a module that are read back.
pub(super) fn is_module_file(path: &Utf8Path) -> bool {
    path.extension() == Some("tf") && !is_ignored(path.file_name().unwrap_or_default())
}

/// Names that Terraform passes over: of hidden files. Those that editors leave end in none of its extensions.
fn is_ignored(name: &str) -> bool {
    name.starts_with('.')
}

/// What a file of a module does to other files of it, whatever stands in it.
pub(super) fn changes_others(
    path: &Utf8Path,
    is_rendered: &dyn Fn(&Utf8Path) -> bool,
) -> Option<&'static str> {
    let name = path.file_name().unwrap_or_default();
    let stem = name.trim_end_matches(".json");
    let (stem, extension) = stem.rsplit_once('.').unwrap_or((stem, ""));
    // Terraform merges what is in it into other files.
    if stem == "override" || stem.ends_with("_override") {
        return Some("it overrides what is rendered");
    }
    // OpenTofu reads it, and not the other one of the name.
    let is_beside =
        |extension: &&str| is_rendered(&path.with_file_name(format!("{stem}.{extension}")));
    match extension == "tofu" && ["tf", "tf.json"].iter().any(is_beside) {
        true => Some("it replaces what is rendered"),
        false => None,
    }
}
