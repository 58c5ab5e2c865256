//! The look keeps its promises: colors that can be read in both schemes, and nothing that the Content-Security-Policy forbids.

use std::collections::BTreeMap;

const BASE: &str = include_str!("../static/base.css");
const SHEETS: [(&str, &str); 4] = [
    ("base.css", BASE),
    ("admin.css", include_str!("../static/admin.css")),
    ("player.css", include_str!("../static/player.css")),
    ("study.css", include_str!("../static/study.css")),
];

/// WCAG 2.2, 1.4.3: text against what is behind it.
const TEXT: f64 = 4.5;

/// WCAG 2.2, 1.4.11: marks and edges that carry meaning.
const MARK: f64 = 3.0;

/// What stands on what, with how much contrast.
const PAIRS: [(&str, &[&str], f64); 17] = [
    ("ink", &["paper", "card", "soil", "bean-soft", "rose-soft", "amber-soft", "straw", "shell"], TEXT),
    ("quiet", &["paper", "card", "soil", "bean-soft", "rose-soft"], TEXT),
    ("bean", &["paper", "card", "soil", "bean-soft"], TEXT),
    ("bean-deep", &["paper", "card", "bean-soft"], TEXT),
    ("on-bean", &["bean", "bean-deep"], TEXT),
    ("rose", &["paper", "card", "soil", "rose-soft"], TEXT),
    ("on-rose", &["rose"], TEXT),
    ("amber", &["paper", "card", "soil", "amber-soft"], TEXT),
    ("slate", &["paper", "card", "soil"], TEXT),
    ("edge", &["paper", "card"], MARK),
    ("shell-line", &["paper", "card", "soil"], MARK),
    ("pea", &["shell", "card", "soil"], MARK),
    ("pea-shine", &["pea"], MARK),
    ("furrow", &["card", "soil", "straw"], MARK),
    ("rose", &["shell"], 1.5),
    ("focus", &["paper", "card", "soil"], MARK),
    ("ink", &["hatch"], TEXT),
];

type Tokens = BTreeMap<String, [u8; 3]>;

/// The hexadecimal colors of the custom properties, in light and in dark.
fn schemes() -> [(&'static str, Tokens); 2] {
    let (light, dark) =
        BASE.split_once("@media (prefers-color-scheme: dark)").expect("base.css has a dark scheme");
    let dark = dark.split_once("/* Type.").expect("type follows color").0;
    let tokens = |css: &str| -> Tokens {
        css.lines()
            .filter_map(|line| line.trim().strip_prefix("--")?.strip_suffix(';')?.split_once(": #"))
            .map(|(name, hex)| {
                let value = u32::from_str_radix(hex, 16).unwrap_or_else(|_| panic!("--{name}: #{hex}"));
                let [_, red, green, blue] = value.to_be_bytes();
                (name.to_owned(), [red, green, blue])
            })
            .collect()
    };
    [("light", tokens(light)), ("dark", tokens(dark))]
}

/// WCAG 2.2, "relative luminance".
fn luminance(color: [u8; 3]) -> f64 {
    let [red, green, blue] = color.map(|channel| {
        let part = f64::from(channel) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn what_is_written_can_be_read_in_light_and_in_dark() {
    let mut weak = Vec::new();
    for (scheme, tokens) in schemes() {
        for (front, backs, least) in PAIRS {
            for back in backs {
                let ratio = contrast(tokens[front], tokens[*back]);
                if ratio < least {
                    weak.push(format!("{scheme}: {front} on {back} is {ratio:.2}, not {least}"));
                }
            }
        }
    }
    assert!(weak.is_empty(), "{}", weak.join("\n"));
}

#[test]
fn dark_has_every_color_that_light_has() {
    let [(_, light), (_, dark)] = schemes();
    assert_eq!(light.keys().collect::<Vec<_>>(), dark.keys().collect::<Vec<_>>());
}

#[test]
fn black_on_white_is_twenty_one_to_one() {
    assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 1e-9);
}

#[test]
fn style_sheets_use_only_colors_that_are_named_and_fetch_nothing() {
    for (name, css) in SHEETS {
        let rules = css.split_once("/* Type.").map_or(css, |(_, rules)| rules);
        assert!(!rules.contains("url("), "{name} fetches something");
        for line in rules.lines().filter(|line| !line.contains("@media print") && !line.contains(":root")) {
            assert!(!line.contains(": #"), "{name} has a color without a name: {line}");
        }
        for word in css.split("var(--").skip(1) {
            let used = word.split([')', ',']).next().unwrap_or_default();
            assert!(
                SHEETS.iter().any(|(_, sheet)| sheet.contains(&format!("--{used}:"))),
                "{name} uses --{used}, which nobody sets"
            );
        }
    }
}
