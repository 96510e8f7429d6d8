//! What a filter is: read by the evaluator, by the checks and by the manual.

use super::FilterError;
use crate::value::{Number, Value};

/// The types that filters tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Anything.
    Any,
    /// A boolean.
    Bool,
    /// A number without fraction (`10.0` counts).
    Integer,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A calendar day.
    Date,
    /// A day and time, with a zone or without.
    DateTime,
    /// Bytes.
    Bytes,
    /// A list.
    List,
    /// An object.
    Object,
}

impl Kind {
    /// Whether the value is of this kind.
    #[must_use]
    pub fn admits(self, value: &Value<'_>) -> bool {
        match (self, value) {
            (Self::Any, _)
            | (Self::Bool, Value::Bool(_))
            | (Self::Number, Value::Number(_))
            | (Self::Text, Value::Text(_))
            | (Self::Date, Value::Date(_))
            | (Self::DateTime, Value::Local(_) | Value::Instant(_))
            | (Self::Bytes, Value::Bytes(_))
            | (Self::List, Value::List(_))
            | (Self::Object, Value::Object(_)) => true,
            (Self::List, Value::Json(json)) => json.starts_with('['),
            (Self::Object, Value::Json(json)) => json.starts_with('{'),
            (Self::Integer, Value::Number(number)) => is_whole(number),
            _ => false,
        }
    }

    /// Its words in messages, as [`Value::type_name`] has them.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "anything",
            Self::Bool => "a boolean",
            Self::Integer => "an integer",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Date => "a date",
            Self::DateTime => "a date and time",
            Self::Bytes => "bytes",
            Self::List => "a list",
            Self::Object => "an object",
        }
    }
}

fn is_whole(number: &Number<'_>) -> bool {
    number.is_integer() || number.to_i64().is_some()
}

/// What a filter gives for a value that is not null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Yield {
    /// Always this kind, never null.
    Kind(Kind),
    /// This kind, or null.
    Nullable(Kind),
    /// The type that it was given.
    SameAsInput,
    /// An item of the list it was given, or null.
    Item,
    /// It depends.
    Any,
}

/// A parameter. Arguments are given by place, or by name as in `pad(5, side='left')`; null is as good as left out.
#[derive(Debug, Clone, Copy)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// The kinds it takes.
    pub kinds: &'static [Kind],
    /// Whether it must be given.
    pub required: bool,
    /// The only texts it takes; empty: any.
    pub choices: &'static [&'static str],
}

impl Param {
    pub(super) const fn required(name: &'static str, kinds: &'static [Kind]) -> Self {
        Self { name, kinds, required: true, choices: &[] }
    }

    pub(super) const fn optional(name: &'static str, kinds: &'static [Kind]) -> Self {
        Self { name, kinds, required: false, choices: &[] }
    }

    pub(super) const fn one_of(self, choices: &'static [&'static str]) -> Self {
        Self { choices, ..self }
    }

    /// Checks one argument, at run time or, for a literal, when the file is checked.
    pub fn check(&self, filter: &str, argument: &Value<'_>) -> Result<(), FilterError> {
        if argument.is_null() {
            return match self.required && !self.kinds.contains(&Kind::Any) {
                true => Err(FilterError::new(format!("`{filter}` needs its argument `{}`, which is null", self.name))),
                false => Ok(()),
            };
        }
        if !self.kinds.iter().any(|kind| kind.admits(argument)) {
            return Err(FilterError::new(format!(
                "argument `{}` of `{filter}` must be {}, not {}",
                self.name,
                words(self.kinds),
                argument.type_name()
            )));
        }
        match argument.as_str() {
            Some(text) if !self.choices.is_empty() && !self.choices.contains(&text) => Err(FilterError::new(format!(
                "argument `{}` of `{filter}` must be one of {}",
                self.name,
                self.choices.iter().map(|choice| format!("`{choice}`")).collect::<Vec<_>>().join(", ")
            ))),
            _ => Ok(()),
        }
    }
}

/// An executed example.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// A whole expression over literals.
    pub expr: &'static str,
    /// What it gives, as JSON text.
    pub gives: &'static str,
}

/// A filter.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// Its name.
    pub name: &'static str,
    /// Its parameters after the value itself.
    pub params: &'static [Param],
    /// Whether the last parameter may be given many times.
    pub variadic: bool,
    /// The kinds of value it takes, besides null.
    pub accepts: &'static [Kind],
    /// What it gives.
    pub yields: Yield,
    /// Whether it is called as a function, `coalesce(a, b)`: then the first argument is the value.
    pub function: bool,
    /// Whether it sees null; all others pass null through.
    pub takes_null: bool,
    /// Its page in the manual (Markdown): what it does and, where it guesses, its table of cases.
    pub page: &'static str,
    /// Executed examples.
    pub examples: &'static [Example],
    /// Checks literal arguments when the file is checked, `None` standing for what is known only at run time.
    pub vet: fn(&[Option<&Value<'_>>]) -> Result<(), FilterError>,
    /// Its code. [`Spec::call`] has checked kinds and filled up left-out arguments with null.
    pub apply: for<'a> fn(Value<'a>, &[Value<'a>]) -> Result<Value<'a>, FilterError>,
}

impl Spec {
    pub(super) const BASE: Self = Self {
        name: "",
        params: &[],
        variadic: false,
        accepts: &[Kind::Any],
        yields: Yield::Any,
        function: false,
        takes_null: false,
        page: "",
        examples: &[],
        vet: |_| Ok(()),
        apply: |value, _| Ok(value),
    };

    /// The fewest and the most arguments that it takes after the value.
    #[must_use]
    pub fn arity(&self) -> (usize, usize) {
        let fewest = self.params.iter().filter(|param| param.required).count();
        (fewest, if self.variadic { usize::MAX } else { self.params.len() })
    }

    /// The parameter at this place.
    #[must_use]
    pub fn param(&self, index: usize) -> Option<&'static Param> {
        match self.variadic {
            true => self.params.get(index).or(self.params.last()),
            false => self.params.get(index),
        }
    }

    /// The place of a parameter given by name.
    #[must_use]
    pub fn place_of(&self, name: &str) -> Option<usize> {
        self.params.iter().position(|param| param.name == name)
    }

    /// Checks what is known of a call when the file is checked: number of arguments, kinds, choices and meaning of the
    /// literal ones. `None` stands for an argument known only at run time.
    pub fn check_arguments(&self, arguments: &[Option<&Value<'_>>]) -> Result<(), FilterError> {
        let (fewest, most) = self.arity();
        if arguments.len() < fewest {
            let missing = self.params[arguments.len()].name;
            return Err(FilterError::new(format!("`{}` needs its argument `{missing}`", self.name)));
        }
        if arguments.len() > most {
            let takes = if most == 0 { "no arguments".to_owned() } else { format!("at most {most}") };
            return Err(FilterError::new(format!("`{}` takes {takes}", self.name)));
        }
        for (index, argument) in arguments.iter().enumerate() {
            if let (Some(param), Some(argument)) = (self.param(index), argument) {
                param.check(self.name, argument)?;
            }
        }
        (self.vet)(arguments)
    }

    /// Applies the filter: null passes through, types of value and arguments are checked, then the filter runs.
    pub fn call<'a>(&self, value: Value<'a>, arguments: &[Value<'a>]) -> Result<Value<'a>, FilterError> {
        if value.is_null() && !self.takes_null {
            return Ok(Value::Null);
        }
        self.check_value(&value)?;
        let (fewest, most) = self.arity();
        if !(fewest..=most).contains(&arguments.len()) {
            return Err(FilterError::new(format!("wrong number of arguments to `{}`", self.name)));
        }
        for (index, argument) in arguments.iter().enumerate() {
            if let Some(param) = self.param(index) {
                param.check(self.name, argument)?;
            }
        }
        (self.apply)(value, arguments)
    }

    fn check_value(&self, value: &Value<'_>) -> Result<(), FilterError> {
        if value.is_null() || self.accepts.iter().any(|kind| kind.admits(value)) {
            return Ok(());
        }
        Err(FilterError::new(format!("`{}` takes {}, not {}", self.name, words(self.accepts), value.type_name())))
    }
}

/// "a number or a text".
fn words(kinds: &[Kind]) -> String {
    let names: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    }
}
