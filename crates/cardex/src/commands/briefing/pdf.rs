//! The list as pages of A4 to print: no guest is left out, and none is cut by a page's end who fits on one.

mod fonts;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context as _;
use krilla::Document;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::text::TextDirection;

use super::list::{Guest, List};
use super::write::{room, said, text, title};
use crate::screen::wrap::wrap;
use fonts::Fonts;

// Everything is in points, 72 to an inch, from the upper left corner.
const PAGE_WIDTH: f32 = 595.276;
const PAGE_HEIGHT: f32 = 841.89;
const MARGIN: f32 = 50.0;
/// Where what stands between head and foot of a page begins and ends.
const BODY_TOP: f32 = MARGIN + 22.0;
const BODY_BOTTOM: f32 = PAGE_HEIGHT - MARGIN - 18.0;
/// From one line to the next, in sizes of its letters.
const LEADING: f32 = 1.35;
const TITLE_SIZE: f32 = 17.0;
const PART_SIZE: f32 = 13.0;
const GUEST_SIZE: f32 = 11.5;
const LINE_SIZE: f32 = 10.5;
const SMALL_SIZE: f32 = 8.5;
/// How far a line's words stand from the margin, behind a box to tick.
const INDENT: f32 = 18.0;
/// How thick a stroke makes letters bold, in sizes of them.
const BOLD: f32 = 0.028;

/// The pages, as a file.
pub(super) fn pdf(list: &List, font: Option<&Path>) -> anyhow::Result<Vec<u8>> {
    let language = list.words().tag;
    let fonts = Fonts::for_text(characters(list), language, font)?;
    let pages = paginate(blocks(list, &fonts));
    let mut document = Document::new();
    let metadata = Metadata::new()
        .title(title(list))
        .language(language.to_owned())
        .creator("Cardex".to_owned());
    document.set_metadata(metadata);
    let count = pages.len();
    for (number, page) in (1..).zip(&pages) {
        let size = PageSettings::from_wh(PAGE_WIDTH, PAGE_HEIGHT).expect("A4 has a size");
        let mut sheet = document.start_page_with(size);
        let mut pen = Pen {
            surface: sheet.surface(),
            fonts: &fonts,
        };
        for (top, row) in &page.rows {
            pen.row(*top, row);
        }
        if number > 1 {
            let head = format!("{} · {}", title(list), page.part);
            pen.text((MARGIN, MARGIN), SMALL_SIZE, false, &head);
        }
        let foot = PAGE_HEIGHT - MARGIN;
        pen.text((MARGIN, foot), SMALL_SIZE, false, &written(list));
        pen.text_to_the_right(foot, SMALL_SIZE, &format!("{number} / {count}"));
    }
    let finished = document.finish();
    finished
        .map_err(|error| anyhow::anyhow!("{error:?}"))
        .context("the fonts could not be put into the PDF; name another with --font")
}

fn written(list: &List) -> String {
    format!("{} {}", list.words().written, list.written)
}

/// Everything that may stand on a page: what stands in the list as text, and numbers of pages.
fn characters(list: &List) -> BTreeSet<char> {
    let text = text(list);
    let all = text.chars().chain("0123456789 /·".chars());
    all.filter(|c| !c.is_control()).collect()
}

/// A line as it stands on a page.
struct Row {
    text: String,
    size: f32,
    bold: bool,
    /// From the margin.
    indent: f32,
    /// Whether a box to tick stands before it.
    tick: bool,
    /// How much is free above it.
    above: f32,
    /// Whether a rule stands below it.
    ruled: bool,
    /// What stands at the right end of the line.
    aside: String,
}

impl Row {
    fn of(text: String, size: f32, bold: bool) -> Self {
        Self {
            text,
            size,
            bold,
            indent: 0.0,
            tick: false,
            above: 0.0,
            ruled: false,
            aside: String::new(),
        }
    }

    fn height(&self) -> f32 {
        self.above + self.size * LEADING
    }
}

/// Lines that stay together.
struct Block {
    /// The part of the list that they belong to.
    part: &'static str,
    rows: Vec<Row>,
}

/// The whole list. The name of a part stays with what stands first in it.
fn blocks(list: &List, fonts: &Fonts) -> Vec<Block> {
    let mut head = vec![Row::of(title(list), TITLE_SIZE, true)];
    let mut blocks = Vec::new();
    for (part, guests) in list.parts() {
        head.push(Row {
            above: 12.0,
            ruled: true,
            ..Row::of(format!("{part} ({})", guests.len()), PART_SIZE, true)
        });
        let mut rows = std::mem::take(&mut head);
        if guests.is_empty() {
            rows.push(Row {
                above: 4.0,
                ..Row::of(list.words().nobody.to_owned(), LINE_SIZE, false)
            });
            blocks.push(Block { part, rows });
            continue;
        }
        for guest in guests {
            rows.extend(guest_rows(guest, list, fonts));
            let rows = std::mem::take(&mut rows);
            blocks.push(Block { part, rows });
        }
    }
    blocks
}

fn guest_rows(guest: &Guest, list: &List, fonts: &Fonts) -> Vec<Row> {
    let days = guest.days(&list.date, list.words());
    let beside = width(&days, LINE_SIZE, fonts) + INDENT;
    let name = format!("{}  {}", room(guest, list), guest.guest);
    let mut rows: Vec<Row> = wrapped(&name, GUEST_SIZE, beside, fonts)
        .map(|part| Row::of(part, GUEST_SIZE, true))
        .collect();
    if let Some(first) = rows.first_mut() {
        (first.above, first.aside) = (8.0, days);
    }
    for line in &guest.lines {
        let text = match line.safety {
            true => format!("! {}", said(line, list.words())),
            false => said(line, list.words()),
        };
        let parts = wrapped(&text, LINE_SIZE, INDENT, fonts).enumerate();
        rows.extend(parts.map(|(number, part)| Row {
            indent: INDENT,
            tick: number == 0,
            above: if number == 0 { 1.5 } else { 0.0 },
            ..Row::of(part, LINE_SIZE, line.safety)
        }));
    }
    rows
}

/// The text in lines between the margins, of which so much is taken.
fn wrapped(
    text: &str,
    size: f32,
    taken: f32,
    fonts: &Fonts,
) -> impl Iterator<Item = String> + use<> {
    let free = (PAGE_WIDTH - 2.0 * MARGIN - taken) / size * 1_000.0;
    wrap(text, free as usize, |c| fonts.advance_permille(c)).into_iter()
}

fn width(text: &str, size: f32, fonts: &Fonts) -> f32 {
    let permille: usize = text.chars().map(|c| fonts.advance_permille(c)).sum();
    permille as f32 / 1_000.0 * size
}

/// A page: each line with where it begins.
#[derive(Default)]
struct Page {
    /// The part that it begins in.
    part: &'static str,
    rows: Vec<(f32, Row)>,
}

/// Puts the blocks on as many pages as they take. One that is longer than a page goes on on the next.
fn paginate(blocks: Vec<Block>) -> Vec<Page> {
    let mut pages = vec![Page::default()];
    let mut top = MARGIN;
    for Block { part, rows } in blocks {
        let height: f32 = rows.iter().map(Row::height).sum();
        let fits_on_one = height <= BODY_BOTTOM - BODY_TOP;
        let mut breaks = top + height > BODY_BOTTOM && fits_on_one;
        for row in rows {
            let is_empty = pages.last().is_some_and(|page| page.rows.is_empty());
            if (breaks || top + row.height() > BODY_BOTTOM) && !is_empty {
                pages.push(Page::default());
                top = BODY_TOP;
            }
            breaks = false;
            let page = pages.last_mut().expect("there is a first one");
            if page.rows.is_empty() {
                page.part = part;
            }
            let height = row.height();
            page.rows.push((top, row));
            top += height;
        }
    }
    pages
}

/// Draws on a page.
struct Pen<'p> {
    surface: Surface<'p>,
    fonts: &'p Fonts,
}

impl Pen<'_> {
    fn row(&mut self, top: f32, row: &Row) {
        let base = top + row.above + row.size;
        self.text((MARGIN + row.indent, base), row.size, row.bold, &row.text);
        self.text_to_the_right(base, LINE_SIZE, &row.aside);
        if row.tick {
            let side = row.size * 0.72;
            let tick = Rect::from_xywh(MARGIN + 2.0, base - side, side, side);
            self.line(|path| path.push_rect(tick.expect("its sides are not negative")));
        }
        if row.ruled {
            let below = base + row.size * 0.3;
            self.line(|path| {
                path.move_to(MARGIN, below);
                path.line_to(PAGE_WIDTH - MARGIN, below);
            });
        }
    }

    fn text(&mut self, (mut x, y): (f32, f32), size: f32, bold: bool, text: &str) {
        let stroke = bold.then(|| Stroke {
            width: size * BOLD,
            ..Stroke::default()
        });
        self.surface.set_fill(Some(Fill::default()));
        self.surface.set_stroke(stroke);
        for (font, part, permille) in self.fonts.runs(text) {
            let at = Point::from_xy(x, y);
            let direction = TextDirection::Auto;
            self.surface
                .draw_text(at, font.clone(), size, &part, false, direction);
            x += permille as f32 / 1_000.0 * size;
        }
    }

    fn text_to_the_right(&mut self, y: f32, size: f32, text: &str) {
        let x = PAGE_WIDTH - MARGIN - width(text, size, self.fonts);
        self.text((x, y), size, false, text);
    }

    fn line(&mut self, along: impl FnOnce(&mut PathBuilder)) {
        let mut path = PathBuilder::new();
        along(&mut path);
        let path = path.finish().expect("it has points");
        self.surface.set_fill(None);
        self.surface.set_stroke(Some(Stroke {
            width: 0.7,
            ..Stroke::default()
        }));
        self.surface.draw_path(&path);
    }
}

#[cfg(test)]
mod tests;
