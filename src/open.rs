//! Opens files: only regular ones, and not through links that lead out of a repository.
//!
//! A pull request can bring any content of the work tree, including links. The target of a link to `/proc/self/environ`
//! could be quoted in a diagnostic, and reading a named pipe would never end. So both are rejected before anything is
//! read.

#![allow(
    clippy::disallowed_methods,
    reason = "load and write open their files here"
)]

use std::fs::{File, Metadata, OpenOptions};
use std::io;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

/// The maximum number of links to follow, as in Linux.
const MOST_LINKS: usize = 40;

/// The target of a path, without links and dots.
#[derive(Debug)]
pub(crate) struct Real {
    pub(crate) path: Utf8PathBuf,
    /// Whether any link on the path is in a repository.
    is_linked: bool,
    /// Whether such a link leads out of its repository.
    strayed: bool,
}

/// Opens an input, which has to be a regular file. Links are followed within the repository that contains them.
pub(crate) fn input(path: &Utf8Path) -> io::Result<File> {
    ordinary(&inside(path)?)
}

/// Opens an input in a folder that is known to be [`inside`]. Most inputs are not links, and checking all parent
/// folders of thousands of files is slow.
pub(crate) fn input_in_folder(path: &Utf8Path) -> io::Result<File> {
    match path.is_symlink() {
        true => input(path),
        false => ordinary(path),
    }
}

/// Opens a file of an output folder, which has to be a regular file and not a link.
pub(crate) fn output(path: &Utf8Path) -> io::Result<File> {
    ordinary(path)
}

/// Opens a file of an output folder to lock it, and creates it if it does not exist.
pub(crate) fn claimed(path: &Utf8Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    open(path, &mut options)
}

/// The target of a path. Fails if a link leads out of the repository that contains it.
pub(crate) fn inside(path: &Utf8Path) -> io::Result<Utf8PathBuf> {
    let real = real(path)?;
    match real.strayed {
        true => Err(io::Error::other(
            "a symbolic link leads out of the repository; put what it leads to in its place",
        )),
        false => Ok(real.path),
    }
}

/// The target of the path of an output folder. Fails if a link in a repository is on the path, because Git does not
/// show what is behind a link.
pub(crate) fn unlinked(path: &Utf8Path) -> io::Result<Utf8PathBuf> {
    let real = real(path)?;
    match (real.strayed, real.is_linked) {
        (true, _) => inside(path),
        (false, true) => Err(io::Error::other(
            "a symbolic link in the repository leads there; name the folder that it leads to, or put that in its place",
        )),
        (false, false) => Ok(real.path),
    }
}

/// The target of a path, which need not exist. Reports a link that leads out of its repository, but does not fail.
pub(crate) fn real(path: &Utf8Path) -> io::Result<Real> {
    let mut at = Utf8Path::new(".").canonicalize_utf8()?;
    let parts = |path: &Utf8Path| -> Vec<String> {
        let parts = path.components().rev();
        parts.map(|part| part.as_str().to_owned()).collect()
    };
    let mut rest = parts(path);
    let mut repositories = Vec::new();
    let mut links = 0;
    while let Some(part) = rest.pop() {
        match Utf8Path::new(&part).components().next() {
            None | Some(Utf8Component::CurDir) => continue,
            Some(Utf8Component::ParentDir) => {
                at.pop();
                continue;
            }
            Some(_) => at.push(&part),
        }
        if let Ok(target) = at.read_link_utf8() {
            links += 1;
            if links > MOST_LINKS {
                return Err(io::Error::other("symbolic links lead in a circle"));
            }
            at.pop();
            repositories.extend(repository_of(&at).map(Utf8Path::to_owned));
            rest.extend(parts(&target));
        }
    }
    Ok(Real {
        is_linked: !repositories.is_empty(),
        strayed: repositories.iter().any(|folder| !at.starts_with(folder)),
        path: at,
    })
}

/// The innermost repository that contains a folder, whose path has no links. A checkout cannot contain a `.git`.
pub(crate) fn repository_of(folder: &Utf8Path) -> Option<&Utf8Path> {
    let mut above = folder.ancestors();
    above.find(|folder| folder.join(".git").symlink_metadata().is_ok())
}

/// Opens a regular file that is not a link. Its type is checked before it is opened, because opening a device may have
/// side effects, and again afterwards, because it may have been replaced.
fn ordinary(path: &Utf8Path) -> io::Result<File> {
    refuse_special(&path.symlink_metadata()?)?;
    open(path, OpenOptions::new().read(true))
}

fn open(path: &Utf8Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // Without the first flag, opening a named pipe waits for a writer.
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOFOLLOW;
        options.custom_flags(flags.bits().cast_signed());
    }
    let file = options.open(path)?;
    refuse_special(&file.metadata()?)?;
    Ok(file)
}

/// Rejects everything that is not a regular file. The size of a file is checked before it is read.
fn refuse_special(metadata: &Metadata) -> io::Result<()> {
    let kind = metadata.file_type();
    let what = match kind {
        _ if kind.is_file() => return Ok(()),
        _ if kind.is_dir() => "it is a folder",
        _ if kind.is_symlink() => "it is a symbolic link, and its target is not read here",
        _ => "it is a named pipe, a socket or a device, and only ordinary files are read",
    };
    Err(io::Error::other(what))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use camino::{Utf8Path, Utf8PathBuf};

    use super::{input, input_in_folder, inside, output, unlinked};

    /// A repository in a folder that has a secret beside it.
    fn tree() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let top = Utf8Path::from_path(folder.path()).unwrap().to_owned();
        for path in ["repository/.git", "repository/in", "other/.git"] {
            fs::create_dir_all(top.join(path)).unwrap();
        }
        for path in ["secret", "repository/in/file", "other/file"] {
            fs::write(top.join(path), path).unwrap();
        }
        (folder, top)
    }

    fn read(path: &Utf8Path) -> Result<String, String> {
        let file = input(path).map_err(|error| error.to_string())?;
        std::io::read_to_string(file).map_err(|error| error.to_string())
    }

    #[test]
    fn a_link_leads_nowhere_out_of_its_repository() {
        let (_folder, top) = tree();
        let repository = top.join("repository");
        for (link, target) in [
            ("file", "in/file"),
            ("in/up", "../in/file"),
            ("whole", "in"),
            ("secret", "../secret"),
            ("absolute", top.join("secret").as_str()),
            ("chain", "secret"),
            ("folder", ".."),
            // It has a repository of its own, and is another all the same.
            ("other", "../other"),
            ("environment", "/proc/self/environ"),
            ("circle", "circle"),
        ] {
            symlink(target, repository.join(link)).unwrap();
        }
        for path in ["file", "in/up", "whole/file", "in/../in/file"] {
            assert_eq!(read(&repository.join(path)).unwrap(), "repository/in/file");
            assert!(input_in_folder(&repository.join(path)).is_ok(), "{path}");
        }
        for path in [
            "secret",
            "absolute",
            "chain",
            "folder/secret",
            "folder/other/file",
            "other/file",
            "environment",
        ] {
            let said = read(&repository.join(path)).unwrap_err();
            assert!(said.contains("out of the repository"), "{path}: {said}");
        }
        assert!(inside(&repository.join("folder")).is_err());
        assert!(unlinked(&repository.join("in")).is_ok());
        for path in ["whole", "whole/below", "folder", "circle"] {
            assert!(unlinked(&repository.join(path)).is_err(), "{path}");
        }
        assert!(
            read(&repository.join("circle"))
                .unwrap_err()
                .contains("circle")
        );
    }

    #[test]
    fn a_link_outside_of_repositories_is_its_owners() {
        let (_folder, top) = tree();
        symlink("repository/in", top.join("link")).unwrap();
        assert_eq!(read(&top.join("link/file")).unwrap(), "repository/in/file");
        assert!(unlinked(&top.join("link")).is_ok());
        assert_eq!(read(&top.join("repository/../secret")).unwrap(), "secret");
    }

    #[test]
    fn only_ordinary_files_are_opened() {
        let (_folder, top) = tree();
        let socket = top.join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for path in [&socket, Utf8Path::new("/dev/zero")] {
            let said = read(path).unwrap_err();
            assert!(said.contains("only ordinary files"), "{path}: {said}");
        }
        assert!(read(&top).unwrap_err().contains("folder"));
        let link = top.join("link");
        symlink("secret", &link).unwrap();
        assert!(input(&link).is_ok());
        assert!(output(&link).unwrap_err().to_string().contains("link"));
    }
}
