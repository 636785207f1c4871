//! The list as text, Markdown and a page to print, and its words. All show the same; boxes are there to be ticked by hand.

use std::fmt::Write as _;

use cardex_playbook::language::negotiate;

use super::list::{Guest, Line, List};

/// What things are called, in one language.
pub(super) struct Words {
    pub(super) tag: &'static str,
    pub(super) arrivals: &'static str,
    pub(super) in_house: &'static str,
    pub(super) departures: &'static str,
    pub(super) departed: &'static str,
    pub(super) no_room: &'static str,
    /// Of an arrival that has happened.
    pub(super) checked_in: &'static str,
    pub(super) nobody: &'static str,
    waits: &'static str,
    /// With the time in place of the braces.
    until: &'static str,
    pub(super) written: &'static str,
}

const WORDS: [Words; 3] = [
    Words {
        tag: "en",
        arrivals: "Arrivals",
        in_house: "In house",
        departures: "Departures",
        departed: "Departed",
        no_room: "no room yet",
        checked_in: "checked in",
        nobody: "nothing to do",
        waits: "waits: do not disturb",
        until: "until {}",
        written: "as of",
    },
    Words {
        tag: "zh-Hans",
        arrivals: "到店",
        in_house: "在店",
        departures: "离店",
        departed: "已离店",
        no_room: "未排房",
        checked_in: "已入住",
        nobody: "无事项",
        waits: "暂缓：请勿打扰",
        until: "{}前",
        written: "截至",
    },
    Words {
        tag: "zh-Hant",
        arrivals: "到店",
        in_house: "在店",
        departures: "離店",
        departed: "已離店",
        no_room: "未排房",
        checked_in: "已入住",
        nobody: "無事項",
        waits: "暫緩：請勿打擾",
        until: "{}前",
        written: "截至",
    },
];

impl Words {
    /// Those of the language, or English ones.
    pub(super) fn of(language: Option<&str>) -> &'static Self {
        let [english, ..] = &WORDS;
        let tag = language.and_then(|tag| negotiate(tag, WORDS.iter().map(|words| words.tag)));
        let words = tag.and_then(|tag| WORDS.iter().find(|words| words.tag == tag));
        words.unwrap_or(english)
    }
}

pub(super) fn title(list: &List) -> String {
    let section = list.section.as_ref();
    let section = section.map_or_else(String::new, |section| format!(" · {section}"));
    let (property, department) = (&list.property, &list.department);
    format!("{property} · {department}{section} · {}", list.date)
}

pub(super) fn room<'a>(guest: &'a Guest, list: &List) -> &'a str {
    guest.room.as_deref().unwrap_or(list.words().no_room)
}

/// What the line says, until when it is to be done, and that it waits.
pub(super) fn said(line: &Line, words: &Words) -> String {
    let until = line.until.as_ref();
    let until = until.map(|until| words.until.replace("{}", until));
    let waits = line.waits.then(|| words.waits.to_owned());
    let mut said = line.text.clone();
    for mark in [until, waits].into_iter().flatten() {
        let _ = write!(said, " ({mark})");
    }
    said
}

/// As plain text.
pub(super) fn text(list: &List) -> String {
    let words = list.words();
    let mut text = format!("{}  ({} {})\n", title(list), words.written, list.written);
    for (part, guests) in list.parts() {
        let _ = writeln!(text, "\n{part} ({})", guests.len());
        if guests.is_empty() {
            let _ = writeln!(text, "  {}", words.nobody);
        }
        for guest in guests {
            let room = room(guest, list);
            let _ = writeln!(
                text,
                "\n{room}  {}  {}",
                guest.guest,
                guest.days(&list.date, words)
            );
            for line in &guest.lines {
                let mark = if line.safety { "! " } else { "" };
                let _ = writeln!(text, "  [ ] {mark}{}", said(line, words));
            }
        }
    }
    text
}

/// As Markdown.
pub(super) fn markdown(list: &List) -> String {
    let words = list.words();
    let title = plain(&title(list));
    let mut text = format!("# {title}\n\n{} {}\n", words.written, list.written);
    for (part, guests) in list.parts() {
        let _ = writeln!(text, "\n## {part} ({})", guests.len());
        if guests.is_empty() {
            let _ = writeln!(text, "\n{}", words.nobody);
        }
        for guest in guests {
            let (room, name) = (plain(room(guest, list)), plain(&guest.guest));
            let _ = writeln!(
                text,
                "\n### {room} {name}\n\n{}\n",
                guest.days(&list.date, words)
            );
            for line in &guest.lines {
                let said = plain(&said(line, words));
                let _ = match line.safety {
                    true => writeln!(text, "- [ ] **! {said}**"),
                    false => writeln!(text, "- [ ] {said}"),
                };
            }
        }
    }
    text
}

/// The text with nothing that Markdown would take for marks.
fn plain(text: &str) -> String {
    let marks = "\\`*_{}[]<>()#+-.!|~&";
    text.chars().fold(String::new(), |mut plain, c| {
        if marks.contains(c) {
            plain.push('\\');
        }
        plain.push(c);
        plain
    })
}

/// How the page looks on paper: no guest is cut by a page's end.
const STYLE: &str = "body{font:11pt/1.4 sans-serif;margin:1.5cm auto;max-width:18cm;padding:0 1em}\
h1{font-size:15pt}h2{font-size:13pt;border-bottom:1px solid}h3{font-size:11pt;margin:.8em 0 .2em}\
section>div{break-inside:avoid}ul{list-style:'\\2610  ';margin:0}.safety{font-weight:bold}.days{font-weight:normal}\
@media print{body{margin:0;max-width:none}}";

/// As a page of its own.
pub(super) fn html(list: &List) -> String {
    let words = list.words();
    let (title, tag) = (escaped(&title(list)), words.tag);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<p>{} {}</p>\n",
        words.written,
        escaped(&list.written)
    );
    for (part, guests) in list.parts() {
        let _ = writeln!(page, "<section>\n<h2>{part} ({})</h2>", guests.len());
        if guests.is_empty() {
            let _ = writeln!(page, "<p>{}</p>", words.nobody);
        }
        for guest in guests {
            let (room, name) = (escaped(room(guest, list)), escaped(&guest.guest));
            let days = escaped(&guest.days(&list.date, words));
            let _ = writeln!(
                page,
                "<div>\n<h3>{room} {name} <span class=\"days\">{days}</span></h3>\n<ul>"
            );
            for line in &guest.lines {
                let said = escaped(&said(line, words));
                let _ = match line.safety {
                    true => writeln!(page, "<li class=\"safety\">! {said}</li>"),
                    false => writeln!(page, "<li>{said}</li>"),
                };
            }
            page.push_str("</ul>\n</div>\n");
        }
        page.push_str("</section>\n");
    }
    page.push_str("</body>\n</html>\n");
    page
}

/// The text as HTML shows it.
fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, c| {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(c),
        }
        escaped
    })
}
