//! The store can always be rebuilt: reading the stream again gives the same profiles, byte for byte, and publishes
//! nothing.
