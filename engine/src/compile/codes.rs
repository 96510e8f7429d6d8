//! Findings of lowering, each with its page.

crate::codes! {
    /// ## What
    /// A `$` word is misspelled, lacks its companion, or stands beside words that it cannot stand with.
    /// ## Why
    /// The structure would not be what it seems to be.
    /// ## Example
    /// ```yaml
    /// $for: p in shipment.parcels
    /// $doo: {weight: "${{ p.weight }}"}
    /// ```
    /// ## Mend
    /// `$for` goes with `$do`, `$if` with `$then` and `$else`, `$match` with its values and `$else`.
    TEMPLATE_WORD = "E301", "template-word";
    /// ## What
    /// `${{` is not closed by `}}`.
    /// ## Why
    /// The text would be sent as it stands.
    /// ## Example
    /// ```yaml
    /// name: ${{ p.name }
    /// ```
    /// ## Mend
    /// Close it with `}}`.
    UNCLOSED = "E302", "unclosed-expression";
    /// ## What
    /// A part, or another thing that is referred to by name, does not exist.
    /// ## Why
    /// There is nothing to put in its place.
    /// ## Example
    /// ```yaml
    /// shipper: {$part: prty, p: shipment.sender}
    /// ```
    /// ## Mend
    /// Use one of those that the finding lists, or declare it.
    UNKNOWN_PART = "E303", "unknown-part";
    /// ## What
    /// A part is given an argument that it does not take, or not given one that it needs.
    /// ## Why
    /// What the part reads would be null.
    /// ## Example
    /// ```yaml
    /// shipper: {$part: party, q: shipment.sender}
    /// ```
    /// ## Mend
    /// Give the parameters that the part declares; `name?` declares one that may be left out.
    PART_ARGUMENTS = "E304", "part-arguments";
    /// ## What
    /// A key stands in two objects that `$merge` puts together.
    /// ## Why
    /// One of the two would silently be lost.
    /// ## Example
    /// ```yaml
    /// $merge: [{a: 1}, {a: 2}]
    /// ```
    /// ## Mend
    /// Leave the key in one of them.
    MERGE_CONFLICT = "E305", "merge-conflict";
    /// ## What
    /// A request names a server, auth, operation or other thing of the file that does not exist.
    /// ## Why
    /// The request could not be made.
    /// ## Example
    /// ```yaml
    /// request: {server: idd, path: /token}
    /// ```
    /// ## Mend
    /// Use one of those that the finding lists, or declare it.
    UNKNOWN_REFERENCE = "E306", "unknown-reference";
    /// ## What
    /// A request is put together wrongly: two bodies, neither path nor link, a body with GET.
    /// ## Why
    /// It is not clear what would be sent.
    /// ## Example
    /// ```yaml
    /// request: {path: /x, json: {}, xml: {}}
    /// ```
    /// ## Mend
    /// Say one of them.
    REQUEST = "E307", "request";
    /// ## What
    /// A host is calculated.
    /// ## Why
    /// The only hosts ever called are those written in `servers` and `links`: an order must not choose where credentials go.
    /// ## Example
    /// ```yaml
    /// servers: {production: {api: "https://${{ config.host }}"}}
    /// ```
    /// ## Mend
    /// Write the hosts out, one environment or server each, and choose among them by name.
    COMPUTED_HOST = "E308", "computed-host";
    /// ## What
    /// A declaration (config, option, limit, lookup, server) is not well-formed.
    /// ## Why
    /// It could not be used.
    /// ## Example
    /// ```yaml
    /// limits: {rate: fast}
    /// ```
    /// ## Mend
    /// See the finding.
    DECLARATION = "E309", "declaration";
    /// ## What
    /// An element or attribute of XML has a prefix that no `$ns` declares, or a name that is none, or a document has no
    /// root element or several.
    /// ## Why
    /// No parser would take the document.
    /// ## Example
    /// ```yaml
    /// xml: {"ship:order": {"ship:ref": "${{ shipment.reference }}"}}
    /// ```
    /// ## Mend
    /// Declare the prefix: `xml: {$ns: {ship: urn:swiftpost:ship}, "ship:order": {...}}`. A name without prefix is in no
    /// namespace.
    XML = "E310", "xml";
    /// ## What
    /// A sign-in is put together wrongly: credentials that its kind needs or cannot use, two lifetimes, a token that goes
    /// nowhere, sign-ins that wait for each other.
    /// ## Why
    /// No request could be signed in, or one would go out without its credential.
    /// ## Example
    /// ```yaml
    /// auth:
    ///   oauth2: {grant: password, request: {path: /token}, username: "${{ secret.user }}"}
    /// ```
    /// ## Mend
    /// See the finding.
    SIGN_IN = "E311", "sign-in";
    /// ## What
    /// A value cannot be read as a source.
    /// ## Why
    /// A bare word is neither a path nor an expression; literals stand in `media`, `kind` and `status` only.
    /// ## Example
    /// ```yaml
    /// tracking_number: trackingNo
    /// ```
    /// ## Mend
    /// Write `$.trackingNo`.
    SOURCE = "E401", "source";
    /// ## What
    /// A path is no JSONPath (RFC 9535).
    /// ## Why
    /// Nothing could be read with it.
    /// ## Example
    /// ```yaml
    /// tracking_number: $.tracking-no
    /// ```
    /// ## Mend
    /// Names with other signs than letters, digits and `_` are quoted: `$['tracking-no']`.
    PATH = "E402", "path";
    /// ## What
    /// A path can yield many values where one is wanted.
    /// ## Why
    /// All but one would be lost.
    /// ## Example
    /// ```yaml
    /// tracking_number: $.parcels[*].no
    /// ```
    /// ## Mend
    /// Take one (`[0]`), join them, or read them under `each`.
    MANY_INTO_ONE = "E403", "many-into-one";
    /// ## What
    /// A date is read without a zone, or by a format that cannot be right.
    /// ## Why
    /// The instant would be hours off.
    /// ## Example
    /// ```yaml
    /// occurred_at: {from: $.time, format: "%Y-%m-%d %H:%M"}
    /// ```
    /// ## Mend
    /// Say `zone:` with an IANA name, from `config` if need be, or `unknown` to keep local time.
    ZONELESS = "E404", "zoneless-date";
    /// ## What
    /// The rules of a reply cannot do what they seem to: the last one is conditional, one can never be reached, a name
    /// does not exist, a status is none.
    /// ## Why
    /// A reply would be read wrongly, or not at all.
    /// ## Example
    /// ```yaml
    /// responses:
    ///   - {outcome: accepted}
    ///   - {when: {status: 4xx}, outcome: rejected}
    /// ```
    /// ## Mend
    /// Order the rules from special to general, and end with `$http`.
    RULES = "E405", "rules";
    /// ## What
    /// `reauthenticate` is said of a credential that cannot be renewed.
    /// ## Why
    /// The same key would be refused again and again.
    /// ## Example
    /// ```yaml
    /// auth: {bearer: {token: "${{ secret.key }}"}}
    /// replies: {all: [{when: {status: 401}, outcome: reauthenticate}]}
    /// ```
    /// ## Mend
    /// Say `misconfigured`.
    CANNOT_RENEW = "E406", "cannot-renew";
    /// ## What
    /// A status or reason does not exist, a code stands twice, a regular expression is none.
    /// ## Why
    /// The event could not be understood.
    /// ## Example
    /// ```yaml
    /// codes: {DL: deliverd}
    /// ```
    /// ## Mend
    /// Use one of the words that the finding lists.
    VOCABULARY = "E501", "vocabulary";
    /// ## What
    /// A webhook is put together wrongly.
    /// ## Why
    /// Its deliveries could not be verified or read.
    /// ## Example
    /// ```yaml
    /// verify: {none: ""}
    /// ```
    /// ## Mend
    /// See the finding.
    WEBHOOK = "E502", "webhook";
    /// ## What
    /// A value may be null where null is an error: it is not in every order, and no `$if`, `requires` or `$omit` looks after it.
    /// ## Why
    /// Every order without it fails before anything is sent, and waits for a person. A case that has everything does not show it.
    /// ## Example
    /// ```yaml
    /// json: {name: "${{ shipment.recipient.name }}", company: "${{ shipment.recipient.company }}"}
    /// ```
    /// ## Mend
    /// Let it fall out (`$omit: absent`), give it a `default('')`, or ask for it in `requires`. If an order without it shall
    /// fail, say so: `company!:`.
    MAY_BE_NULL = "E621", "may-be-null";
    /// ## What
    /// A rule's condition holds for a reply without a body: `!=`, `not` and `not in` are true of what is not there.
    /// ## Why
    /// A 503 comes without a body, as most faults on the way do. The rule takes it, and says of it what is only true of a
    /// reply of the carrier: the shop is told that the order was refused, though it should be tried again.
    /// ## Example
    /// ```yaml
    /// responses:
    ///   - {when: {if: "body.Head != 'OK'"}, outcome: rejected}
    ///   - $http
    /// ```
    /// ## Mend
    /// Say of which replies it speaks: `{when: {status: 2xx, if: "body.Head != 'OK'"}, ...}`, or that there is one: `has: $.Head`.
    ABSENT_BODY = "E622", "absent-body";
}
