//! Universal Binary JSON (draft 12), the form in which XGBoost saves models by default.
//!
//! A deserializer over bytes in memory: it borrows strings, holds nothing, and takes time and memory in
//! proportion to the bytes that are there, whatever lengths they claim.

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};

/// How deep containers may nest.
const DEPTH: usize = 64;

/// Why bytes are not what was expected.
#[derive(Debug, thiserror::Error)]
#[error("{what} (at byte {at})")]
pub struct UbjsonProblem {
    what: String,
    at: usize,
}

impl serde::de::Error for UbjsonProblem {
    fn custom<T: core::fmt::Display>(what: T) -> Self {
        Self {
            what: what.to_string(),
            at: 0,
        }
    }
}

/// Reads one value, which must be all there is.
pub(super) fn from_slice<'de, T: serde::Deserialize<'de>>(
    bytes: &'de [u8],
) -> Result<T, UbjsonProblem> {
    let mut reader = Reader {
        bytes,
        at: 0,
        depth: 0,
    };
    let value = T::deserialize(Value {
        reader: &mut reader,
        kind: None,
    });
    let at = reader.at;
    let value = value.map_err(|problem| UbjsonProblem { at, ..problem })?;
    if at == bytes.len() {
        Ok(value)
    } else {
        let what = "bytes follow the end of the model".to_owned();
        Err(UbjsonProblem { what, at })
    }
}

struct Reader<'de> {
    bytes: &'de [u8],
    at: usize,
    depth: usize,
}

/// A value about to be read; its marker has been read already inside a container of one type.
struct Value<'r, 'de> {
    reader: &'r mut Reader<'de>,
    kind: Option<u8>,
}

/// The rest of an array or an object.
struct Container<'r, 'de> {
    reader: &'r mut Reader<'de>,
    /// The marker that all values share.
    kind: Option<u8>,
    /// How many are still to come, where that was said; else the end has a marker.
    left: Option<usize>,
    end: u8,
}

impl<'de> Reader<'de> {
    fn take(&mut self, count: usize) -> Result<&'de [u8], UbjsonProblem> {
        let end = self.at.checked_add(count);
        let bytes = end.and_then(|end| self.bytes.get(self.at..end));
        let bytes = bytes.ok_or_else(|| UbjsonProblem::custom("the file ends in the middle"))?;
        self.at += count;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], UbjsonProblem> {
        let bytes = self.take(N)?;
        bytes.try_into().map_err(UbjsonProblem::custom)
    }

    fn peek(&mut self) -> Result<u8, UbjsonProblem> {
        let [byte] = self.array()?;
        self.at -= 1;
        Ok(byte)
    }

    /// The next marker that is not a no-op.
    fn marker(&mut self) -> Result<u8, UbjsonProblem> {
        loop {
            let [byte] = self.array()?;
            if byte != b'N' {
                return Ok(byte);
            }
        }
    }

    fn whole(&mut self, kind: u8) -> Result<i64, UbjsonProblem> {
        Ok(match kind {
            b'i' => i8::from_be_bytes(self.array()?).into(),
            b'U' => u8::from_be_bytes(self.array()?).into(),
            b'I' => i16::from_be_bytes(self.array()?).into(),
            b'l' => i32::from_be_bytes(self.array()?).into(),
            b'L' => i64::from_be_bytes(self.array()?),
            other => return Err(unexpected("a whole number", other)),
        })
    }

    fn length(&mut self) -> Result<usize, UbjsonProblem> {
        let kind = self.marker()?;
        let length = self.whole(kind)?;
        usize::try_from(length).map_err(|_| UbjsonProblem::custom("a length is below zero"))
    }

    fn text(&mut self) -> Result<&'de str, UbjsonProblem> {
        let length = self.length()?;
        core::str::from_utf8(self.take(length)?).map_err(UbjsonProblem::custom)
    }

    /// What stands between the opening of a container and its first value.
    fn open(&mut self, end: u8) -> Result<Container<'_, 'de>, UbjsonProblem> {
        if self.depth == DEPTH {
            return Err(UbjsonProblem::custom("it is nested more than 64 deep"));
        }
        self.depth += 1;
        let mut kind = None;
        if self.peek()? == b'$' {
            let [_, marker] = self.array()?;
            // Values without bytes could be claimed without end.
            if !b"iUIlLdDCSH[{".contains(&marker) {
                return Err(unexpected("the type of a container's values", marker));
            }
            kind = Some(marker);
        }
        let counted = self.peek()? == b'#';
        if kind.is_some() && !counted {
            return Err(UbjsonProblem::custom("a typed container has no count"));
        }
        let mut left = None;
        if counted {
            self.at += 1;
            left = Some(self.length()?);
        }
        Ok(Container {
            reader: self,
            kind,
            left,
            end,
        })
    }
}

impl Container<'_, '_> {
    /// Whether another value comes.
    fn more(&mut self) -> Result<bool, UbjsonProblem> {
        if let Some(left) = &mut self.left {
            let more = *left > 0;
            *left = left.saturating_sub(1);
            return Ok(more);
        }
        while self.reader.peek()? == b'N' {
            self.reader.at += 1;
        }
        let more = self.reader.peek()? != self.end;
        if !more {
            self.reader.at += 1;
        }
        Ok(more)
    }
}

impl Drop for Container<'_, '_> {
    fn drop(&mut self) {
        self.reader.depth -= 1;
    }
}

impl<'de> Deserializer<'de> for Value<'_, 'de> {
    type Error = UbjsonProblem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, UbjsonProblem> {
        let reader = self.reader;
        let kind = match self.kind {
            Some(kind) => kind,
            None => reader.marker()?,
        };
        match kind {
            b'Z' => visitor.visit_unit(),
            b'T' => visitor.visit_bool(true),
            b'F' => visitor.visit_bool(false),
            b'd' => visitor.visit_f32(f32::from_be_bytes(reader.array()?)),
            b'D' => visitor.visit_f64(f64::from_be_bytes(reader.array()?)),
            b'C' => {
                let bytes = reader.take(1)?;
                visitor
                    .visit_borrowed_str(core::str::from_utf8(bytes).map_err(UbjsonProblem::custom)?)
            }
            b'S' | b'H' => visitor.visit_borrowed_str(reader.text()?),
            b'[' => visitor.visit_seq(reader.open(b']')?),
            b'{' => visitor.visit_map(reader.open(b'}')?),
            other => visitor.visit_i64(reader.whole(other)?),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, UbjsonProblem> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, UbjsonProblem> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> SeqAccess<'de> for Container<'_, 'de> {
    type Error = UbjsonProblem;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, UbjsonProblem> {
        if !self.more()? {
            return Ok(None);
        }
        let value = Value {
            kind: self.kind,
            reader: self.reader,
        };
        seed.deserialize(value).map(Some)
    }
}

impl<'de> MapAccess<'de> for Container<'_, 'de> {
    type Error = UbjsonProblem;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, UbjsonProblem> {
        if !self.more()? {
            return Ok(None);
        }
        let key = self.reader.text()?;
        seed.deserialize(key.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, UbjsonProblem> {
        seed.deserialize(Value {
            kind: self.kind,
            reader: self.reader,
        })
    }
}

fn unexpected(expected: &str, found: u8) -> UbjsonProblem {
    UbjsonProblem::custom(format_args!(
        "{expected} is expected, `{}` is there",
        char::from(found).escape_default()
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::from_slice;

    /// The examples of the specification, <https://ubjson.org>.
    #[test]
    fn the_specification_s_examples_are_read() {
        let cases: [(&[u8], Json); 9] = [
            (b"Z", json!(null)),
            (
                b"[TFi\x01U\xffI\x7f\xff]",
                json!([true, false, 1, 255, 32767]),
            ),
            (b"l\x00\x02\xe4\x25", json!(189_477)),
            (b"D\x3f\xf8\0\0\0\0\0\0", json!(1.5)),
            (b"Ca", json!("a")),
            (b"Si\x05hello", json!("hello")),
            (
                b"{i\x03latd\x41\xf0\0\0i\x01aNZ}",
                json!({"lat": 30.0, "a": null}),
            ),
            (b"[$i#i\x03\x01\x02\x03", json!([1, 2, 3])),
            (b"{$d#i\x01i\x01x\x3f\x80\0\0", json!({"x": 1.0})),
        ];
        for (bytes, expected) in cases {
            assert_eq!(from_slice::<Json>(bytes).unwrap(), expected, "{bytes:?}");
        }
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        for (bytes, what) in [
            (
                &b"[$l#L\x7f\xff\xff\xff\xff\xff\xff\xff\0\0"[..],
                "ends in the middle (at byte 13)",
            ),
            (b"[$T#l\x7f\xff\xff\xff", "type of a container"),
            (b"Sl\xff\xff\xff\xff", "below zero"),
            (b"Sl\x7f\xff\xff\xff", "ends in the middle"),
            (b"[i\x01", "ends in the middle"),
            (b"ZZ", "bytes follow"),
            (b"q", "`q` is there"),
            (&[b'['; 100_000], "64 deep"),
        ] {
            let problem = from_slice::<Json>(bytes).unwrap_err().to_string();
            assert!(problem.contains(what), "{problem}");
        }
    }
}
