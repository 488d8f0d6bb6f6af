//! Protobuf's wire format, as far as ONNX needs it: a message is fields, read where they lie. Nothing is
//! copied, so a file can ask for no more memory than it has bytes.

use super::super::ModelProblem;

/// What a field holds.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    /// A whole number.
    Whole(u64),
    /// Four bytes, in a number.
    Four([u8; 4]),
    /// Eight bytes, in a number.
    Eight([u8; 8]),
    /// A text, a message or a list of numbers.
    Bytes(&'a [u8]),
}

/// The fields of a message, by number, in their order.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

pub(super) fn damaged(what: &'static str) -> ModelProblem {
    ModelProblem::Onnx { what }
}

impl<'a> Fields<'a> {
    pub(super) fn of(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// The next field; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Value<'a>)>, ModelProblem> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let tag = self.whole()?;
        let value = match tag & 7 {
            0 => Value::Whole(self.whole()?),
            1 => Value::Eight(*self.fixed()?),
            2 => {
                let length = usize::try_from(self.whole()?).unwrap_or(usize::MAX);
                let split = self.rest.split_at_checked(length);
                let (bytes, rest) =
                    split.ok_or_else(|| damaged("it ends in the middle of a field"))?;
                self.rest = rest;
                Value::Bytes(bytes)
            }
            5 => Value::Four(*self.fixed()?),
            _ => return Err(damaged("a field is of a kind that there is not")),
        };
        Ok(Some((tag >> 3, value)))
    }

    fn fixed<const N: usize>(&mut self) -> Result<&'a [u8; N], ModelProblem> {
        let split = self.rest.split_first_chunk::<N>();
        let (bytes, rest) = split.ok_or_else(|| damaged("it ends in the middle of a number"))?;
        self.rest = rest;
        Ok(bytes)
    }

    fn whole(&mut self) -> Result<u64, ModelProblem> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.fixed::<1>()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(damaged("a whole number has more than 64 bits"))
    }
}

impl<'a> Value<'a> {
    pub(super) fn bytes(self) -> Result<&'a [u8], ModelProblem> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err(damaged(
                "a number stands where a text or a message is expected",
            )),
        }
    }

    pub(super) fn text(self) -> Result<&'a str, ModelProblem> {
        core::str::from_utf8(self.bytes()?).map_err(|_| damaged("a text is not UTF-8"))
    }

    pub(super) fn whole(self) -> Result<i64, ModelProblem> {
        match self {
            Self::Whole(number) => Ok(number.cast_signed()),
            _ => Err(damaged("a whole number is expected")),
        }
    }

    pub(super) fn float(self) -> Result<f32, ModelProblem> {
        match self {
            Self::Four(bytes) => Ok(f32::from_le_bytes(bytes)),
            _ => Err(damaged("a 32-bit number is expected")),
        }
    }

    /// Adds a field of a repeated number: one, or many at once.
    pub(super) fn wholes(self, list: &mut Vec<i64>) -> Result<(), ModelProblem> {
        let Self::Bytes(rest) = self else {
            list.push(self.whole()?);
            return Ok(());
        };
        let mut numbers = Fields { rest };
        while !numbers.rest.is_empty() {
            list.push(numbers.whole()?.cast_signed());
        }
        Ok(())
    }

    /// The same for 32-bit numbers.
    pub(super) fn floats(self, list: &mut Vec<f32>) -> Result<(), ModelProblem> {
        let Self::Bytes(bytes) = self else {
            list.push(self.float()?);
            return Ok(());
        };
        let (numbers, rest) = bytes.as_chunks::<4>();
        list.extend(numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)));
        if rest.is_empty() {
            Ok(())
        } else {
            Err(damaged("a list ends in the middle of a number"))
        }
    }

    /// The same for 64-bit numbers.
    pub(super) fn doubles(self, list: &mut Vec<f64>) -> Result<(), ModelProblem> {
        match self {
            Self::Eight(bytes) => list.push(f64::from_le_bytes(bytes)),
            Self::Bytes(bytes) => {
                let (numbers, rest) = bytes.as_chunks::<8>();
                if !rest.is_empty() {
                    return Err(damaged("a list ends in the middle of a number"));
                }
                list.extend(numbers.iter().map(|bytes| f64::from_le_bytes(*bytes)));
            }
            _ => return Err(damaged("a 64-bit number is expected")),
        }
        Ok(())
    }
}
