//! The clock of a hotel.
