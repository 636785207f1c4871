//! Boards through the life of a stay: every department is shown what is its own, each revision once, and every item
//! says where it comes from.
