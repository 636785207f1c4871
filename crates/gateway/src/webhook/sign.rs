//! Signatures by which a receiver knows who sent a board: Standard Webhooks, version 1 of the symmetric scheme
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>). Signed with
//! HMAC-SHA-256 is `<id>.<timestamp>.<body>`.

use std::fmt;

use data_encoding::BASE64;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

const PREFIX: &str = "whsec_";
/// How long a secret may be, in bytes, by the specification.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// Bytes of the secrets that are made here.
pub const FRESH_SECRET_BYTES: usize = 32;

/// The secrets of one webhook: several while one is being changed for another.
#[derive(Clone)]
pub(crate) struct Secrets(Vec<Vec<u8>>);

/// What is wrong with a file of secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a secret is `whsec_` and 24 to 64 bytes in base64, one a line; make one with `cardex gateway secret`"
)]
pub struct NoSecret;

impl Secrets {
    /// Reads secrets that stand one a line.
    pub(crate) fn parse(text: &str) -> Result<Self, NoSecret> {
        let secret = |text: &str| {
            let encoded = text.strip_prefix(PREFIX)?;
            let bytes = BASE64.decode(encoded.as_bytes()).ok()?;
            SECRET_BYTES.contains(&bytes.len()).then_some(bytes)
        };
        let secrets: Option<Vec<_>> = text.split_whitespace().map(secret).collect();
        secrets
            .filter(|secrets| !secrets.is_empty())
            .map(Self)
            .ok_or(NoSecret)
    }

    /// The header `webhook-signature`: one signature a secret.
    pub(crate) fn signature(&self, id: &str, timestamp: u64, body: &[u8]) -> String {
        let sign = |secret: &Vec<u8>| {
            let mut mac =
                Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
            mac.update(format!("{id}.{timestamp}.").as_bytes());
            mac.update(body);
            format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()))
        };
        let signatures: Vec<String> = self.0.iter().map(sign).collect();
        signatures.join(" ")
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

/// The text of a secret of these random bytes.
#[must_use]
pub fn secret_of(random: [u8; FRESH_SECRET_BYTES]) -> String {
    format!("{PREFIX}{}", BASE64.encode(&random))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    #[test]
    fn signatures_are_those_of_the_specification() {
        let secrets = Secrets::parse(SECRET).unwrap();
        assert_eq!(secrets.signature(ID, 1_614_265_330, BODY), SIGNATURE);
    }

    #[test]
    fn while_a_secret_is_changed_both_sign() {
        let fresh = secret_of([7; FRESH_SECRET_BYTES]);
        let both = Secrets::parse(&format!("{fresh}\n{SECRET}\n")).unwrap();
        let signed = both.signature(ID, 1_614_265_330, BODY);
        let of_fresh = Secrets::parse(&fresh).unwrap();
        let of_fresh = of_fresh.signature(ID, 1_614_265_330, BODY);
        assert_eq!(signed, format!("{of_fresh} {SIGNATURE}"));
        assert_ne!(of_fresh, SIGNATURE);
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        for text in [
            "",
            "whsec_",
            "whsec_MfKQ",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_not base64",
        ] {
            assert_eq!(Secrets::parse(text).unwrap_err(), NoSecret, "{text}");
        }
    }
}
