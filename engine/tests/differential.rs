//! Lowered expressions against minijinja's own evaluation of the same text on the same data.
//!
//! Where the two differ on purpose, the generator stays away, and [`intended_differences`] says what holds instead:
//! null is one value (minijinja tells undefined from none) and passes through arithmetic, which minijinja refuses; nothing
//! is before or after null; a number is no condition; `true` is not `1`; values of different types have no order; decimals
//! are exact and print without trailing zeros.

use crossdock_engine::document::{FrameId, Slots};
use crossdock_engine::expr::{Binding, Doc, Env, Lowerer, Place, Target, Ty, World};
use crossdock_engine::source::{Sources, parse};
use serde_json::{Value, json};

fn data() -> Value {
    json!({
        "i": 5, "j": -2, "z": 0, "f": 2.5, "g": 0.1, "big": 4_000_000_000_u64,
        "s": "abc", "t": "b", "e": "", "yes": true, "no": false, "null": null,
        "l": [1, 2, 3], "words": ["abc", "x"], "none": [], "o": {"k": 7, "s": "x", "l": [9]}
    })
}

/// What the engine makes of an expression.
fn ours(expression: &str, data: &str) -> Result<Value, String> {
    let mut sources = Sources::default();
    let id = sources.add("expression", format!("'{}'", expression.replace('\'', "''")));
    let node = parse(&sources, id).0.ok_or("no text")?;
    let world = World::default();
    let mut lower = Lowerer::new(&world, &sources);
    let place = Place { doc: Doc::Input, row: 0, frame: FrameId::ROOT, steps: vec![], ty: Ty::Any, nullable: false };
    lower.scope.bind("d", Binding::Place(place));
    let lowered = lower.expression(&Target::whole(&node));
    if let Some(finding) = lower.found.first() {
        return Err(finding.message.clone());
    }
    let [input, ..] = lower.plans;
    let input = input.build();
    let mut slots = Slots::new();
    input.read(data, &mut slots).map_err(|error| error.to_string())?;
    let mut env = Env::new();
    env.docs[0] = Some(&slots);
    lowered.expr.eval(&env).map(|value| value.to_json()).map_err(|error| error.message)
}

/// What minijinja makes of it.
fn theirs(expression: &str, data: &Value) -> Result<Value, String> {
    let environment = minijinja::Environment::new();
    let compiled = environment.compile_expression(expression).map_err(|error| error.to_string())?;
    let context = std::collections::BTreeMap::from([("d", into_vm(data))]);
    let value = compiled.eval(context).map_err(|error| error.to_string())?;
    serde_json::to_value(&value).map_err(|error| error.to_string())
}

fn into_vm(json: &Value) -> minijinja::Value {
    match json {
        Value::Null => minijinja::Value::from(()),
        Value::Bool(flag) => (*flag).into(),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => integer.into(),
            None => number.as_f64().unwrap_or(f64::NAN).into(),
        },
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items.iter().map(into_vm).collect::<Vec<_>>().into(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.as_str(), into_vm(value)))
            .collect::<std::collections::BTreeMap<_, _>>()
            .into(),
    }
}

/// Equal as JSON; numbers to within what floating point loses.
fn agree(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            let (left, right) = (left.as_f64().unwrap_or(f64::NAN), right.as_f64().unwrap_or(f64::NAN));
            (left - right).abs() <= 1e-9 * left.abs().max(right.abs()).max(1.0)
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| agree(l, r))
        }
        _ => left == right,
    }
}

/// A small generator of numbers (xorshift), so that every run tries the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn of<'t>(&mut self, choices: &[&'t str]) -> &'t str {
        choices[self.below(choices.len())]
    }

    fn integer(&mut self, depth: usize) -> String {
        match self.below(if depth == 0 { 2 } else { 6 }) {
            0 => self
                .of(&["d.i", "d.j", "d.z", "d.big", "d.o.k", "d['i']", "d.o['k']", "d.l[0]", "d.l[-1]", "d.o.l[0]"])
                .to_owned(),
            1 => self.of(&["0", "1", "2", "7", "10"]).to_owned(),
            2 => format!("-({})", self.integer(depth - 1)),
            3 => self.conditional(depth, Self::integer),
            _ => format!("({} {} {})", self.integer(depth - 1), self.of(&["+", "-", "*"]), self.integer(depth - 1)),
        }
    }

    fn number(&mut self, depth: usize) -> String {
        match self.below(if depth == 0 { 2 } else { 6 }) {
            0 => self.of(&["d.f", "d.g", "0.5", "1.25"]).to_owned(),
            1 => self.integer(depth),
            2 => format!("({} / {})", self.number(depth - 1), self.of(&["2", "4", "0.5", "d.i", "d.f"])),
            3 => format!("({} % {})", self.integer(0), self.of(&["2", "3", "7"])),
            _ => format!("({} {} {})", self.number(depth - 1), self.of(&["+", "-", "*"]), self.number(depth - 1)),
        }
    }

    fn text(&mut self, depth: usize) -> String {
        match self.below(if depth == 0 { 2 } else { 5 }) {
            0 => self.of(&["d.s", "d.t", "d.e", "d.o.s", "d.words[0]", "d['s']"]).to_owned(),
            1 => self.of(&["'abc'", "''", "'b'", "'x y'"]).to_owned(),
            2 => self.conditional(depth, Self::text),
            3 => format!("({} ~ {})", self.text(depth - 1), self.integer(0)),
            _ => format!("({} {} {})", self.text(depth - 1), self.of(&["~", "+"]), self.text(depth - 1)),
        }
    }

    fn conditional(&mut self, depth: usize, value: fn(&mut Self, usize) -> String) -> String {
        format!("({} if {} else {})", value(self, depth - 1), self.condition(depth - 1), value(self, depth - 1))
    }

    fn condition(&mut self, depth: usize) -> String {
        match self.below(if depth == 0 { 2 } else { 8 }) {
            0 => self
                .of(&["d.yes", "d.no", "true", "false", "d.null", "d.missing", "d.l", "d.none", "d.o", "d.s", "d.e"])
                .to_owned(),
            1 => format!("{} {} {}", self.integer(0), self.of(&["==", "!=", "<", "<=", ">", ">="]), self.integer(0)),
            2 => format!(
                "({} {} {})",
                self.number(depth - 1),
                self.of(&["==", "!=", "<", "<=", ">", ">="]),
                self.integer(depth - 1)
            ),
            3 => format!("({} {} {})", self.text(depth - 1), self.of(&["==", "!=", "<", "<=", ">", ">="]), self.text(depth - 1)),
            4 => format!("(not {})", self.condition(depth - 1)),
            5 => self.membership(depth),
            6 => format!("({} {} {})", self.nothing(), self.of(&["==", "!="]), self.of(&["d.i", "d.s", "false", "d.none"])),
            _ => format!("({} {} {})", self.condition(depth - 1), self.of(&["and", "or"]), self.condition(depth - 1)),
        }
    }

    fn membership(&mut self, depth: usize) -> String {
        let operator = self.of(&["in", "not in"]);
        match self.below(4) {
            0 => format!("({} {operator} d.l)", self.integer(depth - 1)),
            1 => format!("({} {operator} {})", self.text(depth - 1), self.text(depth - 1)),
            2 => format!("({} {operator} d.o)", self.of(&["'k'", "'nope'", "d.s"])),
            _ => format!("({} {operator} [{}, d.i, d.words[1]])", self.text(depth - 1), self.text(depth - 1)),
        }
    }

    fn nothing(&mut self) -> &'static str {
        self.of(&[
            "d.missing",
            "d.null",
            "none",
            "d.o.missing",
            "d.l[9]",
            "d.l[-9]",
            "d.none[0]",
            "d['missing']",
            "(d.l[0] if false)",
        ])
    }

    fn list(&mut self, depth: usize) -> String {
        match self.below(3) {
            0 => self
                .of(&["d.l", "d.none", "d.words", "d.l[1:]", "d.l[:2]", "d.l[-2:]", "d.words[5:]", "d.l[::2]", "d.l[::-1]"])
                .to_owned(),
            1 => format!("[{}, {}]", self.integer(depth.min(1)), self.text(depth.min(1))),
            _ => format!("[{}]", self.condition(depth.min(1))),
        }
    }

    fn expression(&mut self) -> String {
        let depth = self.below(4);
        match self.below(6) {
            0 => self.integer(depth),
            1 => self.number(depth),
            2 => self.text(depth),
            3 => self.list(depth),
            4 => self.nothing().to_owned(),
            _ => self.condition(depth),
        }
    }
}

#[test]
fn the_two_evaluations_agree() {
    let (data, mut dice) = (data(), Dice(0x2545_F491_4F6C_DD1D));
    let text = data.to_string();
    let (mut compared, mut wrong) = (0, Vec::new());
    for _ in 0..6000 {
        let expression = dice.expression();
        let (Ok(theirs), ours) = (theirs(&expression, &data), ours(&expression, &text)) else { continue };
        compared += 1;
        if !ours.as_ref().is_ok_and(|ours| agree(ours, &theirs)) {
            wrong.push(format!("{expression}\n    ours {ours:?}\n    theirs {theirs}"));
        }
    }
    wrong.sort_by_key(String::len);
    assert!(wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong[..wrong.len().min(15)].join("\n"));
    assert!(compared > 5500, "only {compared} expressions could be compared");
}

/// The documented examples of filters, as an author would write them; maps cannot be written in a file.
#[test]
fn examples_of_filters_run_as_written() {
    let examples = || crossdock_engine::expr::filter::all().iter().flat_map(|spec| spec.examples);
    let mut run = 0;
    for example in examples().filter(|example| !example.expr.contains('{')) {
        let expected: Value = serde_json::from_str(example.gives).unwrap();
        assert_eq!(ours(example.expr, "null"), Ok(expected), "{}", example.expr);
        run += 1;
    }
    assert!(run * 10 > examples().count() * 8, "{run} of {}", examples().count());
}

#[track_caller]
fn check(expression: &str, expected: Value) {
    assert_eq!(ours(expression, &data().to_string()), Ok(expected), "{expression}");
}

#[test]
fn intended_differences() {
    for arithmetic in
        ["d.missing + 1", "1 - d.null", "d.o.nope * 2", "d.null / 2", "-d.missing", "d.missing // 2", "d.missing % 2"]
    {
        check(arithmetic, Value::Null);
        assert!(theirs(arithmetic, &data()).is_err(), "{arithmetic}");
    }
    check("d.missing.deeper.still[3]", Value::Null);
    for order in ["d.null < 1", "d.null >= 1", "1 < d.missing", "'a' > d.null"] {
        check(order, json!(false));
    }
    check("0.1 + 0.2 == 0.3", json!(true));
    check("'x' ~ 2.50", json!("x2.5"));
    check("d.missing ~ 'x'", json!("x"));
    check("d.yes == 1", json!(false));
    check("d.missing == d.null and d.l[9] == none", json!(true));
    for wrong in ["d.i < d.s", "1 if d.i else 2", "not d.z", "d.i and true", "'a' ~ d.yes", "d.i / 0", "d.l + 1"] {
        assert!(ours(wrong, &data().to_string()).is_err(), "{wrong}");
    }
}
