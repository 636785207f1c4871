//! Names in Han characters: one form for simplified and traditional, which characters are the surname, and how they are
//! read. Readings find candidates; what is compared are the characters.

pub(crate) use cardex_domain::identity::form::is_written_in_han as is_written_in;
use pinyin::ToPinyin;

/// Surnames that are read otherwise than the character usually is, simplified.
const READ_AS_SURNAME: &[(&str, &str)] = &[
    ("万俟", "moqi"),
    ("乐", "yue"),
    ("仇", "qiu"),
    ("佴", "nai"),
    ("区", "ou"),
    ("单", "shan"),
    ("单于", "chanyu"),
    ("召", "shao"),
    ("员", "yun"),
    ("尉迟", "yuchi"),
    ("折", "she"),
    ("曾", "zeng"),
    ("朴", "piao"),
    ("查", "zha"),
    ("洗", "xian"),
    ("澹台", "tantai"),
    ("盖", "ge"),
    ("祭", "zhai"),
    ("种", "chong"),
    ("秘", "bi"),
    ("繁", "po"),
    ("翟", "zhai"),
    ("能", "nai"),
    ("覃", "qin"),
    ("解", "xie"),
    ("郇", "xun"),
    ("都", "du"),
    ("重", "chong"),
    ("阚", "kan"),
    ("隗", "wei"),
    ("黑", "he"),
];

/// Surnames of two characters, simplified.
const OF_TWO_CHARACTERS: &[&str] = &[
    "万俟", "上官", "东方", "东郭", "令狐", "公冶", "公孙", "公羊", "南宫", "单于", "司徒", "司空",
    "司马", "呼延", "夏侯", "太史", "太叔", "宇文", "完颜", "尉迟", "慕容", "拓跋", "欧阳", "淳于",
    "澹台", "濮阳", "申屠", "百里", "皇甫", "端木", "纳兰", "西门", "诸葛", "赫连", "轩辕", "钟离",
    "长孙", "闻人", "闾丘", "鲜于", "独孤", "第五",
];

/// Family and given name of a whole name, simplified and without blanks.
pub(crate) fn split(name: &str) -> (&str, &str) {
    let mut ends = name.char_indices().map(|(at, _)| at).skip(1);
    let (one, two) = (ends.next(), ends.next());
    match (one, two) {
        _ if OF_TWO_CHARACTERS.contains(&name) => (name, ""),
        (_, Some(two)) if OF_TWO_CHARACTERS.contains(&&name[..two]) => name.split_at(two),
        (Some(one), _) => name.split_at(one),
        (None, _) => (name, ""),
    }
}

/// How a surname is read, in pinyin without tones.
pub(crate) fn surname_reading(surname: &str) -> String {
    let known = READ_AS_SURNAME.binary_search_by_key(&surname, |(characters, _)| *characters);
    match known {
        Ok(at) => READ_AS_SURNAME[at].1.to_owned(),
        Err(_) => reading(surname),
    }
}

/// How characters are usually read, in pinyin without tones and, as names lose accents, with u for ü; what has no reading stays as it is.
pub(crate) fn reading(characters: &str) -> String {
    let mut reading = String::with_capacity(characters.len() * 2);
    for c in characters.chars() {
        match c.to_pinyin() {
            Some(read) => reading.push_str(&read.plain().replace('ü', "u")),
            None => reading.push(c),
        }
    }
    reading
}

#[cfg(test)]
mod tests;
