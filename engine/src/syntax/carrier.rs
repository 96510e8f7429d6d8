//! The carrier file, as written.

use super::decode::{Entries, OneOrMany};
use super::reply::RuleEntry;
use super::webhook::{MatchCase, VocabularyFile, Webhook};
use super::{Auth, Cx, Decode, Named, Operation, Seconds, Sp, Template, Track};
use crate::source::Node;
use serde_json::{Value, json};

record! {
    /// What the file describes.
    pub struct Head {
        /// The carrier's id: its folder's name.
        id: Sp<String>,
        /// The carrier's name.
        name: Sp<String>,
        /// Where its manual is.
        docs: Option<Sp<String>>,
    }
}

words! {
    /// The type of a setting or option.
    pub enum FieldType {
        /// A text.
        String = "string",
        /// A whole number.
        Integer = "integer",
        /// A number.
        Number = "number",
        /// `true` or `false`.
        Boolean = "boolean",
        /// A day, `2026-01-31`.
        Date = "date",
        /// An instant (RFC 3339).
        Datetime = "datetime",
        /// An amount with its currency.
        Money = "money",
    }
}

record! {
    /// A setting of an account.
    pub struct ConfigField {
        /// Its type.
        r#type as "type": Sp<FieldType>,
        /// The values it may have.
        r#enum as "enum": Option<OneOrMany<Node>>,
        /// A regular expression that a text must match.
        pattern: Option<Sp<String>>,
        /// Its value when an account does not give one; without, it must be given.
        default: Option<Node>,
        /// May be left out: it is null then.
        optional: Option<Sp<bool>>,
        /// A value to show to people.
        example: Option<Node>,
        /// What it is.
        help: Option<Sp<String>>,
    }
}

words! {
    /// What an option belongs to.
    pub enum OptionOf {
        /// The shipment.
        Shipment = "shipment",
        /// Each parcel.
        Parcel = "parcel",
    }
}

record! {
    /// What an order may ask of this carrier.
    pub struct OptionField {
        /// Its type.
        r#type as "type": Sp<FieldType>,
        /// The values it may have.
        r#enum as "enum": Option<OneOrMany<Node>>,
        /// A regular expression that a text must match.
        pattern: Option<Sp<String>>,
        /// Its value when the order does not give one; null when not given here either.
        default: Option<Node>,
        /// What it belongs to; `shipment` when not given.
        of: Option<Sp<OptionOf>>,
        /// A value to show to people.
        example: Option<Node>,
        /// What it does.
        help: Option<Sp<String>>,
    }
}

record! {
    /// Said of every request.
    pub struct Defaults {
        /// Headers.
        headers: Option<Template>,
        /// Query parameters.
        query: Option<Template>,
    }
}

record! {
    /// What the carrier bears.
    pub struct Limits {
        /// How long a reply may take; 30 s when not given.
        timeout: Option<Seconds>,
        /// How many requests at a time.
        concurrency: Option<Sp<u32>>,
        /// How many requests in a time: `50/s`, `600/m`.
        rate: Option<Sp<String>>,
        /// How long an order is tried; 24 h when not given.
        give_up_after: Option<Seconds>,
    }
}

record! {
    /// When silence is a fault.
    pub struct Silence {
        /// An accepted shipment without an event.
        events: Option<Seconds>,
        /// A carrier that stopped calling.
        webhooks: Option<Seconds>,
    }
}

record! {
    /// A table from our words to the carrier's.
    pub struct Lookup {
        /// How keys are compared.
        r#match as "match": Option<Sp<MatchCase>>,
        /// A value per key; a mapping gives several columns.
        values: Named<Node>,
        /// What is done with a key that is not there: `refuse` (the shop is told that the order is refused, and what there is),
        /// `{refuse: words}` (in these words), `fail` (a person must mend the file), `pass`, `omit`, `{value: x}`.
        unknown: Option<Node>,
        /// What is done with null: the same; `omit` when not given.
        missing: Option<Node>,
    }
}

record! {
    /// A reusable fragment.
    pub struct Part {
        /// Its parameters; a trailing `?` makes one optional.
        params: Vec<Sp<String>>,
        /// What it yields.
        value: Template,
    }
}

/// A named list of rules.
#[derive(Debug, Clone)]
pub struct RuleList(pub Vec<RuleEntry>);

impl Decode for RuleList {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        let Some(items) = node.as_list() else {
            cx.wrong_shape(node, "a list of rules");
            return None;
        };
        Some(Self(items.iter().filter_map(|item| RuleEntry::decode(item, cx)).collect()))
    }
    fn schema() -> Value {
        json!({"type": "array", "items": RuleEntry::schema()})
    }
}

record! {
    /// One carrier.
    pub struct CarrierFile {
        /// `carrier/v1`.
        format: Sp<String>,
        /// What the file describes.
        carrier: Head,
        /// What of the file could not be verified, listed by `validate`.
        unverified: Option<OneOrMany<Sp<String>>>,
        /// Settings of an account.
        config: Named<ConfigField>,
        /// What an order may ask of this carrier.
        options: Named<OptionField>,
        /// The names of an account's secrets; a trailing `?` marks one that an account need not have.
        secrets: Option<OneOrMany<Sp<String>>>,
        /// The only hosts ever called: per environment, a base URL per server.
        servers: Named<Entries<Sp<String>>>,
        /// Hosts to which `link:` may go.
        links: Option<OneOrMany<Sp<String>>>,
        /// Said of every request.
        defaults: Option<Defaults>,
        /// How requests are signed in.
        auth: Option<Auth>,
        /// Several ways to sign in, by name.
        auths: Named<Auth>,
        /// What the carrier bears.
        limits: Option<Limits>,
        /// When silence is a fault.
        silence: Option<Silence>,
        /// Tables.
        lookups: Named<Lookup>,
        /// Reusable fragments.
        parts: Named<Part>,
        /// Lists of rules.
        replies: Named<RuleList>,
        /// What the carrier can be asked to do.
        operations: Named<Operation>,
        /// For carriers that are asked.
        track: Option<Track>,
        /// How the carrier calls us.
        webhooks: Named<Webhook>,
        /// The carrier's words for statuses.
        vocabularies: Named<VocabularyFile>,
    }
}

impl CarrierFile {
    /// The account's secrets by name, and whether an account need not have them.
    #[must_use]
    pub fn secret_names(&self) -> Vec<(Sp<String>, bool)> {
        let written = self.secrets.iter().flat_map(|secrets| &secrets.0);
        let bare = |name: &Sp<String>| match name.value.strip_suffix('?') {
            Some(bare) => (Sp { value: bare.to_owned(), span: name.span }, true),
            None => (name.clone(), false),
        };
        written.map(bare).collect()
    }
}
