//! What a deployment says of its handoff kit, and the files that it names for it.

use camino::Utf8Path;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::deployment::DeploymentDoc;
use super::sink::Sink;
use super::{Document, LoadError, Origin, beside, files, texts};
use crate::diag::{Diagnostic, SourceMap, Span};
use crate::model::{Texts, shown};

/// The handoff kit: whom it is for, how it looks, what it says beyond the plan.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KitDoc {
    /// Whom the kit is for, as its title says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// Who hands it over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consultant: Option<String>,
    /// The logo of whoever hands it over, beside the deployment: an SVG, PNG or JPEG file of at most 256 KiB. It becomes a part of the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
    /// The colour of links and marks, in quotes, as `"#rrggbb"`. It is made darker or lighter until it can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accent: Option<String>,
    /// A file beside the deployment with the kit's texts in another language; `landgrant kit --texts` prints the English
    /// ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texts: Option<String>,
    /// The folder in S3 that the CloudFormation templates will be put into, as an `https://` address. The kit then has a
    /// link for each template that opens it in the AWS console.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub templates_at: Option<String>,
    /// The Region that these links open, such as `eu-central-1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Notes for whoever reads the kit, by section. An empty line starts a new paragraph.
    #[serde(default)]
    pub notes: NotesDoc,
}

/// Notes of a kit by section.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotesDoc {
    /// What this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overview: Option<String>,
    /// Who is who: the user, the groups, the accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<String>,
    /// The permission table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<String>,
    /// What a reviewer asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<String>,
    /// AWS's quotas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quotas: Option<String>,
    /// The steps of the deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deploy: Option<String>,
    /// Verification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<String>,
    /// Access keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<String>,
    /// The way back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<String>,
}

impl NotesDoc {
    /// The notes that there are, by section, in the order of the kit.
    pub fn sections(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("overview", &self.overview),
            ("accounts", &self.accounts),
            ("permissions", &self.permissions),
            ("findings", &self.findings),
            ("quotas", &self.quotas),
            ("deploy", &self.deploy),
            ("verify", &self.verify),
            ("keys", &self.keys),
            ("rollback", &self.rollback),
        ]
        .into_iter()
        .filter_map(|(section, note)| Some((section, note.as_deref()?)))
    }
}

/// The most bytes of a logo: a page that carries more is slow to open and to mail.
const LOGO_BYTES: usize = 256 * 1024;

/// The files that a kit is made with.
#[derive(Debug, Clone)]
pub struct KitFiles {
    /// The logo.
    pub logo: Option<Logo>,
    /// The texts.
    pub texts: Texts,
}

/// An image.
#[derive(Debug, Clone)]
pub struct Logo {
    /// Its media type, such as `image/png`.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Reads what a deployment names for its kit. Nothing where there is a fault.
///
/// # Errors
///
/// When a file cannot be read.
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

/// An image that browsers show, told by its first bytes, because a name can say anything.
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
