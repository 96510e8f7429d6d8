//! Operations, steps and requests, as written.

use super::decode::Entries;
use super::reply::{Extract, Rules};
use super::{Expression, Named, Seconds, Sp, Template};
use crate::source::Node;

words! {
    /// An HTTP method.
    pub enum Method {
        /// Reads.
        Get = "GET",
        /// Writes.
        Post = "POST",
        /// Writes.
        Put = "PUT",
        /// Writes.
        Patch = "PATCH",
        /// Writes.
        Delete = "DELETE",
    }
}

record! {
    /// One HTTP request.
    pub struct Request {
        /// The server's name; the first of `servers` when not given.
        server: Option<Template>,
        /// `none`, the name of one of `auths`, or `auth`: the file's only sign-in. The first when not given; but a `link` carries no
        /// credential unless it names one here.
        auth: Option<Sp<String>>,
        /// The method; POST with a body, GET without when not given.
        method: Option<Sp<Method>>,
        /// The path below the server's base; each `${{ }}` is one encoded segment. `$if` and `$match` choose among several.
        path: Option<Template>,
        /// Follows a URL that a reply gave, byte for byte, to hosts named in `links`: without default headers, and without a
        /// credential unless `auth` names one.
        link: Option<Expression>,
        /// Query parameters; a list repeats the parameter.
        query: Option<Template>,
        /// Headers beside those of `defaults`.
        headers: Option<Template>,
        /// Replaces the body's own media type.
        content_type: Option<Template>,
        /// A JSON body.
        json: Option<Template>,
        /// An XML body.
        xml: Option<Template>,
        /// An `application/x-www-form-urlencoded` body.
        form: Option<Template>,
        /// A SOAP message: envelope and headers are written for you.
        soap: Option<Box<Soap>>,
        /// A `multipart/form-data` body: fields, and files as `{$file: name, $media: type, $data: bytes}`.
        multipart: Option<Template>,
        /// A plain text body.
        text: Option<Template>,
        /// A body of bytes, or of text sent as it is.
        bytes: Option<Template>,
    }
}

impl Request {
    /// The bodies that are given, by key (of a SOAP message what stands in its body): one at most in a sound file.
    #[must_use]
    pub fn bodies(&self) -> Vec<(&'static str, &Node)> {
        let templates = [
            ("json", &self.json),
            ("xml", &self.xml),
            ("form", &self.form),
            ("multipart", &self.multipart),
            ("text", &self.text),
            ("bytes", &self.bytes),
        ];
        let soap = self.soap.iter().map(|soap| ("soap", &soap.body.0));
        templates.into_iter().filter_map(|(name, template)| Some((name, &template.as_ref()?.0))).chain(soap).collect()
    }
}

words! {
    /// A version of SOAP.
    pub enum SoapVersion {
        /// SOAP 1.1.
        V11 = "1.1",
        /// SOAP 1.2.
        V12 = "1.2",
    }
}

record! {
    /// A SOAP message. Of its reply, `$` and `body` are the inside of the envelope's body.
    pub struct Soap {
        /// `1.1` when not given.
        version: Option<Sp<SoapVersion>>,
        /// What the server is asked to do: the `SOAPAction` header (1.1), or a parameter of the media type (1.2).
        action: Option<Template>,
        /// Prefixes and their namespaces, declared by the envelope; its own prefix is `soap`.
        namespaces as "$ns": Option<Template>,
        /// What stands in the envelope's header.
        header: Option<Template>,
        /// What stands in the envelope's body.
        body: Template,
    }
}

record! {
    /// A condition that an order must meet before anything is sent.
    pub struct Requires {
        /// Must hold for each: `name in list`.
        for_each: Option<Expression>,
        /// The condition.
        that: Expression,
        /// What the shop is told when it is not met.
        message: Template,
    }
}

record! {
    /// How the carrier recognises a repeated write.
    pub struct Idempotency {
        /// The header that carries the key.
        header: Option<Sp<String>>,
        /// The key; `${{ order.key }}` when not given.
        value: Option<Template>,
        /// How long the carrier remembers it.
        window: Seconds,
    }
}

record! {
    /// Asked when nobody knows what became of a write.
    pub struct Reconcile {
        /// The operation that looks the order up.
        operation: Sp<String>,
        /// Whether "not found" proves that the carrier does not have it.
        authoritative: Option<Sp<bool>>,
        /// How long the carrier may take until a write can be found.
        settle: Option<Seconds>,
    }
}

words! {
    /// What a failed step does to its operation.
    pub enum OnFailure {
        /// The operation fails; what succeeded is compensated.
        Fail = "fail",
        /// The operation goes on without it.
        Continue = "continue",
        /// A person decides.
        Park = "park",
    }
}

record! {
    /// The request that undoes a step.
    pub struct Compensate {
        /// The request; `it` is the undone iteration's extract.
        request: Box<Request>,
        /// How its reply is read; when not given, 2xx is accepted and `$http` reads the rest.
        responses: Option<Rules>,
    }
}

record! {
    /// How a step that answers `pending` is asked again.
    pub struct StepPoll {
        /// The interval.
        every: Seconds,
        /// How long to ask.
        give_up: Option<Seconds>,
    }
}

record! {
    /// One step of an operation of several requests.
    pub struct Step {
        /// Runs only when this holds.
        r#if as "if": Option<Expression>,
        /// Runs once for each: `name in list`.
        for_each: Option<Expression>,
        /// One after another instead of concurrently.
        sequential: Option<Sp<bool>>,
        /// While the answer is `pending`, the step is asked again: it must only read.
        poll: Option<StepPoll>,
        /// Whether it writes, when the method does not say so.
        writes: Option<Sp<bool>>,
        /// How the carrier recognises a repeated write.
        idempotency: Option<Idempotency>,
        /// The request.
        request: Box<Request>,
        /// How its reply is read; when not given, 2xx is accepted and `$http` reads the rest.
        responses: Option<Rules>,
        /// What is read from the reply.
        extract: Option<Extract>,
        /// What a failure does; `fail` when not given.
        on_failure: Option<Sp<OnFailure>>,
        /// How it is undone.
        compensate: Option<Compensate>,
    }
}

record! {
    /// An operation: one request, or steps.
    pub struct Operation {
        /// Conditions that the order must meet.
        requires: Vec<Requires>,
        /// Names for values.
        r#let as "let": Named<Node>,
        /// Whether it writes, when the method does not say so.
        writes: Option<Sp<bool>>,
        /// How the carrier recognises a repeated write.
        idempotency: Option<Idempotency>,
        /// Asked when nobody knows what became of a write.
        reconcile: Option<Reconcile>,
        /// The only request.
        request: Option<Request>,
        /// How its reply is read; when not given, 2xx is accepted and `$http` reads the rest.
        responses: Option<Rules>,
        /// What is read from the reply.
        extract: Option<Extract>,
        /// The requests, by name, in order.
        steps: Option<Entries<Step>>,
    }
}
