//! The embedded vocabulary is faultless, words find their values, and faulty files are told where and why.
