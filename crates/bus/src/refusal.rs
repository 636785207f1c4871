//! What the server does not let this user do. It says so beside the request, which by itself only runs out of time.

/// What a user may not do with a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forbidden {
    /// Publish or ask on it.
    Publish,
    /// Hear what is published on it.
    Subscribe,
}

impl Forbidden {
    const fn verb(self) -> &'static str {
        match self {
            Self::Publish => "publish to",
            Self::Subscribe => "subscribe to",
        }
    }
}

/// The server's word that this user may not use a subject.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this user may not {} {subject}, says the server", forbidden.verb())]
pub struct Refusal {
    /// What it may not do.
    pub forbidden: Forbidden,
    /// With which subject.
    pub subject: String,
}

impl Refusal {
    /// The refusal that the server's complaint is, if it is one: `Permissions Violation for Publish to "a.b"`.
    pub(crate) fn of(complaint: &str) -> Option<Self> {
        const FRONTS: [(&str, Forbidden); 2] = [
            ("permissions violation for publish to ", Forbidden::Publish),
            (
                "permissions violation for subscription to ",
                Forbidden::Subscribe,
            ),
        ];
        let lower = complaint.to_ascii_lowercase();
        FRONTS.into_iter().find_map(|(front, forbidden)| {
            let at = lower.find(front)? + front.len();
            let subject = complaint.get(at..)?.strip_prefix('"')?.split('"').next()?;
            let subject = subject.to_owned();
            Some(Self { forbidden, subject })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_from_other_complaints() {
        let of = |text| Refusal::of(text).map(|refusal| (refusal.forbidden, refusal.subject));
        let publish = (Forbidden::Publish, "cardex.hz1.stay.reserved".to_owned());
        let complaint = "nats: Permissions Violation for Publish to \"cardex.hz1.stay.reserved\"";
        assert_eq!(of(complaint), Some(publish));
        let listen = (Forbidden::Subscribe, "cardex.>".to_owned());
        let complaint = "Permissions Violation for Subscription to \"cardex.>\" using queue \"q\"";
        assert_eq!(of(complaint), Some(listen));
        assert_eq!(of("authorization violation"), None);
        assert_eq!(of("Permissions Violation for Publish to"), None);
    }
}
