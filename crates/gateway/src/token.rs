//! The tokens by which vendors show who they are. A token is seen once, when it is made; kept is its hash alone.

use std::fmt;

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

/// Random bytes of a token: nobody guesses 256 bits, so a plain hash is enough to keep.
pub const TOKEN_BYTES: usize = 32;
/// What a token begins with, so that people and scanners of source code know one when they see it.
const PREFIX: &str = "cardex_";

/// A token as its holder sends it. Shown in a log it says nothing.
pub struct Token(String);

/// The SHA-256 of a token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenHash([u8; 32]);

impl Token {
    /// The token of these random bytes.
    #[must_use]
    pub fn of(random: [u8; TOKEN_BYTES]) -> Self {
        let text = BASE32_NOPAD.encode(&random).to_lowercase();
        Self(format!("{PREFIX}{text}"))
    }

    /// The text, to be handed to its holder and nobody else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl TokenHash {
    /// The hash of a token's text.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }

    /// Reads 64 hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = HEXLOWER.decode(text.to_ascii_lowercase().as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// Whether both are the same, in a time that does not depend on where they differ.
    pub(crate) fn same(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl fmt::Display for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_its_hash_and_shows_nothing() {
        let token = Token::of([7; TOKEN_BYTES]);
        let kept = TokenHash::parse(&token.hash().to_string()).unwrap();
        assert!(bool::from(kept.same(&TokenHash::of(token.expose()))));
        let other = Token::of([8; TOKEN_BYTES]);
        assert!(!bool::from(kept.same(&other.hash())));
        assert_eq!(format!("{token:?} {kept:?}"), "Token(…) TokenHash(…)");
    }

    #[test]
    fn a_hash_is_that_of_the_tokens_text() {
        // Of FIPS 180-2, appendix B.1: whoever makes tokens without us gets the same.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(TokenHash::of("abc").to_string(), abc);
        assert_eq!(TokenHash::parse("ba78"), None);
    }
}
