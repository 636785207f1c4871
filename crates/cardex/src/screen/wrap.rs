//! Text over several lines.

/// The text in parts of at most this width, each character as wide as `of` says: between words where there are any, else
/// between characters, as Chinese is.
pub(crate) fn wrap(text: &str, width: usize, of: impl Fn(char) -> usize) -> Vec<String> {
    let measure = |text: &str| text.chars().map(&of).sum::<usize>();
    let (mut parts, mut part) = (Vec::new(), String::new());
    for c in text.chars() {
        if measure(&part) + of(c) > width && !part.is_empty() {
            let rest = match part.rfind(' ') {
                Some(blank) if c != ' ' => part.split_off(blank + 1),
                _ => String::new(),
            };
            parts.push(part.trim_end().to_owned());
            part = rest;
        }
        if !(c == ' ' && part.is_empty() && !parts.is_empty()) {
            part.push(c);
        }
    }
    parts.push(part);
    parts
}
