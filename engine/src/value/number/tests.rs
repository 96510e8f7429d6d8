use super::{Number, NumberError};
use std::cmp::Ordering;

fn digits(text: &str) -> Number<'_> {
    Number::parse(text).expect("a number")
}

#[track_caller]
fn plain(text: &str, expected: &str) {
    assert_eq!(digits(text).plain().as_deref(), Ok(expected), "plain form of {text}");
}

#[test]
fn bodies_get_neither_exponents_nor_trailing_zeros() {
    plain("10.0", "10");
    plain("1.50", "1.5");
    plain("0.10", "0.1");
    plain("1E3", "1000");
    plain("15e-1", "1.5");
    plain("-0.0", "0");
    plain("100", "100");
    plain("123456789012345678901234567890123456789", "123456789012345678901234567890123456789");
    plain("0.12345678901234567890123456789012345670", "0.1234567890123456789012345678901234567");
    assert_eq!(digits("1E400").plain(), Err(NumberError::TooLong));
}

#[test]
fn texts_keep_their_own_digits() {
    for own in ["1E10", "10.0", "35E87645934406417", "1.10", "-0"] {
        assert_eq!(digits(own).own_digits(), own);
    }
}

#[test]
fn decimals_are_exact_or_refused() {
    assert_eq!(digits("1.25e2").decimal().unwrap().to_string(), "125");
    assert_eq!(digits("1e-28").decimal().unwrap().to_string(), "0.0000000000000000000000000001");
    assert_eq!(digits("0e999999999999999999999").decimal().unwrap().to_string(), "0");
    for long in ["1e-29", "35E87645934406417", "0.12345678901234567890123456789", "1e29"] {
        assert_eq!(digits(long).decimal(), Err(NumberError::TooLong), "{long}");
    }
}

#[test]
fn what_is_no_number_is_refused() {
    for text in ["", "-", ".", "1_000", "0x10", "None", "1e", "1e+", "1.2.3", " 1", "NaN", "inf", "١"] {
        assert!(Number::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn equal_values_are_equal_however_they_are_written() {
    assert_eq!(digits("10"), digits("10.0"));
    assert_eq!(digits("1E1"), Number::Int(10));
    assert_eq!(digits("1E4000"), digits("10E3999"));
    assert_ne!(digits("9007199254740993"), digits("9007199254740992"));
    assert_ne!(digits("100000000000000000000000000000000001"), digits("100000000000000000000000000000000002"));
}

#[test]
fn order_holds_at_any_length() {
    let ascending = ["-1E40", "-1E39", "-2", "-1.5", "0", "1E-40", "0.1", "9", "10", "1E39", "12E38", "1E40"];
    for (index, left) in ascending.iter().enumerate() {
        for (other, right) in ascending.iter().enumerate() {
            assert_eq!(digits(left).compare(&digits(right)), index.cmp(&other), "{left} and {right}");
        }
    }
    assert_eq!(digits("-0").compare(&digits("0.00")), Ordering::Equal);
}

#[track_caller]
fn calculated(result: Result<Number<'_>, NumberError>, expected: &str) {
    assert_eq!(result.expect("a number").plain().unwrap(), expected);
}

#[test]
fn arithmetic_is_decimal() {
    calculated(digits("0.1").add(&digits("0.2")), "0.3");
    calculated(Number::Int(7).div(&Number::Int(2)), "3.5");
    calculated(Number::Int(6).div(&Number::Int(3)), "2");
    calculated(Number::Int(1).div(&Number::Int(3)), "0.3333333333333333333333333333");
    calculated(digits("1200").mul(&digits("0.001")), "1.2");
    calculated(Number::Int(-7).rem(&Number::Int(2)), "1");
    calculated(digits("1.5").neg(), "-1.5");
    calculated(Number::Int(5).sub(&digits("5.0")), "0");
}

#[test]
fn integers_overflow_into_decimals() {
    calculated(Number::Int(i64::MAX).add(&Number::Int(1)), "9223372036854775808");
    calculated(Number::Int(i64::MIN).neg(), "9223372036854775808");
    calculated(Number::Int(i64::MIN).div(&Number::Int(-1)), "9223372036854775808");
}

#[test]
fn what_would_lose_digits_is_an_error() {
    let large = digits("79228162514264337593543950335");
    assert_eq!(large.add(&digits("0.1")).unwrap_err(), NumberError::TooLong);
    assert_eq!(large.add(&large).unwrap_err(), NumberError::TooLong);
    assert_eq!(digits("1e-20").mul(&digits("1e-20")).unwrap_err(), NumberError::TooLong);
    assert_eq!(Number::Int(1).div(&digits("0.0")).unwrap_err(), NumberError::ByZero);
    assert_eq!(Number::Int(1).rem(&Number::Int(0)).unwrap_err(), NumberError::ByZero);
}

#[test]
fn half_goes_away_from_zero() {
    for (given, places, expected) in
        [("2.5", 0, "3"), ("-2.5", 0, "-3"), ("1.005", 2, "1.01"), ("2.4449", 2, "2.44"), ("3", 2, "3")]
    {
        calculated(digits(given).round(places), expected);
    }
}

#[test]
fn floats_of_literals_become_the_digits_that_were_meant() {
    assert_eq!(Number::from_f64(0.1).unwrap().own_digits(), "0.1");
    assert_eq!(Number::from_f64(1e21).unwrap().plain().unwrap(), "1000000000000000000000");
    assert!(Number::from_f64(f64::NAN).is_none());
}
