//! One look over the bytes before anything is read into types: depth, repeated names and raw control characters,
//! without recursion and within fixed bounds. The grammar itself is left to the parser.

use std::borrow::Cow;

use crate::limits::{DEPTH_MAX_LEVELS, OBJECT_MAX_MEMBERS};
use crate::reject::{Reject, RejectCode};

/// An object or array that is open.
#[derive(Clone, Copy)]
struct Frame {
    object: bool,
    /// Where the object's names begin among those collected.
    names_from: usize,
}

/// Holds `text` to the bounds that do not depend on what it means.
pub(crate) fn check(text: &str) -> Result<(), Reject> {
    let bytes = text.as_bytes();
    let mut frames: [Frame; DEPTH_MAX_LEVELS] = [Frame {
        object: false,
        names_from: 0,
    }; DEPTH_MAX_LEVELS];
    let mut depth = 0;
    let mut names: Vec<Cow<'_, str>> = Vec::with_capacity(32);
    let mut name_next = false;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            open @ (b'{' | b'[') => {
                let Some(frame) = frames.get_mut(depth) else {
                    let rule = format!("byte {at}: at most {DEPTH_MAX_LEVELS} levels of nesting");
                    return Err(Reject::whole(RejectCode::TooDeep, &rule));
                };
                *frame = Frame {
                    object: open == b'{',
                    names_from: names.len(),
                };
                name_next = frame.object;
                depth += 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                names.truncate(frames[depth].names_from);
                name_next = false;
            }
            b',' => name_next = depth > 0 && frames[depth - 1].object,
            b'"' => {
                let end = string_end(bytes, at)?;
                if name_next {
                    let from = frames[depth - 1].names_from;
                    names.push(new_name(&text[at..=end], &names[from..], at)?);
                    name_next = false;
                }
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

/// The name quoted in `quoted`, if none of the object's names so far is the same.
fn new_name<'a>(
    quoted: &'a str,
    before: &[Cow<'a, str>],
    at: usize,
) -> Result<Cow<'a, str>, Reject> {
    let inner = &quoted[1..quoted.len() - 1];
    let name = if inner.contains('\\') {
        let unescaped = serde_json::from_str::<String>(quoted);
        Cow::Owned(unescaped.map_err(|_| malformed(at))?)
    } else {
        Cow::Borrowed(inner)
    };
    if before.contains(&name) {
        let rule = format!("byte {at}: a name stands twice in one object");
        return Err(Reject::whole(RejectCode::DuplicateKey, &rule));
    }
    if before.len() == OBJECT_MAX_MEMBERS {
        let rule = format!("byte {at}: at most {OBJECT_MAX_MEMBERS} members in one object");
        return Err(Reject::whole(RejectCode::TooManyMembers, &rule));
    }
    Ok(name)
}

/// Where the string that opens at `open` closes.
fn string_end(bytes: &[u8], open: usize) -> Result<usize, Reject> {
    let mut at = open + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return Ok(at),
            b'\\' => at += 2,
            0..=0x1f => {
                let rule = format!("byte {at}: a control character stands unescaped in a text");
                return Err(Reject::whole(RejectCode::ControlCharacter, &rule));
            }
            _ => at += 1,
        }
    }
    Err(malformed(open))
}

fn malformed(at: usize) -> Reject {
    Reject::whole(
        RejectCode::MalformedJson,
        &format!(
            "byte {at}: a string opens here that is never closed, or has a wrong escape in it"
        ),
    )
}

/// A step from a container to what stands in it.
enum Step<'a> {
    Name(&'a str),
    Index(usize),
}

/// The names and indexes that lead to byte `offset` of `text`, which was found well-formed, after `root`. Names that do
/// not look like a field's are not repeated: they could be anything.
pub(crate) fn path_at(text: &str, offset: usize, root: &str) -> String {
    let bytes = text.as_bytes();
    let mut steps: Vec<Step<'_>> = Vec::new();
    let mut name_next = false;
    let mut at = 0;
    while at < offset.min(bytes.len()) {
        match bytes[at] {
            b'{' => {
                steps.push(Step::Name(""));
                name_next = true;
            }
            b'[' => {
                steps.push(Step::Index(0));
                name_next = false;
            }
            b'}' | b']' => {
                steps.pop();
            }
            b',' => match steps.last_mut() {
                Some(Step::Index(index)) => *index += 1,
                Some(Step::Name(_)) => name_next = true,
                None => {}
            },
            b'"' => {
                let Ok(end) = string_end(bytes, at) else {
                    break;
                };
                if let (true, Some(Step::Name(name))) = (name_next, steps.last_mut()) {
                    *name = &text[at + 1..end];
                    name_next = false;
                }
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    written(root, &steps)
}

fn written(root: &str, steps: &[Step<'_>]) -> String {
    let mut path = root.to_owned();
    for step in steps {
        match step {
            Step::Index(index) => path.push_str(&format!("[{index}]")),
            Step::Name("") => {}
            Step::Name(name) => {
                let plain = name.len() <= 32
                    && name
                        .bytes()
                        .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'));
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(if plain { name } else { "?" });
            }
        }
    }
    if path.is_empty() {
        "the message".to_owned()
    } else {
        path
    }
}

#[cfg(test)]
mod tests;
