//! The kit settings of a deployment, and the files that they name.

use camino::Utf8Path;

use super::deployment::DeploymentDoc;
use super::sink::Sink;
use super::{Document, LoadError, Origin, beside, files, texts};
use crate::diag::{Diagnostic, SourceMap, Span};
use crate::model::{Texts, shown};

/// The maximum size of a logo in bytes: a larger page is slow to open and to mail.
const LOGO_BYTES: usize = 256 * 1024;

/// The files for a kit.
#[derive(Debug, Clone)]
pub struct KitFiles {
    pub logo: Option<Logo>,
    pub texts: Texts,
}

/// An image.
#[derive(Debug, Clone)]
pub struct Logo {
    /// Its media type, such as `image/png`.
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

/// Reads the files that a deployment names for its kit. Returns `None` if there are errors.
///
/// # Errors
///
/// Fails if a file cannot be read.
pub fn load_kit(
    sources: &mut SourceMap,
    deployment: &Document<DeploymentDoc>,
) -> Result<(Option<KitFiles>, Vec<Diagnostic>), LoadError> {
    let kit = deployment.doc.kit.clone().unwrap_or_default();
    let place = deployment.root().key("kit");
    let path = sources.file(deployment.file).name.clone();
    let path = Utf8Path::new(&path);
    let mut sink = Sink::default();
    let found = |sink: &mut Sink, name: &str, span: Span| {
        let found = beside::find(&Origin::Disk, sink, path, (name, span))?;
        if found
            .as_deref()
            .is_some_and(|found| !files::is_there(found))
        {
            beside::missing(sink, span, format!("there is no file {}", shown(name)));
            return Ok(None);
        }
        Ok(found)
    };
    let mut logo = None;
    if let Some(name) = &kit.logo {
        let span = place.key("logo").span();
        if let Some(path) = found(&mut sink, name, span)? {
            let bytes = files::read_bytes(&path)?;
            logo = check_logo(&mut sink, name, span, bytes);
        }
    }
    let mut texts = Texts::english().clone();
    if let Some(name) = &kit.texts
        && let Some(path) = found(&mut sink, name, place.key("texts").span())?
    {
        let file = sources.add(path.as_str(), files::read(&path)?);
        match texts::read(file, &sources.file(file).text) {
            Ok(read) => texts = read,
            Err(faults) => faults.into_iter().for_each(|fault| sink.push(fault)),
        }
    }
    let faulty = sink.has_errors();
    let files = (!faulty).then_some(KitFiles { logo, texts });
    Ok((files, sink.into_diagnostics()))
}

/// An image format that browsers support, detected by the first bytes, since the file extension may be wrong.
fn check_logo(sink: &mut Sink, name: &str, span: Span, bytes: Vec<u8>) -> Option<Logo> {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]);
    let media_type = match bytes.as_slice() {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        _ if start.contains("<svg") => Some("image/svg+xml"),
        _ => None,
    };
    let Some(media_type) = media_type else {
        sink.push(
            Diagnostic::error(
                "bad-logo",
                span,
                format!("{} is no image that a page can show", shown(name)),
            )
            .why("its first bytes are those of no SVG, PNG or JPEG file")
            .help("save the logo as SVG or PNG"),
        );
        return None;
    };
    if bytes.len() > LOGO_BYTES {
        sink.push(
            Diagnostic::error(
                "bad-logo",
                span,
                format!(
                    "{} has {} bytes, and a logo may have {LOGO_BYTES}",
                    shown(name),
                    bytes.len()
                ),
            )
            .why("the logo is a part of the page, which is mailed and opened on phones")
            .help("save it smaller, or as SVG"),
        );
        return None;
    }
    Some(Logo { media_type, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_is_an_image_of_a_size_that_can_be_mailed() {
        let mut sources = SourceMap::default();
        let span = Span {
            file: sources.add("landgrant.yaml", ""),
            start: 0,
            end: 0,
        };
        let checked = |mut bytes: Vec<u8>, size: usize| {
            bytes.resize(size, b' ');
            let mut sink = Sink::default();
            let logo = check_logo(&mut sink, "logo", span, bytes);
            assert_eq!(logo.is_none(), sink.has_errors());
            logo.map(|logo| logo.media_type)
        };
        let svg = b"<?xml version=\"1.0\"?>\n<svg/>".to_vec();
        assert_eq!(checked(svg.clone(), LOGO_BYTES), Some("image/svg+xml"));
        assert_eq!(checked(svg, LOGO_BYTES + 1), None);
        assert_eq!(checked(b"\x89PNG\r\n".to_vec(), 100), Some("image/png"));
        assert_eq!(
            checked(b"\xff\xd8\xff\xe0".to_vec(), 100),
            Some("image/jpeg")
        );
        assert_eq!(checked(b"GIF89a".to_vec(), 100), None);
        assert_eq!(checked(Vec::new(), 0), None);
    }
}
