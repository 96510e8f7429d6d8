//! Weights from grams and lengths from millimetres: the canonical model's units into those of a carrier.

use super::{Example, FilterError, Kind, Param, Spec, Yield, support::integer_at};
use crate::value::{Number, Value};
use rust_decimal::Decimal;

const PLACES: &[Param] = &[Param::optional("places", &[Kind::Integer])];

/// What all units share; one without places keeps all digits (28, where the quotient has no end).
const UNIT: Spec = Spec { params: PLACES, accepts: &[Kind::Number], yields: Yield::Kind(Kind::Number), ..Spec::BASE };

/// `grams | grams`
pub(super) static GRAMS: Spec = Spec {
    name: "grams",
    page: "A weight in grams as grams: the unit of the model itself, written for the reader, or rounded half up to so many \
           places.",
    examples: &[Example { expr: "1250 | grams", gives: "1250" }, Example { expr: "1250.5 | grams(0)", gives: "1251" }],
    apply: |value, arguments| convert(&value, arguments, (1, 0)),
    ..UNIT
};

/// `grams | kilograms`
pub(super) static KILOGRAMS: Spec = Spec {
    name: "kilograms",
    page: "A weight in grams as kilograms, exactly, or rounded half up to so many places.",
    examples: &[
        Example { expr: "1250 | kilograms", gives: "1.25" },
        Example { expr: "1255 | kilograms(2)", gives: "1.26" },
        Example { expr: "2000 | kilograms", gives: "2" },
    ],
    apply: |value, arguments| convert(&value, arguments, (1000, 0)),
    ..UNIT
};

/// `grams | pounds`
pub(super) static POUNDS: Spec = Spec {
    name: "pounds",
    page: "A weight in grams as pounds of 453.59237 g, rounded half up to so many places. Without `places` up to 28 digits \
           are kept.",
    examples: &[Example { expr: "1000 | pounds(2)", gives: "2.2" }, Example { expr: "453.59237 | pounds", gives: "1" }],
    apply: |value, arguments| convert(&value, arguments, (45_359_237, 5)),
    ..UNIT
};

/// `grams | ounces`
pub(super) static OUNCES: Spec = Spec {
    name: "ounces",
    page: "A weight in grams as ounces of 28.349523125 g, rounded half up to so many places. Without `places` up to 28 digits \
           are kept.",
    examples: &[Example { expr: "1000 | ounces(1)", gives: "35.3" }, Example { expr: "28.349523125 | ounces", gives: "1" }],
    apply: |value, arguments| convert(&value, arguments, (28_349_523_125, 9)),
    ..UNIT
};

/// `millimetres | centimetres`
pub(super) static CENTIMETRES: Spec = Spec {
    name: "centimetres",
    page: "A length in millimetres as centimetres, exactly, or rounded half up to so many places.",
    examples: &[Example { expr: "305 | centimetres", gives: "30.5" }, Example { expr: "305 | centimetres(0)", gives: "31" }],
    apply: |value, arguments| convert(&value, arguments, (10, 0)),
    ..UNIT
};

/// `millimetres | metres`
pub(super) static METRES: Spec = Spec {
    name: "metres",
    page: "A length in millimetres as metres, exactly, or rounded half up to so many places.",
    examples: &[Example { expr: "305 | metres", gives: "0.305" }, Example { expr: "305 | metres(2)", gives: "0.31" }],
    apply: |value, arguments| convert(&value, arguments, (1000, 0)),
    ..UNIT
};

/// `millimetres | inches`
pub(super) static INCHES: Spec = Spec {
    name: "inches",
    page: "A length in millimetres as inches of 25.4 mm, rounded half up to so many places. Without `places` up to 28 digits \
           are kept.",
    examples: &[Example { expr: "254 | inches", gives: "10" }, Example { expr: "300 | inches(1)", gives: "11.8" }],
    apply: |value, arguments| convert(&value, arguments, (254, 1)),
    ..UNIT
};

fn convert<'a>(value: &Value<'a>, arguments: &[Value<'a>], (unit, scale): (i64, u32)) -> Result<Value<'a>, FilterError> {
    let Value::Number(number) = value else {
        return Ok(Value::Null);
    };
    let converted = number.div(&Number::Decimal(Decimal::new(unit, scale)))?;
    Ok(Value::Number(match integer_at(arguments, 0, "places", 28)? {
        Some(places) => converted.round(places)?,
        None => converted,
    }))
}

/// `parcel | volume('cm3')`
pub(super) static VOLUME: Spec = Spec {
    name: "volume",
    params: &[
        Param::required("unit", &[Kind::Text]).one_of(&["m3", "l", "cm3", "in3"]),
        Param::optional("places", &[Kind::Integer]),
    ],
    accepts: &[Kind::Object],
    yields: Yield::Nullable(Kind::Number),
    page: "The volume of an object with `length`, `width` and `height` in millimetres, such as a parcel, in cubic metres \
           (`m3`), litres (`l`), cubic centimetres (`cm3`) or cubic inches (`in3`), rounded half up to so many places. Null \
           where one of the three is missing.",
    examples: &[
        Example { expr: "{'length': 300, 'width': 200, 'height': 100} | volume('l')", gives: "6" },
        Example { expr: "{'length': 300, 'width': 200, 'height': 100} | volume('m3', 2)", gives: "0.01" },
        Example { expr: "{'length': 300, 'width': 200} | volume('cm3')", gives: "null" },
    ],
    apply: volume,
    ..Spec::BASE
};

fn volume<'a>(value: Value<'a>, arguments: &[Value<'a>]) -> Result<Value<'a>, FilterError> {
    let mut product = Number::Int(1);
    for side in ["length", "width", "height"] {
        match value.clone().member(side) {
            Value::Number(number) => product = product.mul(&number)?,
            Value::Null => return Ok(Value::Null),
            _ => return Err(FilterError::new(format!("`{side}` of what `volume` is applied to must be a number"))),
        }
    }
    let unit = match super::support::text_at(arguments, 0) {
        Some("m3") => (1_000_000_000, 0),
        Some("l") => (1_000_000, 0),
        Some("cm3") => (1000, 0),
        _ => (16_387_064, 3),
    };
    convert(&Value::Number(product), arguments.get(1..).unwrap_or_default(), unit)
}
