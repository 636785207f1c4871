//! Every bound that a message is held to, so that no publisher can make the others wait or hold more than a person
//! can have meant.

/// The longest event, in bytes.
pub const EVENT_MAX_BYTES: usize = 16 * 1024;

/// The longest board, in bytes: boards are Cardex's own and carry the reasons of every item.
pub const BOARD_MAX_BYTES: usize = 512 * 1024;

/// The longest question, in bytes.
pub const REQUEST_MAX_BYTES: usize = 16 * 1024;

/// The deepest nesting of objects and arrays; the envelope is the first level.
pub const DEPTH_MAX_LEVELS: usize = 16;

/// The most members of one object, known or not: comparing their names stays cheap.
pub const OBJECT_MAX_MEMBERS: usize = 128;

/// The most statements of one observation.
pub const STATEMENTS_MAX: usize = 32;

/// The most identifiers by which an observation may name its guest.
pub const ABOUT_IDENTIFIERS_MAX: usize = 4;

/// The most identifiers that a booking or correction may give.
pub const GUEST_IDENTIFIERS_MAX: usize = 16;

/// The most events that one event undoes.
pub const UNDO_EVENTS_MAX: usize = 32;

/// The most pieces of evidence that one correction names.
pub const CORRECTED_EVIDENCE_MAX: usize = 32;

/// The most items of one card event.
pub const CARD_ITEMS_MAX: usize = 64;

/// The parts of a stay that an hour can make a difference to.
pub const HOUR_PHASES_MAX: usize = 3;

/// The most claims of one item.
pub const ITEM_CLAIMS_MAX: usize = 32;

/// The longest free note or reason, in characters.
pub const NOTE_MAX_CHARS: usize = 2_000;

/// The longest part of a name, in characters.
pub const NAME_MAX_CHARS: usize = 80;

/// The longest value of a statement, in characters.
pub const VALUE_MAX_CHARS: usize = 80;

/// The longest value that an item of a card claims, in characters: a value of a statement once its compatibility
/// characters are folded, each of which becomes at most 18.
pub const CLAIM_VALUE_MAX_CHARS: usize = 18 * VALUE_MAX_CHARS;

/// The longest identifier, in characters.
pub const IDENTIFIER_MAX_CHARS: usize = 80;

/// The longest reservation number, in characters.
pub const RESERVATION_MAX_CHARS: usize = 64;

/// The longest name of another system, or id in it, in characters.
pub const PROFILE_MAX_CHARS: usize = 64;

/// The longest code of a room type, in characters.
pub const ROOM_TYPE_MAX_CHARS: usize = 32;

/// The longest id of a member of staff, in characters.
pub const STAFF_MAX_CHARS: usize = 64;

/// The longest `source` and `subject` of an envelope, in characters.
pub const SOURCE_MAX_CHARS: usize = 256;

/// The longest attribute of the envelope that is a word of ours (`type`, `specversion`), in characters.
pub const WORD_MAX_CHARS: usize = 100;

/// The longest part of a postal address, in characters.
pub const ADDRESS_PART_MAX_CHARS: usize = 120;

/// The longest name of a company, in characters.
pub const COMPANY_MAX_CHARS: usize = 120;

/// The longest language tag, in characters (RFC 5646, section 4.4.1).
pub const LANGUAGE_MAX_CHARS: usize = 35;

/// How far ahead of its arrival at the server a moment may lie, in seconds.
pub const FUTURE_MAX_SECONDS: i64 = 24 * 60 * 60;

/// The first day that anything can have happened on: 1990-01-01, in days since 1970-01-01.
pub const FIRST_DAY: i32 = 7_305;

/// The first day that a guest can have been born on: 1875-01-01, in days since 1970-01-01.
pub const FIRST_BIRTH_DAY: i32 = -34_698;

/// How far ahead a stay may be booked, in days.
pub const BOOKING_MAX_DAYS_AHEAD: i32 = 3_660;
