//! What was seen in a room belongs to whoever was there, also when that is learnt later or turns out otherwise.
