//! What was found, as the kind of value that is wanted: numbers, dates, booleans, bytes.

use super::{Decoding, ReadFault, ReadKind, Reader, ZoneOf, as_text};
use crate::expr::Env;
use crate::value::date::{self, DateFormat, Zone};
use crate::value::{Number, Value};
use std::borrow::Cow;
use std::io::Read as _;

impl Reader {
    pub(super) fn convert<'e>(&'e self, value: Value<'e>, env: &Env<'e>) -> Result<Value<'e>, ReadFault> {
        let value = match self.decode {
            Some(decoding) => Value::Bytes(Cow::Owned(self.unpack(decoding, value)?)),
            None => value,
        };
        let dated = matches!(self.kind, Some(ReadKind::Date | ReadKind::DateTime));
        if !self.formats.is_empty() || dated {
            return self.date(value, env);
        }
        match self.kind {
            None | Some(ReadKind::List) => Ok(value),
            Some(ReadKind::String) => as_text(value).map(Value::Text).map_err(|words| self.fault(words)),
            Some(ReadKind::Bytes) => match value {
                Value::Bytes(bytes) => Ok(Value::Bytes(bytes)),
                other => Ok(Value::Bytes(as_text(other).map_err(|words| self.fault(words))?.into_owned().into_bytes().into())),
            },
            Some(ReadKind::Boolean) => boolean(&value).map(Value::Bool).ok_or_else(|| self.fault("the value is no boolean")),
            Some(kind) => self.number(value, kind),
        }
    }

    fn number<'e>(&self, value: Value<'e>, kind: ReadKind) -> Result<Value<'e>, ReadFault> {
        let number = match value {
            Value::Number(number) => number,
            Value::Text(text) => Number::parse(text.trim().to_owned()).map_err(|_| self.fault("the value is no number"))?,
            other => return Err(self.fault(format!("the value is {}, not a number", other.type_name()))),
        };
        if kind == ReadKind::Integer {
            let integer = number.to_i64().ok_or_else(|| self.fault("the value is no integer"))?;
            return Ok(Value::Number(Number::Int(integer)));
        }
        let decimal = number.decimal().map_err(|error| self.fault(error.to_string()))?;
        Ok(Value::Number(Number::Decimal(decimal)))
    }

    fn date<'e>(&'e self, value: Value<'e>, env: &Env<'e>) -> Result<Value<'e>, ReadFault> {
        if matches!(value, Value::Date(_) | Value::Local(_) | Value::Instant(_)) {
            return Ok(value);
        }
        let zone = match &self.zone {
            ZoneOf::Fixed(zone) => Cow::Borrowed(zone),
            ZoneOf::Computed(expr) => {
                let name = expr.eval(env).map_err(|error| self.fault(error.message))?;
                Cow::Owned(Zone::parse(name.as_str().unwrap_or("")).map_err(|error| self.fault(error))?)
            }
        };
        let fallback = [DateFormat::Rfc3339];
        let formats = if self.formats.is_empty() { &fallback[..] } else { &self.formats };
        match date::read(&value, formats, &zone) {
            Ok(date::Moment::Day(day)) => Ok(Value::Date(day)),
            Ok(date::Moment::Local(local)) => Ok(Value::Local(local)),
            Ok(date::Moment::Instant(instant)) => Ok(Value::Instant(instant)),
            Err(error) => Err(self.fault(error.to_string())),
        }
    }

    fn unpack(&self, decoding: Decoding, value: Value<'_>) -> Result<Vec<u8>, ReadFault> {
        let packed: Vec<u8> = match value {
            Value::Bytes(bytes) if decoding == Decoding::Gzip => bytes.into_owned(),
            other => {
                let text = as_text(other).map_err(|words| self.fault(words))?;
                crate::expr::filter::decode_base64(&text).ok_or_else(|| self.fault("the value is no Base64"))?
            }
        };
        if decoding == Decoding::Base64 {
            return Ok(packed);
        }
        let mut bytes = Vec::new();
        let limit = 64 * 1024 * 1024;
        let mut reader = flate2::read::GzDecoder::new(packed.as_slice()).take(limit);
        reader.read_to_end(&mut bytes).map_err(|_| self.fault("the value is no gzip"))?;
        Ok(bytes)
    }
}

fn boolean(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Text(text) => match text.trim() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        Value::Number(number) => match number.to_i64() {
            Some(1) => Some(true),
            Some(0) => Some(false),
            _ => None,
        },
        _ => None,
    }
}
