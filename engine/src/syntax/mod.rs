//! The YAML files as typed trees: every key known, every place kept.
//!
//! One description of a record (`record!`) drives its reading, the findings about its keys, and its JSON Schema. What is
//! free in form (bodies, expressions, sources) stays a [`Node`](crate::source::Node) here and is lowered by `compile`.

#[macro_use]
mod decode;
mod accounts;
mod actions;
mod auth;
mod carrier;
mod case;
mod leaf;
mod operation;
mod process;
mod reply;
mod shop;
mod source;
mod track;
mod verify;
mod webhook;

pub use accounts::{AccountEntry, AccountsFile};
pub use actions::{ActionRule, ActionsFile};
pub use auth::{
    Auth, Basic, Bearer, Grant, GrantFields, Jwt, JwtAlgorithm, Lifetime, Login, Named as NamedCredential, OAuth2, OAuthClient,
    Send, SendClient, Sent, Signature,
};
pub use carrier::{
    CarrierFile, ConfigField, Defaults, FieldType, Head, Limits, Lookup, OptionField, OptionOf, Part, RuleList, Silence,
};
pub use case::{
    AskedGiven, AskedNames, CaseFile, CaseList, ExchangeCase, Expect, Facts, Given, ReplyGiven, RequestExpected, RequestGiven,
    Sender, Then, ThenNode,
};
pub use decode::{CODES, MISSING_KEY, UNKNOWN_KEY, WRONG_SHAPE, WRONG_WORD, check_keys, record_schema};
pub use decode::{Choice, Cx, Decode, Entries, Field, Named, OneOrMany, Sp, decode_entries};
pub use leaf::{Expression, Seconds, SourceNode, Template};
pub use operation::{
    Compensate, Idempotency, Method, OnFailure, Operation, Reconcile, Request, Requires, Soap, SoapVersion, Step, StepPoll,
};
pub use process::{
    DurabilityWord, IntakeSetup, LogFormat, LogSetup, MailSetup, PatienceSetup, ProcessFile, RetentionSetup, WorkersSetup,
};
pub use reply::{
    Documents, EntryError, Extract, HeaderCondition, NoReply, OutcomeWord, ParcelsExtract, Rule, RuleEntry, Rules, Warnings, When,
};
pub use shop::{Intake, IntakeMatch, ShopFile};
pub use source::{LongSource, SourceDecoding, SourcePick, SourceType};
pub use track::{CurrentSpec, EventSpec, ItemError, ItemSpec, Poll, StatusSpec, Track, Until};
pub use verify::{
    Algorithm, BasicCheck, Encoding, Get, Handshake, Hmac, KeyEncoding, KeyId, MemberCheck, Rsa, SignaturePlace, Timestamp,
    ValueCheck, Verify, VerifyList,
};
pub use webhook::{CodeText, Completes, DeliveryAnswer, MatchCase, Unknown, VocabularyFile, VocabularyRule, Webhook};
