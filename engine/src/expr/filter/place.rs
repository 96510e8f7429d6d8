//! `country_name`, `country_alpha3` and `state_name`.

use super::{
    Example, FilterError, Kind, Param, Spec, Yield,
    countries::{Country, by_alpha2},
    states,
    support::text_at,
};
use crate::value::Value;

/// `address.country | country_name`
pub(super) static COUNTRY_NAME: Spec = Spec {
    name: "country_name",
    accepts: &[Kind::Text],
    yields: Yield::Nullable(Kind::Text),
    page: "The English name of a country by its ISO 3166-1 alpha-2 code, in either letter case; null for a code that does not \
           exist.",
    examples: &[
        Example { expr: "'DE' | country_name", gives: "\"Germany\"" },
        Example { expr: "'UK' | country_name", gives: "null" },
    ],
    apply: |value, _| Ok(of_country(&value, |country| country.name)),
    ..Spec::BASE
};

/// `address.country | country_alpha3`
pub(super) static COUNTRY_ALPHA3: Spec = Spec {
    name: "country_alpha3",
    accepts: &[Kind::Text],
    yields: Yield::Nullable(Kind::Text),
    page: "The ISO 3166-1 alpha-3 code of a country by its alpha-2 code, in either letter case; null for a code that does \
           not exist.",
    examples: &[
        Example { expr: "'DE' | country_alpha3", gives: "\"DEU\"" },
        Example { expr: "'ZZ' | country_alpha3", gives: "null" },
    ],
    apply: |value, _| Ok(of_country(&value, |country| country.alpha3)),
    ..Spec::BASE
};

fn of_country(value: &Value<'_>, read: fn(&Country) -> &'static str) -> Value<'static> {
    let code = value.as_str().unwrap_or_default().trim().to_ascii_uppercase();
    by_alpha2(&code).map_or(Value::Null, |country| Value::text(read(country)))
}

/// `address.state | state_name(address.country)`
pub(super) static STATE_NAME: Spec = Spec {
    name: "state_name",
    params: &[Param::required("country", &[Kind::Text])],
    accepts: &[Kind::Text],
    yields: Yield::Kind(Kind::Text),
    page: "The English name of a state of the United States, a province of Canada or a state of Australia by its postal \
           code, in either letter case. Anything else, such as a name already, stays as it is.",
    examples: &[
        Example { expr: "'ca' | state_name('US')", gives: "\"California\"" },
        Example { expr: "'QC' | state_name('CA')", gives: "\"Quebec\"" },
        Example { expr: "'Bayern' | state_name('DE')", gives: "\"Bayern\"" },
    ],
    apply: state_name,
    ..Spec::BASE
};

fn state_name<'a>(value: Value<'a>, arguments: &[Value<'a>]) -> Result<Value<'a>, FilterError> {
    let country = text_at(arguments, 0).unwrap_or_default().trim().to_ascii_uppercase();
    let code = value.as_str().unwrap_or_default().trim().to_ascii_uppercase();
    Ok(states::name_of(&country, &code).map_or(value, Value::text))
}
