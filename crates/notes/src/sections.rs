//! The form of the word lists in this crate, made to be edited by people: a `[heading]`, then words apart by commas, over
//! as many lines as it takes; `#` begins a comment.

/// Every heading with its words, in the order of the text. Words before the first heading belong to none and are left out.
pub(crate) fn sections(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut sections: Vec<(&str, Vec<&str>)> = Vec::new();
    let lines = text.lines().map(str::trim);
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(heading) = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
        {
            sections.push((heading, Vec::new()));
        } else if let Some((_, words)) = sections.last_mut() {
            words.extend(
                line.split(',')
                    .map(str::trim)
                    .filter(|word| !word.is_empty()),
            );
        }
    }
    sections
}
