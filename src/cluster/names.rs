//! Names and numbers that Kubernetes draws by lot, drawn here from one seeded generator.
//!
//! Sources: apiserver `pkg/storage/names/generate.go`, apimachinery `pkg/util/rand/rand.go` (the alphabet without vowels),
//! docs "Object Names and IDs".

use rand::RngExt;
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

/// The alphabet of generated names: no vowels and no 0, 1, 3, so that no words appear and nothing is misread.
const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
/// A generated name keeps this much of its prefix (63 characters in all).
pub(super) const MAX_PREFIX: usize = 58;

/// Where every lot of a run is drawn: same seed, same lots, on every machine.
#[derive(Clone, Debug)]
pub struct Lots(Pcg64Mcg);

impl Lots {
    /// A generator with this seed.
    pub fn new(seed: u64) -> Lots {
        Lots(Pcg64Mcg::seed_from_u64(seed))
    }

    /// A number below `end`; 0 if `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        // Multiply-and-shift rather than a library's sampling, whose draws may change between its versions.
        ((u128::from(self.0.random::<u64>()) * u128::from(end)) >> 64) as u64
    }

    /// `prefix` cut to 58 characters, and 5 drawn ones.
    pub fn name(&mut self, prefix: &str) -> String {
        let mut name: String = prefix.chars().take(MAX_PREFIX).collect();
        for _ in 0..5 {
            name.push(char::from(ALPHABET[self.below(27) as usize]));
        }
        name
    }

    /// A random (version 4) UUID.
    pub fn uid(&mut self) -> String {
        let (high, low) = (self.0.random::<u64>(), self.0.random::<u64>());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0x0fff,
            0x8000 | (low >> 48) & 0x3fff,
            low & 0xffff_ffff_ffff
        )
    }
}

/// The decimal digits of a 32-bit hash in the alphabet of generated names, as `pod-template-hash` shows it
/// (apimachinery `rand.SafeEncodeString`).
pub fn encode_hash(hash: u32) -> String {
    hash.to_string().bytes().map(|digit| char::from(ALPHABET[usize::from(digit) % ALPHABET.len()])).collect()
}

/// FNV-1a over 32 bits, the hash under template hashes and ControllerRevision names.
pub fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_same_lots() {
        let draw = |seed| {
            let mut lots = Lots::new(seed);
            (lots.name("web-"), lots.uid(), lots.below(1000))
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn a_generated_name_is_58_characters_of_prefix_and_5_of_the_alphabet() {
        let name = Lots::new(1).name(&"x".repeat(80));
        assert_eq!(name.len(), 63);
        assert!(name[58..].bytes().all(|b| ALPHABET.contains(&b)), "{name}");
    }

    #[test]
    fn a_uid_is_a_version_4_uuid() {
        let uid = Lots::new(1).uid();
        assert_eq!(uid.len(), 36);
        assert_eq!(&uid[14..15], "4");
        assert!("89ab".contains(&uid[19..20]), "{uid}");
    }

    #[test]
    fn the_hash_is_fnv_1a() {
        // Reference values of the published algorithm (FNV-1a, 32 bits).
        assert_eq!(fnv1a(b""), 0x811c_9dc5);
        assert_eq!(fnv1a(b"a"), 0xe40c_292c);
        assert_eq!(fnv1a(b"foobar"), 0xbf9c_f968);
        // apimachinery rand.SafeEncodeString maps each byte b to alphabet[b % 27]: '0' (48) to index 21, which is '4'.
        assert_eq!(encode_hash(1_234_567_890), "56789bcdf4");
    }
}
