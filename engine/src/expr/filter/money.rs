//! `minor_units`: money as carriers count it.

use super::{
    Example, FilterError, Kind, Param, Spec, Yield,
    support::{decimal, literal_at, text_at},
};
use crate::value::{Number, Value};

/// `amount | minor_units('EUR')`, `money | minor_units`
pub(super) static MINOR_UNITS: Spec = Spec {
    name: "minor_units",
    params: &[Param::optional("currency", &[Kind::Text])],
    accepts: &[Kind::Text, Kind::Number, Kind::Object],
    yields: Yield::Nullable(Kind::Integer),
    page: "An amount (a decimal text or a number) of a currency as an integer of its smallest unit by ISO 4217: cents of \
           `EUR`, whole `JPY`, thousandths of `KWD`; finer digits are rounded half up. Money (an object with `amount` and \
           `currency`) brings its currency along. Null for an empty amount; an unknown currency is an error.",
    examples: &[
        Example { expr: "'19.90' | minor_units('EUR')", gives: "1990" },
        Example { expr: "1500 | minor_units('JPY')", gives: "1500" },
        Example { expr: "{'amount': '1.2345', 'currency': 'KWD'} | minor_units", gives: "1235" },
    ],
    vet: |arguments| literal_at(arguments, 0).map_or(Ok(()), |currency| places(currency).map(|_| ())),
    apply: minor_units,
    ..Spec::BASE
};

fn minor_units<'a>(value: Value<'a>, arguments: &[Value<'a>]) -> Result<Value<'a>, FilterError> {
    let own = value.clone().member("currency");
    let currency = match (own.as_str(), text_at(arguments, 0)) {
        (Some(own), Some(given)) if own != given => {
            return Err(FilterError::new("`minor_units` was given another currency than that of the money"));
        }
        (Some(currency), _) | (None, Some(currency)) => currency,
        (None, None) => return Err(FilterError::new("`minor_units` needs its argument `currency`")),
    };
    let places = places(currency)?;
    let amount = if matches!(value, Value::Text(_) | Value::Number(_)) { value } else { value.member("amount") };
    if amount.is_null() {
        return Ok(Value::Null);
    }
    let Some(decimal) = decimal(&amount)? else {
        return Ok(Value::Null);
    };
    let scaled = Number::from(decimal).mul(&Number::Int(10_i64.pow(places)))?;
    Ok(Value::Number(scaled.round(0)?))
}

/// The places of a currency by ISO 4217.
fn places(currency: &str) -> Result<u32, FilterError> {
    let listed = |codes: &str| has(codes, currency);
    match () {
        () if listed(TWO) => Ok(2),
        () if listed(NONE) => Ok(0),
        () if listed(THREE) => Ok(3),
        () if listed(FOUR) => Ok(4),
        () => Err(FilterError::new("no such currency: an ISO 4217 code such as `EUR` is needed")),
    }
}

/// Whether a code is in a list of codes, each three letters and a space, in alphabetical order.
fn has(codes: &str, code: &str) -> bool {
    let (rows, last) = codes.as_bytes().as_chunks::<4>();
    last == code.as_bytes() || rows.binary_search_by(|row| row[..3].cmp(code.as_bytes())).is_ok()
}

const NONE: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
const TWO: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF \
                   CHE CHF CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ \
                   GYD HKD HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD \
                   MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD \
                   RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH \
                   USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG ZWL";
const THREE: &str = "BHD IQD JOD KWD LYD OMR TND";
const FOUR: &str = "CLF UYW";

#[cfg(test)]
mod tests {
    use super::{FOUR, NONE, THREE, TWO, has};

    #[test]
    fn every_currency_is_found_in_its_list() {
        for list in [NONE, TWO, THREE, FOUR] {
            let codes: Vec<&str> = list.split(' ').collect();
            assert!(codes.is_sorted() && codes.iter().all(|code| code.len() == 3 && has(list, code)), "{list}");
            assert!(["", "EU", "EURO", "ZZZ", "AAA"].iter().all(|code| !has(list, code)));
        }
    }
}
