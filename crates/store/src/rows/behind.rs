//! What a kind of row got to say after stores were out there.

use bincode::de::BorrowDecoder;
use bincode::de::read::Reader as _;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{BorrowDecode, Encode};

/// The last field of a row, of which nothing is written where it says nothing: such rows are as ever, and those of
/// formats that did not know it read as saying nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Behind<T>(pub(crate) Option<T>);

impl<T: Encode> Encode for Behind<T> {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.0.as_ref().map_or(Ok(()), |said| said.encode(encoder))
    }
}

impl<'de, C, T: BorrowDecode<'de, C>> BorrowDecode<'de, C> for Behind<T> {
    fn borrow_decode<D: BorrowDecoder<'de, Context = C>>(
        decoder: &mut D,
    ) -> Result<Self, DecodeError> {
        let said = decoder.reader().peek_read(1).is_some();
        said.then(|| T::borrow_decode(decoder))
            .transpose()
            .map(Self)
    }
}
