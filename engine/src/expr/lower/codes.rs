//! What can be wrong with an expression.

crate::codes! {
    /// ## What
    /// An expression cannot be parsed.
    /// ## Why
    /// It is no expression of the language: a parenthesis is open, an operator lacks its operand, `{{ }}` lacks its `$`.
    /// ## Example
    /// ```yaml
    /// name: ${{ shipment.recipient.name | }}
    /// ```
    /// ## Mend
    /// Look at the token that the finding points to.
    SYNTAX = "E201", "expression-syntax";
    /// ## What
    /// An expression uses a name that is not in scope.
    /// ## Why
    /// It would be null for every order.
    /// ## Example
    /// ```yaml
    /// reference: ${{ shipmnt.reference }}
    /// ```
    /// ## Mend
    /// Use one of the names that the finding lists. Which names there are depends on the place: replies are not there
    /// while a request is made.
    UNKNOWN_NAME = "E202", "unknown-name";
    /// ## What
    /// A member does not exist: in the canonical model, in the account's config, among the options, secrets or steps.
    /// ## Why
    /// It would be null for every order.
    /// ## Example
    /// ```yaml
    /// name: ${{ shipment.reciever.name }}
    /// ```
    /// ## Mend
    /// Use one of the members that the finding lists, or declare it.
    UNKNOWN_MEMBER = "E203", "unknown-member";
    /// ## What
    /// A filter, function, test or lookup table does not exist.
    /// ## Why
    /// The expression cannot be calculated.
    /// ## Example
    /// ```yaml
    /// weight: ${{ p.weight | kilogram }}
    /// ```
    /// ## Mend
    /// Use one of those that the finding lists.
    UNKNOWN_FILTER = "E204", "unknown-filter";
    /// ## What
    /// A filter is given arguments that it does not take.
    /// ## Why
    /// It would fail for every order.
    /// ## Example
    /// ```yaml
    /// name: ${{ p.name | truncate_to('35') }}
    /// ```
    /// ## Mend
    /// See the filter's page in the reference.
    FILTER_ARGUMENTS = "E205", "filter-arguments";
    /// ## What
    /// A value has another type than its place takes.
    /// ## Why
    /// It would fail, or be always true or always false. A number after `$if` is refused because a latitude of 0 is a value:
    /// compare instead.
    /// ## Example
    /// ```yaml
    /// $if: shipment.recipient.address.latitude
    /// ```
    /// ## Mend
    /// Compare, convert by a filter, or choose another value.
    WRONG_TYPE = "E206", "wrong-type";
    /// ## What
    /// A comparison can never be true: the types differ, or the word is not one that the value can have.
    /// ## Why
    /// What depends on it would never happen, or always.
    /// ## Example
    /// ```yaml
    /// $if: shipment.payer == 'receiver'
    /// ```
    /// ## Mend
    /// Compare values of one type, and words that exist.
    NEVER_EQUAL = "E207", "never-equal";
    /// ## What
    /// A secret is used where it could be seen: in a path, a query, a body, a message.
    /// ## Why
    /// Secrets never reach logs, errors or the journal; these places do.
    /// ## Example
    /// ```yaml
    /// path: /accounts/${{ secret.key }}/shipments
    /// ```
    /// ## Mend
    /// Secrets may stand in `auth`, in headers and in signed strings; in a body use `{$secret: name}`.
    SECRET_PLACE = "E208", "secret-out-of-place";
    /// ## What
    /// A member of an XML reply that says yes or no is taken as a condition.
    /// ## Why
    /// XML has only texts, and a text that is there is true: `<ok>false</ok>` and `<ok>0</ok>` are as true as `<ok>true</ok>`.
    /// ## Example
    /// ```yaml
    /// responses:
    ///   - {when: {status: 2xx, if: body.Reply.Success}, outcome: accepted}
    /// ```
    /// ## Mend
    /// Compare it: `if: body.Reply.Success == 'true'`. Whether there is something at all asks `has: $.Reply.Success`.
    TEXT_IS_TRUE = "E340", "text-is-true";
}
