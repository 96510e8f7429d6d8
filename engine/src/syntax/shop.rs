//! The shop's file, as written: the counterpart that orders come from and updates go to.

use super::{
    Auth, CarrierFile, ConfigField, Defaults, Entries, Expression, Head, Limits, Lookup, Named, OneOrMany, Operation, Part,
    RuleList, Sp, Template,
};

record! {
    /// Which of the shop's messages are orders.
    pub struct IntakeMatch {
        /// A condition on `body`.
        r#if as "if": Expression,
    }
}

record! {
    /// How the shop's own order JSON becomes a canonical order.
    pub struct Intake {
        /// A message is an order when one of these holds; always, when none is given.
        r#match as "match": Vec<IntakeMatch>,
        /// The canonical order.
        order: Template,
    }
}

record! {
    /// The shop.
    pub struct ShopFile {
        /// `shop/v1`.
        format: Sp<String>,
        /// How the shop's own order JSON becomes a canonical order; without it orders come in canonical form.
        intake: Option<Intake>,
        /// Settings of an account.
        config: Named<ConfigField>,
        /// The names of an account's secrets; a trailing `?` marks one that an account need not have.
        secrets: Option<OneOrMany<Sp<String>>>,
        /// Per environment, a base URL per server.
        servers: Named<Entries<Sp<String>>>,
        /// Said of every request.
        defaults: Option<Defaults>,
        /// How requests are signed in.
        auth: Option<Auth>,
        /// Several ways to sign in, by name.
        auths: Named<Auth>,
        /// What the shop bears.
        limits: Option<Limits>,
        /// Tables.
        lookups: Named<Lookup>,
        /// Reusable fragments.
        parts: Named<Part>,
        /// Lists of rules.
        replies: Named<RuleList>,
        /// `order_result` and `update_order`: `action` is in scope.
        operations: Named<Operation>,
    }
}

impl ShopFile {
    /// The shop as a counterpart like a carrier: what the two formats share.
    #[must_use]
    pub fn counterpart(&self) -> CarrierFile {
        let text = |value: &str| Sp { value: value.to_owned(), span: self.format.span };
        CarrierFile {
            format: self.format.clone(),
            carrier: Head { id: text("shop"), name: text("the shop"), docs: None, span: self.format.span },
            unverified: None,
            config: self.config.clone(),
            options: Vec::new(),
            secrets: self.secrets.clone(),
            servers: self.servers.clone(),
            links: None,
            defaults: self.defaults.clone(),
            auth: self.auth.clone(),
            auths: self.auths.clone(),
            limits: self.limits.clone(),
            silence: None,
            lookups: self.lookups.clone(),
            parts: self.parts.clone(),
            replies: self.replies.clone(),
            operations: self.operations.clone(),
            track: None,
            webhooks: Vec::new(),
            vocabularies: Vec::new(),
            span: self.span,
        }
    }
}
