//! What is wrong with templates of the user's own: names and paths, syntax, what they refer to, work without an end.

use std::collections::{BTreeMap, BTreeSet};

use tera::{ErrorKind, Tera};

use super::custom::{ACCOUNT, Custom};
use super::syntax::Syntax;
use super::templates::{FILES, TEMPLATES, Template};
use super::{engine, faults, meter};
use crate::diag::{Diagnostic, FileId, did_you_mean};
use crate::limits;

/// Takes templates, each with its name, which is its path in their folder without `.tera`, and tells what is wrong
/// with them: names and paths, then syntax, then what they refer to. One that is as in the binary is left out.
pub fn custom_templates(
    templates: impl IntoIterator<Item = (String, FileId, String)>,
) -> (Custom, Vec<Diagnostic>) {
    let own = |(name, _, text): &(String, FileId, String)| {
        let same = |known: &Template| known.name == name && known.text == text;
        !TEMPLATES.iter().any(same)
    };
    let templates = templates.into_iter().filter(own);
    let custom: Custom = templates.collect();
    let mut faults: Vec<Diagnostic> = custom
        .names()
        .filter_map(|name| misnamed(&custom, name))
        .collect();
    for (name, text) in custom.texts() {
        let crowded = meter::crowded(text).into_iter();
        faults.extend(crowded.filter_map(|one| faults::of_unbounded(&custom, name, one)));
    }
    // What Tera says of those would fill the memory.
    if !faults.is_empty() {
        return (custom, faults);
    }
    let syntax = custom.texts().filter_map(|(name, text)| {
        let mut tera = Tera::new();
        match tera.add_raw_template(name, text) {
            Err(error) if matches!(error.kind(), ErrorKind::SyntaxError(_)) => Some(error),
            _ => None,
        }
    });
    for error in syntax {
        faults.extend(faults::of_compiling(&custom, &error));
    }
    if faults.is_empty() {
        faults.extend(too_deep(&custom));
    }
    // What includes a template with a fault has one too, and that is no news.
    if faults.is_empty() {
        for syntax in Syntax::ALL {
            let used = custom
                .names()
                .any(|name| Syntax::from_file_name(name) == Some(syntax));
            if used && let Err(error) = engine::compile(syntax, &custom, false) {
                faults.extend(faults::of_compiling(&custom, &error));
            }
        }
    }
    if faults.is_empty() {
        for (name, text) in custom.texts() {
            let unbounded = meter::metered(text).err().into_iter().flatten();
            faults.extend(unbounded.filter_map(|one| faults::of_unbounded(&custom, name, one)));
        }
    }
    (custom, faults)
}

/// A template that leads through too many others: each takes room on the stack while it is rendered.
fn too_deep(custom: &Custom) -> Option<Diagnostic> {
    let mut level: BTreeSet<&str> = custom.names().collect();
    if level.len() > limits::TEMPLATES {
        let span = custom.span(level.first()?, None)?;
        let message = format!("more than {} templates", limits::TEMPLATES);
        return Some(
            Diagnostic::error("template-unbounded", span, message)
                .help("merge templates that belong together"),
        );
    }
    let parts: BTreeMap<&str, Vec<&str>> = custom
        .texts()
        .map(|(name, text)| (name, meter::parts_of(text)))
        .collect();
    let (mut depth, mut too_deep) = (0, None);
    while let Some(first) = level.first().copied() {
        if depth == limits::INCLUDES {
            too_deep = Some(first);
        }
        // They lead in a circle, and Tera tells that.
        if depth > limits::TEMPLATES {
            return None;
        }
        depth += 1;
        let next = level.iter().filter_map(|name| parts.get(name)).flatten();
        level = next
            .copied()
            .filter(|name| parts.contains_key(name))
            .collect();
    }
    let span = custom.span(too_deep?, None)?;
    let message = format!(
        "templates include or extend one another more than {} levels deep",
        limits::INCLUDES
    );
    Some(
        Diagnostic::error("template-unbounded", span, message)
            .help("merge templates that belong together"),
    )
}

fn misnamed(custom: &Custom, name: &str) -> Option<Diagnostic> {
    let span = custom.span(name, None)?;
    let shown = name.escape_debug();
    if let Some(why) = refused_name(name) {
        let message = format!("a template cannot be called `{shown}`");
        return Some(Diagnostic::error("template-name", span, message).why(why));
    }
    if Syntax::from_file_name(name).is_none() {
        let message = format!("`{shown}` is not a kind of file that templates can render");
        let fault = Diagnostic::error("template-kind", span, message)
                .why("how a value is written so that it cannot be taken for code depends on the kind of file")
                .help(format!("the kinds are {}", Syntax::EXTENSIONS));
        return Some(fault);
    }
    if let Some(path) = name.strip_prefix(FILES) {
        let why = refused_path(path)?;
        let message = format!("no file `{path}` can be added to the rendered ones");
        return Some(Diagnostic::error("template-path", span, message).why(why));
    }
    let built_in = TEMPLATES.iter().any(|template| template.name == name);
    let quoted = [format!("\"{name}\""), format!("'{name}'")];
    let included = || {
        let mut texts = custom.texts();
        texts.any(|(_, text)| quoted.iter().any(|quoted| text.contains(quoted)))
    };
    if built_in || included() {
        return None;
    }
    let fault = Diagnostic::error(
        "unknown-template",
        span,
        format!("there is no template `{name}` to replace, and none of yours includes it"),
    );
    let names = TEMPLATES.iter().map(|template| template.name);
    Some(match did_you_mean(name, names) {
            Some(near) => fault.help(format!("did you mean `{near}`?")),
            None => fault.help(
                "`landgrant templates list` has the names; a template that renders a file of its own is below `files`",
            ),
        })
}

/// Why no template may have this name, on any system.
fn refused_name(name: &str) -> Option<&'static str> {
    let known = |c: char| c.is_ascii_alphanumeric() || "._-+@".contains(c);
    let plain = name.replace(ACCOUNT, "0");
    plain.split('/').find_map(|part| {
        if part.is_empty() || part.starts_with('.') || part.ends_with('.') {
            return Some(
                "a name is not empty, and has no dot at either end: such names are those of tools",
            );
        }
        let odd = !part.chars().all(known);
        odd.then_some("a name has letters, digits and . _ - + @, and the account as {account}")
    })
}

/// Why no file of this path may be added: read-back has to see what it would do.
fn refused_path(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or_default();
    let (stem, _) = name.rsplit_once('.')?;
    let of_terraform = |part: &str| part.starts_with("tf") || part.starts_with("tofu");
    if stem.split('.').skip(1).any(of_terraform) {
        return Some(
            "of what Terraform and OpenTofu read, read-back reads .tf files and no others",
        );
    }
    if name.ends_with(".tf") && (stem == "override" || stem.ends_with("_override")) {
        return Some("Terraform would let it override what is rendered");
    }
    path.to_ascii_lowercase()
        .starts_with("cloudformation/import/")
        .then_some("that folder is where `landgrant adopt` writes")
}

#[cfg(test)]
mod tests {
    use super::{refused_name, refused_path};

    #[test]
    fn a_path_stays_in_the_folder_and_is_no_input_of_a_tool() {
        let refused = |path: &str| refused_name(path).or_else(|| refused_path(path));
        for path in [
            "README.md",
            "terraform/targets/{account}/backend.tf",
            "cloudformation/notes-{account}.md",
            "a+b@c_1/x.yaml",
        ] {
            assert_eq!(refused(path), None, "{path}");
        }
        for path in [
            "../x.md",
            "a/../../x.md",
            "/x.md",
            "a//x.md",
            ".terraform/modules/modules.json",
            "a/.x.md",
            "a b.md",
            "a\\b.md",
            "a\u{1b}[31m.md",
            "{name}.md",
            "ä.md",
            "terraform/hub/terraform.tfvars.json",
            "terraform/hub/main.tf.json",
            "terraform/hub/main.tofu.json",
            "terraform/hub/x.tftest.json",
            "terraform/hub/override.tf",
            "terraform/hub/main_override.tf",
            "cloudformation/import/222222222222.template.json",
            "CloudFormation/Import/{account}.template.json",
        ] {
            assert!(refused(path).is_some(), "{path}");
        }
    }
}
