//! Pictures: how a question names one, and what a file of one really is, whatever its name says.
//!
//! A question names a picture by the name that its file has in the archive, and says in words what is on it. Only what
//! browsers show without running anything is taken: PNG, JPEG, GIF and WebP. An SVG can hold a script. A file is known by
//! the SHA-256 of its bytes, so that it is kept once, and an address that has it never means another picture.

use super::reader::{Reader, Spot};
use super::writer::Writer;
use crate::problem::{Place, Problem};
use crate::text::Text;
use imagesize::ImageType;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The longest picture, in bytes.
pub const MOST_BYTES: usize = 2 << 20;
/// The longest side of a picture, in pixels.
pub const MOST_SIDE: u32 = 6_000;
/// The most pixels of a picture.
const MOST_PIXELS: u64 = 16_000_000;
/// The longest name of a picture, in characters.
pub(super) const MAX_NAME: usize = 120;
/// What pictures may be, for messages.
const TYPES: &str = "PNG, JPEG, GIF, WebP";
/// The folder of an archive where pictures are looked for.
const FOLDER: &str = "images/";

/// The picture of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The name of its file, as in `images/pod.png`.
    pub file: String,
    /// What is on it, for whoever does not see it.
    pub alt: Text,
    /// What the name meant when the bank was taken in; `None` where the bank was only read.
    pub pinned: Option<Pinned>,
}

/// A picture, as far as a page must know it before it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    /// The SHA-256 of its bytes, in hexadecimal.
    pub hash: String,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
}

/// A file of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageFile {
    /// Its name, as questions call it.
    pub name: String,
    /// Its type.
    pub media_type: String,
    /// What is in it, in short.
    pub pinned: Pinned,
    /// What is in it.
    pub bytes: Arc<[u8]>,
}

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

/// Whether a name leads nowhere but down.
pub(super) fn leads_down(name: &str) -> bool {
    let is_fine = |part: &str| !part.is_empty() && part != ".." && part != "." && !part.contains(':');
    !name.starts_with('/') && name.trim_end_matches('/').split('/').all(is_fine)
}

/// The pictures that a name may mean, the likeliest first: `pod.png` is `images/pod.png`, too.
pub(super) fn meanings(name: &str) -> impl Iterator<Item = String> {
    [name.to_owned(), format!("{FOLDER}{name}")].into_iter()
}

/// Reads what stands under `image` of a question. What was pinned is only read from the store.
pub(super) fn read(reader: &mut Reader<'_>, at: &Spot<'_>) -> Option<Picture> {
    let known: &[&str] = match reader.is_of_store() {
        true => &["file", "alt", "hash", "width", "height"],
        false => &["file", "alt"],
    };
    if !reader.keys(at, known) {
        return None;
    }
    let file = reader.required(at, "file").and_then(|file| file_name(reader, &file));
    let alt = reader.required(at, "alt").and_then(|alt| reader.text(&alt));
    let number = |key| at.node.get(key)?.scalar()?.parse::<u32>().ok();
    let hash = at.node.get("hash").and_then(|hash| hash.as_str());
    let pinned = match (hash, number("width"), number("height")) {
        (Some(hash), Some(width), Some(height)) => Some(Pinned { hash: hash.to_owned(), width, height }),
        _ => None,
    };
    Some(Picture { file: file?, alt: alt?, pinned })
}

/// The name of a file in an archive.
fn file_name(reader: &mut Reader<'_>, at: &Spot<'_>) -> Option<String> {
    let name = reader.string(at)?;
    let is_fine = leads_down(&name)
        && name.chars().count() <= MAX_NAME
        && is_named_so(&name)
        && !name.contains(['\\', '\n', '\t', '"', '[', ']', '［', '］']);
    if !is_fine {
        reader.wrong(at, "bad-image-name", name, "images/pod.png");
        return None;
    }
    Some(name)
}

impl Picture {
    /// Writes it under `image`.
    pub(super) fn write(&self, writer: &mut Writer) {
        writer.put("file", self.file.as_str());
        writer.put_text("alt", &self.alt);
        if let Some(pinned) = self.pinned.as_ref().filter(|_| writer.is_for_store()) {
            writer.put("hash", pinned.hash.as_str());
            writer.put("width", pinned.width);
            writer.put("height", pinned.height);
        }
    }
}

impl ImageFile {
    /// Takes a file that someone sent. Only its first bytes are looked at, beside its length.
    pub(super) fn take(name: &str, bytes: Vec<u8>) -> Result<ImageFile, Fault> {
        let extension = name.rsplit_once('.').map_or("", |(_, end)| end).to_ascii_lowercase();
        let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1_000)]).to_ascii_lowercase();
        if extension.starts_with("svg") || head.contains("<svg") {
            return Err(("zip-image-svg", name.to_owned(), TYPES.to_owned()));
        }
        let Some((media_type, extensions)) = imagesize::image_type(&bytes).ok().and_then(known) else {
            return Err(("zip-image-type", name.to_owned(), TYPES.to_owned()));
        };
        if !extensions.contains(&extension.as_str()) {
            return Err(("zip-image-mislabelled", name.to_owned(), media_type.to_owned()));
        }
        if bytes.len() > MOST_BYTES {
            return Err(("zip-image-bytes", bytes.len().to_string(), MOST_BYTES.to_string()));
        }
        let size = imagesize::blob_size(&bytes).ok();
        let size =
            size.and_then(|size| Some((u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?)));
        let Some((width, height)) = size.filter(|(width, height)| *width > 0 && *height > 0) else {
            return Err(("zip-image-broken", name.to_owned(), String::new()));
        };
        if width.max(height) > MOST_SIDE || u64::from(width) * u64::from(height) > MOST_PIXELS {
            let most = format!("{MOST_SIDE}×{MOST_SIDE}, {} MP", MOST_PIXELS / 1_000_000);
            return Err(("zip-image-size", format!("{width}×{height}"), most));
        }
        let pinned = Pinned { hash: hex::encode(Sha256::digest(&bytes)), width, height };
        let media_type = media_type.to_owned();
        Ok(ImageFile { name: name.to_owned(), media_type, pinned, bytes: bytes.into() })
    }
}

/// What is wrong with the picture in this file.
pub(super) fn problem(file: &str, (kind, found, expected): Fault) -> Problem {
    let place = Place { file: file.to_owned(), ..Place::default() };
    Problem::error(place, kind).found(found).expected(expected)
}

/// The media type and the ends of names that go with a type; `None` for what is not taken.
fn known(found: ImageType) -> Option<(&'static str, &'static [&'static str])> {
    match found {
        ImageType::Png => Some(("image/png", &["png"])),
        ImageType::Gif => Some(("image/gif", &["gif"])),
        ImageType::Jpeg => Some(("image/jpeg", &["jpg", "jpeg"])),
        ImageType::Webp => Some(("image/webp", &["webp"])),
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

    fn fault(name: &str, bytes: &[u8]) -> String {
        ImageFile::take(name, bytes.to_vec())
            .map_or_else(|fault| fault.0.to_owned(), |image| image.media_type)
    }

    #[test]
    fn a_picture_is_what_its_bytes_say() {
        assert_eq!(fault("a.png", &png(10, 20)), "image/png");
        assert_eq!(fault("a.gif", b"GIF89a\x0a\0\x14\0\0\0\0"), "image/gif");
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc2\0\x0b\x08\0\x10\0\x20\x01\x01\x11\0";
        let taken = ImageFile::take("a.JPG", jpeg.to_vec()).unwrap();
        assert_eq!((taken.pinned.width, taken.pinned.height, &*taken.media_type), (32, 16, "image/jpeg"));
        assert_eq!(fault("a.webp", b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x09\0\0\x13\0\0"), "image/webp");
    }

    #[test]
    fn what_is_no_picture_or_another_one_is_refused() {
        assert_eq!(fault("a.svg", b"<svg/>"), "zip-image-svg");
        assert_eq!(fault("a.png", b"<?xml version='1.0'?><SVG onload='x()'/>"), "zip-image-svg");
        assert_eq!(fault("a.jpg", &png(1, 1)), "zip-image-mislabelled");
        assert_eq!(fault("a.png", b"<html>"), "zip-image-type");
        assert_eq!(
            fault("a.bmp", b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0"),
            "zip-image-type"
        );
        assert_eq!(fault("a.png", &png(0, 1)), "zip-image-broken");
        assert_eq!(fault("a.png", &png(50_000, 50_000)), "zip-image-size");
        assert_eq!(fault("a.png", &png(5_000, 5_000)), "zip-image-size");
        assert_eq!(fault("a.jpg", b"\xff\xd8\xff\xe0\0\0\0\0\0\0\0\0"), "zip-image-broken");
        let mut long = png(1, 1);
        long.resize(MOST_BYTES + 1, 0);
        assert_eq!(fault("a.png", &long), "zip-image-bytes");
    }
}
