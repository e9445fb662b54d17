//! From the bytes of a message to JSON, by the table of its kind.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};

use super::tables::Holds::{
    Bytes as Raw, BytesMap, Integer, IntegerOrText, Message, Messages, Nothing, Text, TextMap, Texts, Truth,
};
use super::tables::{Holds, Table, table};
use crate::sandbox::refusal::Refusal;

/// Reads an object.
pub(in crate::sandbox) fn object(body: &[u8]) -> Result<Value, Refusal> {
    let unread = || Refusal::media_type("application/vnd.kubernetes.protobuf");
    read(body).ok_or_else(unread)
}

fn read(body: &[u8]) -> Option<Value> {
    let mut kind = (String::new(), String::new());
    let mut raw = None;
    for (number, field) in fields(body.strip_prefix(b"k8s\0")?)? {
        match (number, field) {
            (1, Field::Bytes(meta)) => {
                for (number, field) in fields(meta)? {
                    let place = if number == 1 { &mut kind.0 } else { &mut kind.1 };
                    *place = text(field)?;
                }
            }
            (2, Field::Bytes(bytes)) => raw = Some(bytes),
            _ => {}
        }
    }
    let mut object = message(table(&kind.1)?, raw?)?;
    object.insert("apiVersion".to_owned(), kind.0.into());
    object.insert("kind".to_owned(), kind.1.into());
    Some(Value::Object(object))
}

/// A field as it was sent.
#[derive(Clone, Copy)]
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

fn message(table: Table, bytes: &[u8]) -> Option<Map<String, Value>> {
    let mut object = Map::new();
    for (number, field) in fields(bytes)? {
        let (_, name, holds) = table.iter().find(|(its, ..)| *its == number)?;
        add(&mut object, name, *holds, field)?;
    }
    Some(object)
}

fn add(object: &mut Map<String, Value>, name: &str, holds: Holds, field: Field<'_>) -> Option<()> {
    let value = match holds {
        Nothing => return Some(()),
        Text => {
            let text = text(field)?;
            // As Go leaves out what is empty.
            if text.is_empty() {
                return Some(());
            }
            text.into()
        }
        Raw => BASE64.encode(bytes(field)?).into(),
        Integer => json!(integer(field)?),
        Truth => json!(integer(field)? != 0),
        IntegerOrText => integer_or_text(bytes(field)?)?,
        Message(table) => Value::Object(message(table, bytes(field)?)?),
        TextMap | BytesMap => {
            let place = object.entry(name.to_owned()).or_insert_with(|| json!({}));
            let inner = if matches!(holds, TextMap) { Text } else { Raw };
            let mut pair = Map::new();
            for (number, field) in fields(bytes(field)?)? {
                let (name, holds) = if number == 1 {
                    ("key", Text)
                } else {
                    ("value", inner)
                };
                add(&mut pair, name, holds, field)?;
            }
            let empty = || Value::from("");
            let key = pair.remove("key").unwrap_or_else(empty);
            let value = pair.remove("value").unwrap_or_else(empty);
            place.as_object_mut()?.insert(key.as_str()?.to_owned(), value);
            return Some(());
        }
        Texts => return push(object, name, text(field)?.into()),
        Messages(table) => {
            let one = Value::Object(message(table, bytes(field)?)?);
            return push(object, name, one);
        }
    };
    object.insert(name.to_owned(), value);
    Some(())
}

fn push(object: &mut Map<String, Value>, name: &str, one: Value) -> Option<()> {
    let place = object.entry(name.to_owned()).or_insert_with(|| json!([]));
    place.as_array_mut()?.push(one);
    Some(())
}

fn integer_or_text(bytes: &[u8]) -> Option<Value> {
    let (mut is_text, mut number, mut words) = (false, 0, String::new());
    for (place, field) in fields(bytes)? {
        match place {
            1 => is_text = integer(field)? == 1,
            2 => number = integer(field)?,
            _ => words = text(field)?,
        }
    }
    Some(if is_text { words.into() } else { number.into() })
}

fn text(field: Field<'_>) -> Option<String> {
    String::from_utf8(bytes(field)?.to_vec()).ok()
}

fn bytes(field: Field<'_>) -> Option<&[u8]> {
    match field {
        Field::Bytes(bytes) => Some(bytes),
        Field::Number(_) => None,
    }
}

/// Negative ones are sent as their complement.
fn integer(field: Field<'_>) -> Option<i64> {
    match field {
        Field::Number(number) => Some(number.cast_signed()),
        Field::Bytes(_) => None,
    }
}

/// The fields of a message, in their order.
fn fields(mut rest: &[u8]) -> Option<Vec<(u64, Field<'_>)>> {
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let (tag, after) = varint(rest)?;
        let (value, after) = varint(after)?;
        let field = match tag & 7 {
            0 => (Field::Number(value), after),
            2 => {
                let (bytes, after) = after.split_at_checked(usize::try_from(value).ok()?)?;
                (Field::Bytes(bytes), after)
            }
            _ => return None,
        };
        fields.push((tag >> 3, field.0));
        rest = field.1;
    }
    Some(fields)
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0_u64;
    for (index, byte) in bytes.iter().take(10).enumerate() {
        number |= u64::from(byte & 0x7f).checked_shl(7 * u32::try_from(index).ok()?)?;
        if byte & 0x80 == 0 {
            return Some((number, bytes.get(index + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        let length = u8::try_from(bytes.len()).unwrap();
        [&[number << 3 | 2, length][..], bytes].concat()
    }

    fn sent(kind: &str, raw: &[u8]) -> Vec<u8> {
        let meta = [field(1, b"v1"), field(2, kind.as_bytes())].concat();
        [b"k8s\0".to_vec(), field(1, &meta), field(2, raw)].concat()
    }

    #[test]
    fn an_object_is_read_whole_or_not_at_all() {
        let meta = field(1, &field(1, b"notes"));
        let pair = field(2, &[field(1, b"a"), field(2, b"b")].concat());
        let body = sent("ConfigMap", &[meta.clone(), pair, vec![4 << 3, 1]].concat());
        assert_eq!(
            object(&body).unwrap(),
            json!({
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "notes" }, "data": { "a": "b" }, "immutable": true,
            })
        );
        let unknown = sent("ConfigMap", &[meta, field(9, b"x")].concat());
        assert_eq!(object(&unknown).unwrap_err().code, 415);
        for end in 0..body.len() - 1 {
            assert!(object(&body[..end]).is_err(), "cut at {end}");
        }
        assert_eq!(object(&sent("Pod", b"")).unwrap_err().code, 415);
    }
}
