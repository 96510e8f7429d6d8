//! The closed list of filters.

use super::*;

/// Sorted by name, for [`find`].
static ALL: &[&Spec] = &[
    &encode::BASE64,
    &encode::BASE64_DECODE,
    &find::CAPTURE,
    &units::CENTIMETRES,
    &empty::COALESCE,
    &find::CONTAINS,
    &place::COUNTRY_ALPHA3,
    &place::COUNTRY_NAME,
    &dates::DATE,
    &dates::DATETIME,
    &empty::DEFAULT,
    &phone::E164,
    &lists::FIRST,
    &person::FIRST_NAME,
    &numbers::FIXED,
    &units::GRAMS,
    &digest::HMAC,
    &street::HOUSE_NUMBER,
    &units::INCHES,
    &join::JOIN,
    &encode::JSON,
    &encode::JWT_CLAIMS,
    &units::KILOGRAMS,
    &lists::LAST,
    &person::LAST_NAME,
    &lists::LENGTH,
    &lists::LISTED,
    &case::LOWER,
    &lists::MAP,
    &find::MATCHES,
    &digest::MD5,
    &units::METRES,
    &money::MINOR_UNITS,
    &phone::NATIONAL_PHONE,
    &numbers::NUMBER,
    &units::OUNCES,
    &cut::PAD,
    &lists::PAIRS,
    &parse::PARSE_JSON,
    &parse::PARSE_XML,
    &units::POUNDS,
    &find::REPLACE,
    &numbers::ROUND,
    &lists::SELECT,
    &digest::SHA1,
    &digest::SHA256,
    &digest::SHA512,
    &lists::SORT,
    &join::SPLIT,
    &find::STARTS_WITH,
    &place::STATE_NAME,
    &street::STREET_NAME,
    &numbers::SUM,
    &cut::TRIM,
    &cut::TRUNCATE_TO,
    &lists::UNIQUE,
    &case::UPPER,
    &encode::URL_ENCODE,
    &units::VOLUME,
];

/// All filters, by name.
#[must_use]
pub fn all() -> &'static [&'static Spec] {
    ALL
}

/// The filter of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Spec> {
    ALL.binary_search_by(|spec| spec.name.cmp(name)).ok().map(|index| ALL[index])
}
