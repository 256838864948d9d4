//! A colour that can be read: made darker on white and lighter on nearly black until its contrast suffices.

use crate::render::kit_view::AccentView;

/// The least contrast of text to what is behind it (WCAG 2.2, success criterion 1.4.3).
const CONTRAST: f64 = 4.5;

/// What stands behind text on a light and on a dark screen. Tinted panels are a little nearer to the text than white and
/// black are, so these are such panels.
const LIGHT: [u8; 3] = [0xf3, 0xf5, 0xf7];
const DARK: [u8; 3] = [0x1e, 0x25, 0x2c];

/// Used where the deployment names none.
const OWN: [u8; 3] = [0x0b, 0x5c, 0xad];

pub(super) fn view(accent: Option<[u8; 3]>) -> AccentView {
    let accent = accent.unwrap_or(OWN);
    AccentView {
        light: hex(readable(accent, LIGHT, 0)),
        dark: hex(readable(accent, DARK, 255)),
    }
}

/// The colour, mixed with black or white as little as makes it readable.
fn readable(colour: [u8; 3], behind: [u8; 3], with: u8) -> [u8; 3] {
    (0..=100u32)
        .map(|percent| colour.map(|part| mix(part, with, percent)))
        .find(|mixed| contrast(*mixed, behind) >= CONTRAST)
        .unwrap_or([with; 3])
}

fn mix(part: u8, with: u8, percent: u32) -> u8 {
    let mixed = (u32::from(part) * (100 - percent) + u32::from(with) * percent) / 100;
    u8::try_from(mixed).unwrap_or(with)
}

/// The contrast ratio of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio").
fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The relative luminance of a colour, from 0 to 1 (WCAG 2.2, "relative luminance").
fn luminance(colour: [u8; 3]) -> f64 {
    let [red, green, blue] = colour.map(|part| {
        let part = f64::from(part) / 255.0;
        match part <= 0.04045 {
            true => part / 12.92,
            false => ((part + 0.055) / 1.055).powf(2.4),
        }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_colour_can_be_read_on_both() {
        for colour in [[0; 3], [255; 3], [255, 255, 0], [0, 0, 255], [119; 3]] {
            assert!(contrast(readable(colour, LIGHT, 0), LIGHT) >= CONTRAST);
            assert!(contrast(readable(colour, DARK, 255), DARK) >= CONTRAST);
        }
        assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 0.01);
    }

    #[test]
    fn a_colour_that_can_be_read_stays() {
        assert_eq!(view(Some([0x00, 0x40, 0x80])).light, "#004080");
    }
}
