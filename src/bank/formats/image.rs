//! Pictures: what they really are, whatever their names say, and how large.
//!
//! Only what browsers show without running anything is taken: PNG, JPEG, GIF and WebP. An SVG can hold a script.

use super::Image;

/// The longest picture, in bytes.
pub(super) const MOST_BYTES: usize = 2 << 20;
/// The longest side of a picture, in pixels.
const MOST_SIDE: u32 = 6_000;
/// The most pixels of a picture.
const MOST_PIXELS: u64 = 16_000_000;

/// What is wrong with a picture: the kind of problem, what was found and what was expected.
pub(super) type Fault = (&'static str, String, String);

/// Whether a name ends as that of a picture.
pub(super) fn is_named_so(name: &str) -> bool {
    let ends = [
        ".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".svgz", ".bmp", ".ico", ".tif", ".tiff", ".avif",
        ".heic",
    ];
    let name = name.to_ascii_lowercase();
    ends.iter().any(|end| name.ends_with(end))
}

/// Takes a picture.
pub(super) fn take(name: &str, bytes: Vec<u8>) -> Result<Image, Fault> {
    let extension = name.rsplit_once('.').map_or("", |(_, end)| end).to_ascii_lowercase();
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1_000)]).to_ascii_lowercase();
    if extension.starts_with("svg") || head.contains("<svg") {
        return Err(("zip-image-svg", name.to_owned(), "PNG, JPEG, GIF, WebP".to_owned()));
    }
    let Some((media_type, extensions, size)) = sniff(&bytes) else {
        return Err(("zip-image-type", name.to_owned(), "PNG, JPEG, GIF, WebP".to_owned()));
    };
    if !extensions.contains(&extension.as_str()) {
        return Err(("zip-image-mislabelled", name.to_owned(), media_type.to_owned()));
    }
    if bytes.len() > MOST_BYTES {
        return Err(("zip-image-bytes", bytes.len().to_string(), MOST_BYTES.to_string()));
    }
    match size {
        Some((width, height)) if width > 0 && height > 0 => {
            let pixels = u64::from(width) * u64::from(height);
            if width > MOST_SIDE || height > MOST_SIDE || pixels > MOST_PIXELS {
                return Err((
                    "zip-image-size",
                    format!("{width}×{height}"),
                    format!("{MOST_SIDE}×{MOST_SIDE}, {MOST_PIXELS}"),
                ));
            }
        }
        _ => return Err(("zip-image-broken", name.to_owned(), String::new())),
    }
    Ok(Image { name: name.to_owned(), media_type, bytes })
}

/// A media type, the extensions that go with it, and the width and height, where they can be found.
type Sniffed = (&'static str, &'static [&'static str], Option<(u32, u32)>);

/// What the first bytes say.
fn sniff(bytes: &[u8]) -> Option<Sniffed> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        let header = bytes.get(12..16) == Some(b"IHDR");
        let size = be32(bytes, 16).zip(be32(bytes, 20)).filter(|_| header);
        return Some(("image/png", &["png"], size));
    }
    if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        return Some(("image/gif", &["gif"], le16(bytes, 6).zip(le16(bytes, 8))));
    }
    if bytes.starts_with(b"\xff\xd8\xff") {
        return Some(("image/jpeg", &["jpg", "jpeg"], jpeg_size(bytes)));
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Some(("image/webp", &["webp"], webp_size(bytes)));
    }
    None
}

fn le16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(*bytes.get(at)?) | u32::from(*bytes.get(at + 1)?) << 8)
}

fn be16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(*bytes.get(at)?) << 8 | u32::from(*bytes.get(at + 1)?))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(be16(bytes, at)? << 16 | be16(bytes, at + 2)?)
}

fn le24(bytes: &[u8], at: usize) -> Option<u32> {
    Some(le16(bytes, at)? | u32::from(*bytes.get(at + 2)?) << 16)
}

/// Goes from marker to marker up to the one that begins a frame.
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        match *bytes.get(at + 1)? {
            0xff => at += 1,
            0xc0..=0xcf if !matches!(bytes[at + 1], 0xc4 | 0xc8 | 0xcc) => {
                return be16(bytes, at + 7).zip(be16(bytes, at + 5));
            }
            0xd9 | 0xda => return None,
            0x01 | 0xd0..=0xd8 => at += 2,
            _ => at += 2 + be16(bytes, at + 2).filter(|length| *length >= 2)? as usize,
        }
    }
}

fn webp_size(bytes: &[u8]) -> Option<(u32, u32)> {
    match bytes.get(12..16)? {
        b"VP8X" => Some((le24(bytes, 24)? + 1, le24(bytes, 27)? + 1)),
        b"VP8 " => Some((le16(bytes, 26)? & 0x3fff, le16(bytes, 28)? & 0x3fff)),
        b"VP8L" => {
            let bits = le16(bytes, 21)? | le16(bytes, 23)? << 16;
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        _ => None,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A PNG as far as anybody looks here.
    pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend([8, 6, 0, 0, 0]);
        bytes
    }

    fn fault(name: &str, bytes: &[u8]) -> &'static str {
        take(name, bytes.to_vec()).map_or_else(|fault| fault.0, |image| image.media_type)
    }

    #[test]
    fn a_picture_is_what_its_bytes_say() {
        assert_eq!(fault("a.png", &png(10, 20)), "image/png");
        assert_eq!(fault("a.gif", b"GIF89a\x0a\0\x14\0"), "image/gif");
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc2\0\x0b\x08\0\x10\0\x20\x01\x01\x11\0";
        assert_eq!(fault("a.JPG", jpeg), "image/jpeg");
        assert_eq!(jpeg_size(jpeg), Some((32, 16)));
        assert_eq!(fault("a.webp", b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x09\0\0\x13\0\0"), "image/webp");
    }

    #[test]
    fn what_is_no_picture_or_another_one_is_refused() {
        assert_eq!(fault("a.svg", b"<svg/>"), "zip-image-svg");
        assert_eq!(fault("a.png", b"<?xml version='1.0'?><SVG onload='x()'/>"), "zip-image-svg");
        assert_eq!(fault("a.jpg", &png(1, 1)), "zip-image-mislabelled");
        assert_eq!(fault("a.png", b"<html>"), "zip-image-type");
        assert_eq!(fault("a.png", &png(0, 1)), "zip-image-broken");
        assert_eq!(fault("a.png", &png(50_000, 50_000)), "zip-image-size");
        assert_eq!(fault("a.jpg", b"\xff\xd8\xff\xe0\0\0"), "zip-image-broken");
        let mut long = png(1, 1);
        long.resize(MOST_BYTES + 1, 0);
        assert_eq!(fault("a.png", &long), "zip-image-bytes");
    }
}
