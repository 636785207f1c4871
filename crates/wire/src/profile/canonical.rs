//! The canonical form of a profile: the same bytes for the same profile, wherever and whenever it was folded.

use cardex_domain::profile::Profile;
use serde_json::Value;

use super::{Extent, ProfileView};

/// `profile` as JSON with sorted names, no blanks and no number but integers. Holds nothing that depends on the order of
/// arrival or on the vocabulary's labels: no sequence, no server time.
#[must_use]
pub fn canonical(profile: &Profile) -> Vec<u8> {
    let view = serde_json::to_value(ProfileView::whole(profile, None, &Extent::WHOLE))
        .expect("texts and integers under fixed names can always be written");
    let mut out = String::new();
    write(&view, &mut out);
    out.into_bytes()
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort();
            out.push('{');
            for (at, name) in names.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                write(&members[name], out);
            }
            out.push('}');
        }
        Value::Array(entries) => {
            out.push('[');
            for (at, entry) in entries.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(entry, out);
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}
