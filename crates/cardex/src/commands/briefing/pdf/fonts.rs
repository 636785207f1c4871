//! The fonts that a list is set in: each character in the first that has it, and none in a box that stands for what no font
//! has.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cardex_playbook::language::negotiate;
use fontdb::{Database, FaceInfo, ID, Stretch, Style, Weight};
use krilla::text::Font;
use ttf_parser::Face;

/// Noto Sans, its Latin letters alone. Its licence is OFL.txt.
const LATIN: &[u8] = include_bytes!("latin.ttf");
/// Characters that no font has and that are named.
const NAMED_MAX: usize = 8;
/// How families are called that have Chinese characters as they are written in a language.
const REGIONS: [(&str, &[&str]); 2] = [
    ("zh-Hans", &[" SC", " GB", " CN"]),
    ("zh-Hant", &[" TC", " HK", " TW"]),
];

/// Why a text can't be set.
#[derive(Debug, thiserror::Error)]
pub(in super::super) enum FontError {
    /// The font that was named can't be read.
    #[error("cannot read the font {path}")]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// What was named is none.
    #[error("{0} is no font with outlines; name a .ttf, .otf or .ttc file")]
    NoFont(PathBuf),
    /// Something would not be shown.
    #[error(
        "no font here has {missing}; install one, such as Debian's {package}, or name one with --font FILE"
    )]
    Missing {
        missing: String,
        package: &'static str,
    },
}

/// Where a character stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Glyph {
    /// In which font.
    font: usize,
    /// How wide it is, in thousandths of the size.
    advance_permille: usize,
}

/// Fonts that together have every character of a text.
pub(super) struct Fonts {
    fonts: Vec<Font>,
    glyphs: BTreeMap<char, Glyph>,
    /// What none had so far.
    missing: BTreeSet<char>,
}

impl Fonts {
    /// Fonts for these characters in a text of this language: the one that is named, then the one that is brought along, then
    /// as few as will do of this machine's.
    pub(super) fn for_text(
        characters: BTreeSet<char>,
        language: &str,
        named: Option<&Path>,
    ) -> Result<Self, FontError> {
        let mut fonts = Self {
            fonts: Vec::new(),
            glyphs: BTreeMap::new(),
            missing: characters,
        };
        fonts.missing.retain(|c| !shows_nothing(*c));
        if let Some(path) = named {
            let data = std::fs::read(path).map_err(|source| FontError::Read {
                path: path.to_owned(),
                source,
            })?;
            let taken = fonts.take(&Arc::new(data), 0);
            taken.ok_or_else(|| FontError::NoFont(path.to_owned()))?;
        }
        let taken = fonts.take(&Arc::new(LATIN.to_vec()), 0);
        taken.expect("a test sets Latin letters in it");
        if !fonts.missing.is_empty() {
            fonts.take_from_the_machine(language);
        }
        match fonts.missing.is_empty() {
            true => Ok(fonts),
            false => Err(FontError::missing(&fonts.missing)),
        }
    }

    /// Takes from this font what is missing; none where it is no font with outlines.
    fn take(&mut self, data: &Arc<Vec<u8>>, index: u32) -> Option<()> {
        let face = outlines(data, index)?;
        let font = Font::new(Arc::clone(data).into(), index)?;
        let number = self.fonts.len();
        let before = self.missing.len();
        let em = usize::from(face.units_per_em());
        self.missing.retain(|c| {
            let Some(glyph) = face.glyph_index(*c) else {
                return true;
            };
            let advance = usize::from(face.glyph_hor_advance(glyph).unwrap_or_default());
            let glyph = Glyph {
                font: number,
                advance_permille: advance * 1_000 / em,
            };
            self.glyphs.insert(*c, glyph);
            false
        });
        if self.missing.len() < before {
            self.fonts.push(font);
        }
        Some(())
    }

    /// Takes what is missing from the font of this machine that has most of it, and so on.
    fn take_from_the_machine(&mut self, language: &str) {
        let mut machine = Database::new();
        machine.load_system_fonts();
        let mut faces: Vec<&FaceInfo> = machine.faces().collect();
        faces.sort_by_cached_key(|face| preference(face, language));
        let mut faces: Vec<ID> = faces.into_iter().map(|face| face.id).collect();
        while !self.missing.is_empty() {
            faces.retain(|id| self.has(&machine, *id) > 0);
            let most = faces.iter().map(|id| self.has(&machine, *id)).max();
            let best = faces
                .iter()
                .find(|id| Some(self.has(&machine, **id)) == most);
            let Some(best) = best.copied() else {
                return;
            };
            let read = |data: &[u8], index| (Arc::new(data.to_vec()), index);
            if let Some((data, index)) = machine.with_face_data(best, read) {
                self.take(&data, index);
            }
            faces.retain(|id| *id != best);
        }
    }

    /// How much of what is missing the font has.
    fn has(&self, machine: &Database, id: ID) -> usize {
        let has = machine.with_face_data(id, |data, index| {
            let face = outlines(data, index)?;
            let missing = self.missing.iter();
            Some(missing.filter(|c| face.glyph_index(**c).is_some()).count())
        });
        has.flatten().unwrap_or(0)
    }

    /// How wide a character is, in thousandths of the size.
    pub(super) fn advance_permille(&self, c: char) -> usize {
        self.glyphs
            .get(&c)
            .map_or(0, |glyph| glyph.advance_permille)
    }

    /// The text in parts that are each set in one font, with how wide they are in thousandths of the size.
    pub(super) fn runs(&self, text: &str) -> Vec<(&Font, String, usize)> {
        let mut runs: Vec<(usize, String, usize)> = Vec::new();
        for c in text.chars() {
            let Some(glyph) = self.glyphs.get(&c) else {
                continue;
            };
            match runs.last_mut().filter(|(font, ..)| *font == glyph.font) {
                Some((_, part, width)) => {
                    part.push(c);
                    *width += glyph.advance_permille;
                }
                None => runs.push((glyph.font, c.to_string(), glyph.advance_permille)),
            }
        }
        let runs = runs.into_iter();
        runs.map(|(font, part, width)| (&self.fonts[font], part, width))
            .collect()
    }
}

impl FontError {
    fn missing(missing: &BTreeSet<char>) -> Self {
        let named = missing.iter().take(NAMED_MAX);
        let mut named: Vec<String> = named
            .map(|c| format!("{c} (U+{:04X})", u32::from(*c)))
            .collect();
        if missing.len() > NAMED_MAX {
            named.push(format!("{} more", missing.len() - NAMED_MAX));
        }
        // From the first radical on, up to Hangul, and their later planes.
        let is_east_asian = |c: &char| matches!(*c, '\u{2e80}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}');
        Self::Missing {
            missing: named.join(", "),
            package: match missing.iter().any(is_east_asian) {
                true => "fonts-noto-cjk",
                false => "fonts-noto-core",
            },
        }
    }
}

/// The font, where it says how characters look rather than showing pictures of them.
fn outlines(data: &[u8], index: u32) -> Option<Face<'_>> {
    let face = Face::parse(data, index).ok()?;
    let tables = face.tables();
    let has = tables.glyf.is_some() || tables.cff.is_some();
    has.then_some(face)
}

/// What comes first among fonts that have as much: upright and regular, as the language is written, and the same everywhere.
fn preference(face: &FaceInfo, language: &str) -> impl Ord + use<> {
    let tag = negotiate(language, REGIONS.iter().map(|(tag, _)| *tag));
    let regions = REGIONS.iter().find(|(of, _)| Some(*of) == tag);
    let marks = regions.map_or(&[][..], |(_, marks)| *marks);
    let of_region = |(family, _): &(String, _)| marks.iter().any(|mark| family.ends_with(mark));
    (
        face.style != Style::Normal || face.stretch != Stretch::Normal,
        face.weight.0.abs_diff(Weight::NORMAL.0),
        !face.families.iter().any(of_region),
        face.monospaced,
        face.post_script_name.clone(),
        face.index,
    )
}

/// What is in a text and on no page: how characters join, and which of their forms is meant.
fn shows_nothing(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

#[cfg(test)]
mod tests;
