//! By which title a guest is called, whatever language somebody wrote it in.

use cardex_domain::event::Name;

/// None that these words have a form for, or no family name that it could stand with.
pub(super) const OTHER: &str = "other";

/// What words select by, and how people write it.
const TITLES: [(&str, &[&str]); 6] = [
    ("mr", &["mr", "sir", "先生"]),
    ("ms", &["ms", "madam", "女士"]),
    ("mrs", &["mrs", "太太", "夫人"]),
    ("miss", &["miss", "小姐"]),
    ("dr", &["dr", "doctor", "博士"]),
    ("prof", &["prof", "professor", "教授"]),
];

/// The title that words call a guest of that name by.
pub(super) fn of(name: &Name) -> &'static str {
    let (Some(title), Some(_)) = (&name.title, &name.family) else {
        return OTHER;
    };
    let written = title.trim().trim_end_matches('.').to_lowercase();
    let known = TITLES.iter().find(|(_, words)| words.contains(&&*written));
    known.map_or(OTHER, |(title, _)| title)
}
