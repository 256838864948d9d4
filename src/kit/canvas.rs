//! Boxes, frames and arrows as an SVG. Colours are those of the page, and others where there is no page around it.

use std::fmt::Write as _;

use crate::render::html::escape;

/// The height of a box.
pub(super) const BOX: usize = 46;
/// Between two boxes.
pub(super) const GAP: usize = 12;
/// Between a frame and what is in it.
pub(super) const PAD: usize = 14;

const TITLE: usize = 13;
const SMALL: usize = 11;

/// What stands in a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    /// The upper line.
    pub(super) title: String,
    /// The lower line; may be empty.
    pub(super) small: String,
    /// Whether the box stands for several.
    pub(super) many: bool,
}

impl Label {
    /// One thing.
    pub(super) fn one(title: impl Into<String>, small: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            small: small.into(),
            many: false,
        }
    }

    /// Several things.
    pub(super) fn many(title: impl Into<String>, small: impl Into<String>) -> Self {
        Self {
            many: true,
            ..Self::one(title, small)
        }
    }
}

/// An SVG as it is drawn.
pub(super) struct Canvas {
    svg: String,
    kind: &'static str,
}

impl Canvas {
    /// An empty picture. `kind` is its class on the page, and sets its ids apart from those of other pictures.
    pub(super) fn new(
        kind: &'static str,
        title: &str,
        description: &str,
        width: usize,
        height: usize,
    ) -> Self {
        let (title, description) = (escape(title), escape(description));
        let mut svg = String::new();
        let _ = writeln!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"{kind}\" viewBox=\"-1 0 {} {height}\" width=\"{}\" \
             height=\"{height}\" role=\"img\" aria-labelledby=\"{kind}-title {kind}-description\" \
             font-family=\"system-ui, sans-serif\">\
             <title id=\"{kind}-title\">{title}</title><desc id=\"{kind}-description\">{description}</desc>\
             <defs><marker id=\"{kind}-tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
             orient=\"auto\"><path d=\"M0 0L8 4L0 8Z\" fill=\"var(--accent, #1f5fa8)\"/></marker></defs>",
            width + 2,
            width + 2,
        );
        Self { svg, kind }
    }

    /// A dashed frame with a title at its top.
    pub(super) fn frame(&mut self, x: usize, y: usize, width: usize, height: usize, title: &str) {
        let _ = writeln!(
            self.svg,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"none\" \
             stroke=\"var(--firm, #85868a)\" stroke-dasharray=\"4 3\"/>"
        );
        self.word(x + PAD, y + 20, title, width - 2 * PAD);
    }

    /// A box with what stands in it, and behind it the edge of another one where it stands for several.
    pub(super) fn boxed(&mut self, x: usize, y: usize, width: usize, label: &Label, strong: bool) {
        let (fill, stroke) = if strong {
            ("var(--accent, #1f5fa8)", "var(--accent, #1f5fa8)")
        } else {
            ("var(--panel, #f6f6f4)", "var(--firm, #85868a)")
        };
        let (ink, quiet) = if strong {
            ("var(--on-accent, #ffffff)", "var(--on-accent, #ffffff)")
        } else {
            ("var(--ink, #1c1d1f)", "var(--quiet, #595c62)")
        };
        let _ = write!(self.svg, "<g><title>{}", escape(&label.title));
        if !label.small.is_empty() {
            let _ = write!(self.svg, ", {}", escape(&label.small));
        }
        self.svg.push_str("</title>");
        if label.many {
            let _ = write!(
                self.svg,
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{BOX}\" rx=\"6\" fill=\"{fill}\" stroke=\"{stroke}\"/>",
                x + 5,
                y + 5,
                width - 5
            );
        }
        let width = if label.many { width - 5 } else { width };
        let _ = write!(
            self.svg,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{BOX}\" rx=\"6\" fill=\"{fill}\" stroke=\"{stroke}\"/>"
        );
        let room = width - 22;
        let title_y = if label.small.is_empty() {
            y + 28
        } else {
            y + 20
        };
        self.text(x + 11, title_y, &label.title, TITLE, room, ink, 600);
        self.text(x + 11, y + 36, &label.small, SMALL, room, quiet, 400);
        self.svg.push_str("</g>\n");
    }

    /// A word beside an arrow.
    pub(super) fn word(&mut self, x: usize, y: usize, text: &str, room: usize) {
        self.text(x, y, text, SMALL, room, "var(--quiet, #595c62)", 400);
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a text has a place, a size and a look"
    )]
    fn text(
        &mut self,
        x: usize,
        y: usize,
        text: &str,
        size: usize,
        room: usize,
        fill: &str,
        weight: usize,
    ) {
        if text.is_empty() {
            return;
        }
        let text = escape(&cut(text, size, room));
        let _ = write!(
            self.svg,
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" font-weight=\"{weight}\" fill=\"{fill}\">{text}</text>"
        );
    }

    /// From the left, by way of a vertical line, to a box at the right.
    pub(super) fn elbow(&mut self, x: usize, y: usize, bend: usize, to_y: usize, to_x: usize) {
        self.path(&format!("M{x} {y}H{bend}V{to_y}H{to_x}"));
    }

    /// From above, down a vertical line, to a box at its right.
    pub(super) fn branch(&mut self, x: usize, y: usize, to_y: usize, to_x: usize) {
        self.path(&format!("M{x} {y}V{to_y}H{to_x}"));
    }

    /// From above, down to a box.
    pub(super) fn down(&mut self, x: usize, y: usize, to_y: usize) {
        self.path(&format!("M{x} {y}V{to_y}"));
    }

    fn path(&mut self, path: &str) {
        let _ = writeln!(
            self.svg,
            "<path d=\"{path}\" fill=\"none\" stroke=\"var(--accent, #1f5fa8)\" stroke-width=\"1.5\" \
             marker-end=\"url(#{}-tip)\"/>",
            self.kind
        );
    }

    /// The whole picture.
    pub(super) fn done(mut self) -> String {
        self.svg.push_str("</svg>\n");
        self.svg
    }
}

/// As much of a text as has room. No font is at hand, so that letters are taken to be broad: 0.62 of their height, and
/// those beyond ASCII as broad as high.
fn cut(text: &str, size: usize, room: usize) -> String {
    let breadth = |c: char| if c.is_ascii() { size * 62 } else { size * 105 };
    let whole: usize = text.chars().map(breadth).sum();
    if whole <= room * 100 {
        return text.to_owned();
    }
    let mut left = (room * 100).saturating_sub(size * 105);
    let mut kept = String::new();
    for character in text.chars() {
        let Some(rest) = left.checked_sub(breadth(character)) else {
            break;
        };
        left = rest;
        kept.push(character);
    }
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_room_is_cut_and_stays_readable() {
        assert_eq!(cut("svc-micetro", TITLE, 160), "svc-micetro");
        assert_eq!(
            cut("svc-micetro-of-the-whole-company", TITLE, 160),
            "svc-micetro-of-the…"
        );
        assert_eq!(cut("日本語の名前です", SMALL, 50), "日本語…");
    }

    #[test]
    fn the_whole_name_is_in_the_title_and_is_text() {
        let mut canvas = Canvas::new("broad", "<t>", "d", 100, 50);
        canvas.boxed(0, 0, 60, &Label::one("</title><script>", "a&b"), false);
        let svg = canvas.done();
        assert!(
            svg.contains("<g><title>&lt;/title&gt;&lt;script&gt;, a&amp;b</title>"),
            "{svg}"
        );
        assert!(!svg.contains("<script>") && !svg.contains("<t>"), "{svg}");
    }
}
