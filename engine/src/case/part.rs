//! The small subjects: vocabularies, parts, the shop's intake, and what follows from events.

use super::Run;
use super::compare::{Comparison, Mode};
use super::given::text_of;
use crate::body::TreeSink;
use crate::carrier::{Carrier, Shop, Word};
use crate::coverage::given_fields;
use crate::document::Slots;
use crate::model::rules::{ActionRules, Decision, Facts};
use crate::source::{Kind, Node, Scalar, Style};
use serde_json::{Map, Value as Json, json};

impl Run<'_> {
    pub(super) fn vocabulary(&mut self, carrier: &Carrier, name: &str) {
        let Some(vocabulary) = carrier.vocabularies.iter().find(|known| known.name == name) else {
            return self.unknown("vocabularies", name);
        };
        let Some(given) = self.case.given.as_ref() else { return };
        let touched = self.touched.clone();
        let read = |code: Option<&str>, text: Option<&str>| {
            if let Some(touched) = &touched {
                vocabulary.touch(code, text, touched);
            }
            match vocabulary.read(code, text) {
                Word::Reading(reading) => json!({"status": reading.status, "reason": reading.reason, "unmapped": false}),
                Word::Unknown => json!({"status": "unknown", "reason": null, "unmapped": false}),
                Word::History => json!({"status": "history", "reason": null, "unmapped": false}),
                Word::Unmapped => json!({"status": null, "reason": null, "unmapped": true}),
            }
        };
        for (code, expected) in &given.codes {
            let found = read(Some(&code.value), None);
            let mut comparison = Comparison::new(&["codes", &code.value]);
            for key in ["status", "reason"] {
                let wanted = if expected.as_map().is_some() { expected.get(key) } else { (key == "status").then_some(expected) };
                let nothing = Node { span: code.span, kind: Kind::Scalar(Scalar { text: String::new(), style: Style::Plain }) };
                comparison.path.push(key.to_owned());
                comparison.value(wanted.unwrap_or(&nothing), found.get(key).filter(|value| !value.is_null()), Mode::Then);
                comparison.path.pop();
            }
            for difference in comparison.found {
                let mut ways = self.map.ways().within(&code.value);
                ways.vocabulary(name, &code.value, "");
                let list = ways.list;
                self.failures.differs(difference, list);
            }
        }
        let code = given.code.as_ref().map(|code| code.0.value.as_str());
        let text = given.text.as_ref().map(|text| text.value.as_str());
        if code.is_none() && text.is_none() {
            return;
        }
        self.then(&read(code, text), None, |run, _| {
            let mut ways = run.map.ways().within(code.or(text).unwrap_or_default());
            ways.vocabulary(name, code.unwrap_or_default(), text.unwrap_or_default());
            ways.list
        });
    }

    pub(super) fn part(&mut self, carrier: &Carrier, name: &str, shop: bool) {
        let input = if shop { self.incoming() } else { self.order() };
        let (Some(account), Some(input)) = (self.account(carrier), input) else { return };
        let args = self.given().and_then(|given| given.args.as_ref()).map(Node::to_json);
        let (plan, template) = match crate::compile::part(&carrier.sources, carrier.file, name, args.as_ref(), shop) {
            Ok(compiled) => compiled,
            Err(words) => {
                let mut ways = self.map.ways();
                ways.siblings("parts");
                let list = ways.list;
                let words = format!("the part cannot be rendered: {words}");
                return self.failures.broken(self.case.name.span, words, list);
            }
        };
        if let Some(touched) = &self.touched {
            touched.fields(given_fields(&plan, &input));
        }
        let text = String::from_utf8(input).unwrap_or_default();
        let mut slots = Slots::new();
        if let Err(error) = plan.read(&text, &mut slots) {
            return self.broken(self.case.name.span, format!("the input cannot be read: {error}"));
        }
        let mut env = carrier.env(&account, &slots);
        let found = match TreeSink::render(&template, &mut env) {
            Ok(tree) => tree.to_json(),
            Err(error) => {
                let mut ways = self.map.ways().within(self.sources.slice(self.case.span));
                ways.line(error.span, "fails here");
                ways.keys(&["parts", name], "the part");
                let list = ways.list;
                let words = format!("the part cannot be rendered: {}", error.message);
                return self.failures.broken(self.case.name.span, words, list);
            }
        };
        let context = self.sources.slice(self.case.span).to_owned();
        self.then(&json!({"value": found}), None, |run, difference| {
            let mut ways = run.map.ways().within(&context);
            ways.named(&difference.path, &[&["parts", name, "value"]]);
            ways.keys(&["parts", name], "the part");
            ways.sample(run.sample().as_ref(), &super::request::shown(difference.found.as_ref()));
            ways.list
        });
    }

    pub(super) fn intake(&mut self, shop: Option<&Shop>) {
        let Some(shop) = shop else {
            return self.broken(self.case.name.span, "there is no shop file to run this case against");
        };
        let (Some(account), Some(message)) = (self.account(shop.counterpart()), self.incoming()) else { return };
        let context = self.sources.slice(self.case.span).to_owned();
        let order = match shop.intake(&message, &account) {
            Ok(Some(order)) => serde_json::from_slice::<Json>(&order).unwrap_or_default(),
            Ok(None) => Json::Null,
            Err(fault) => {
                let mut ways = self.map.ways().within(&context);
                ways.fault(&fault);
                ways.keys(&["intake"], "the intake");
                let list = ways.list;
                return self.failures.broken(self.case.name.span, format!("the order cannot be made: {fault}"), list);
            }
        };
        let ignored = order.is_null();
        self.then(&json!({"order": order, "ignored": ignored}), None, |run, difference| {
            let mut ways = run.map.ways().within(&context);
            ways.named(&difference.path, &[&["intake", "order"], &["parts"]]);
            ways.keys(&["intake"], "the intake");
            ways.sample(run.sample().as_ref(), &super::request::shown(difference.found.as_ref()));
            ways.list
        });
    }

    pub(super) fn actions(&mut self, rules: Option<&ActionRules>) {
        let Some(rules) = rules else {
            return self.broken(self.case.name.span, "there is no actions file to run this case against");
        };
        let given = self.given();
        let mut event = given.and_then(|given| given.event.as_ref()).map_or_else(|| json!({}), Node::to_json);
        let rest = json!({"event_id": "e1", "carrier": "", "account": "default", "sequence": 1});
        for (name, value) in rest.as_object().cloned().unwrap_or_else(Map::new) {
            if let Some(members) = event.as_object_mut() {
                members.entry(name).or_insert(value);
            }
        }
        let event: crate::model::Event = match serde_json::from_value(event) {
            Ok(event) => event,
            Err(error) => return self.broken(self.case.name.span, format!("`given.event` is no event: {error}")),
        };
        let known = given.and_then(|given| given.facts.as_ref());
        let facts = Facts {
            attempt: known.and_then(|facts| facts.attempt.as_ref()).map_or(1, |attempt| attempt.value),
            first_of_status: known.and_then(|facts| facts.first.as_ref()).is_none_or(|first| first.value),
            asked_cancel: known.and_then(|facts| facts.asked_cancel.as_ref()).is_some_and(|asked| asked.value),
            country: known.and_then(|facts| facts.country.as_ref()).map(|country| country.value.as_str()),
        };
        let decisions = rules.decide(&event, &facts);
        let found: Json = decisions.iter().map(decision).collect();
        let status = event.status.name();
        self.then(&json!({"actions": found}), None, |run, _| {
            let mut ways = run.map.ways();
            let rules = run.map.node(&["rules"]).and_then(Node::as_list).unwrap_or(&[]);
            let (own, others): (Vec<&Node>, Vec<&Node>) =
                rules.iter().partition(|rule| rule.get("status").is_some_and(|words| speaks(words, status)));
            own.into_iter().for_each(|rule| ways.deep(rule, "a rule for this status"));
            others.into_iter().for_each(|rule| ways.deep(rule, "a rule for other statuses"));
            ways.list
        });
    }
}

fn decision(decision: &Decision) -> Json {
    match decision {
        Decision::NotifyShop => json!("notify_shop"),
        Decision::EmailLogistics { topic } => json!({"email_logistics": {"topic": topic}}),
    }
}

fn speaks(words: &Node, status: &str) -> bool {
    let single = std::slice::from_ref(words);
    words.as_list().unwrap_or(single).iter().any(|word| text_of(word) == status)
}

impl super::way::Ways<'_> {
    /// The entries below some keys that have the name of what differs.
    fn named(&mut self, path: &[String], below: &[&[&str]]) {
        let map = self.map;
        let Some(name) = path.iter().skip(2).rev().find(|step| step.parse::<usize>().is_err()) else { return };
        for keys in below {
            if let Some(entry) = map.node(keys).and_then(|node| find(node, name)) {
                self.entry(entry, "makes it");
            }
        }
    }
}

/// The first entry of a name, at any depth.
fn find<'n>(node: &'n Node, name: &str) -> Option<&'n crate::source::Entry> {
    let own = node.as_map().unwrap_or(&[]).iter().find(|entry| entry.key.text.trim_end_matches('!') == name);
    own.or_else(|| super::way::children(node).find_map(|child| find(child, name)))
}
