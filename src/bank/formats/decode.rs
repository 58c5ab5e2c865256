//! From bytes to text: UTF-8, UTF-16 and GB18030 as Windows, Excel and old editors write them.
//!
//! What is not UTF-8 is read all the same, with a warning that says as what. Bytes that are no text in any of these are
//! refused: a guess that garbles Chinese helps nobody.

use crate::problem::{Place, Problem};
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

/// A text and what it was.
#[derive(Debug)]
pub(super) struct Decoded {
    /// The text, with `\n` at the end of lines and without a byte order mark.
    pub(super) text: String,
    /// What should be known about it: a byte order mark, or another encoding than UTF-8.
    pub(super) warning: Option<Problem>,
}

/// Reads bytes as text. `file` is for the place of a problem.
pub(super) fn decode(bytes: &[u8], file: &str) -> Result<Decoded, Problem> {
    let place = || Place { file: file.to_owned(), ..Place::default() };
    let (encoding, rest, marked) = match Encoding::for_bom(bytes) {
        Some((encoding, mark)) => (encoding, &bytes[mark..], true),
        None => (guess(bytes), bytes, false),
    };
    let text = encoding.decode_without_bom_handling_and_without_replacement(rest);
    let Some(text) = text.filter(|text| !text.contains('\0')) else {
        let bad = std::str::from_utf8(bytes).err().map_or(0, |error| error.valid_up_to());
        return Err(Problem::error(place(), "not-text").found((bad + 1).to_string()));
    };
    let warning = match (encoding == UTF_8, marked) {
        (true, false) => None,
        (true, true) => Some(Problem::warning(Place { line: 1, column: 1, ..place() }, "byte-order-mark")),
        (false, _) => Some(Problem::warning(place(), "other-encoding").found(encoding.name())),
    };
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    Ok(Decoded { text, warning })
}

/// The encoding of bytes without a mark.
fn guess(bytes: &[u8]) -> &'static Encoding {
    if std::str::from_utf8(bytes).is_ok() && !bytes.contains(&0) {
        return UTF_8;
    }
    // Line ends, spaces and Latin letters of UTF-16 have a zero byte on the same side; a few ideographs on the other.
    let [even, odd] =
        [0, 1].map(|side| bytes.iter().skip(side).step_by(2).filter(|byte| **byte == 0).count());
    if even + odd > 0 {
        return if odd > even { UTF_16LE } else { UTF_16BE };
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    match detector.guess(Some(b"cn"), Utf8Detection::Allow) {
        // GBK is a part of GB18030; what else may be guessed of a few Chinese bytes is rarer among our readers.
        encoding if encoding == UTF_8 => UTF_8,
        encoding if encoding.is_single_byte() || encoding.name() == "GBK" => GB18030,
        encoding => encoding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(encoding: &'static Encoding, text: &str) -> Vec<u8> {
        encoding.encode(text).0.into_owned()
    }

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    }

    const TEXT: &str = "## 裸 Pod 在哪里？\n- [x] 还在原处\n- [ ] 在另一个节点上\n";

    #[test]
    fn what_editors_write_in_china_is_read() {
        for (bytes, warning) in [
            (TEXT.as_bytes().to_vec(), None),
            (TEXT.replace('\n', "\r\n").into_bytes(), None),
            (["\u{feff}", TEXT].concat().into_bytes(), Some("byte-order-mark")),
            (encoded(GB18030, TEXT), Some("other-encoding")),
            (utf16(TEXT, false), Some("other-encoding")),
            (utf16(TEXT, true), Some("other-encoding")),
            (utf16(&["\u{feff}", TEXT].concat(), false), Some("other-encoding")),
        ] {
            let decoded = decode(&bytes, "f").unwrap();
            assert_eq!(decoded.text, TEXT);
            assert_eq!(decoded.warning.map(|problem| problem.kind), warning);
        }
    }

    #[test]
    fn a_short_text_in_gb18030_is_chinese() {
        assert_eq!(
            decode(&encoded(GB18030, "## 问题？\n答案: 是\n"), "").unwrap().text,
            "## 问题？\n答案: 是\n"
        );
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        for bytes in [&b"a\0b\0\0\0c"[..], &[0xff; 9], b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"] {
            assert_eq!(decode(bytes, "f").unwrap_err().kind, "not-text", "{bytes:?}");
        }
    }
}
