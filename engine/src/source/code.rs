//! What can be wrong with a file before anyone asks what it says.

crate::codes! {
    /// ## What
    /// The file is not well-formed YAML at this place.
    ///
    /// ## Why
    /// Nothing below the broken place can be trusted up to the next key that stands at the start of a line; the reader
    /// takes up again there, so that one run shows as many mistakes as possible.
    ///
    /// ## Example
    /// ```yaml
    /// request: {path: /track/${{ tracking.number }}}
    /// ```
    /// Between `{ }` and `[ ]` the characters `{ } [ ] ,` end a value that has no quotes.
    ///
    /// ## Mend
    /// Follow the help beneath the finding. Most often quotes around the value are all that is missing:
    /// ```yaml
    /// request: {path: "/track/${{ tracking.number }}"}
    /// ```
    SYNTAX = "E001", "syntax";

    /// ## What
    /// A mapping holds the same key twice.
    ///
    /// ## Why
    /// Most readers of YAML keep the last one silently, so that a whole block vanishes without a word.
    ///
    /// ## Example
    /// ```yaml
    /// config:
    ///   account_no: {type: string}
    ///   account_no: {type: integer}
    /// ```
    ///
    /// ## Mend
    /// Remove one of the two, or rename it. A key of one's own beside one that comes through `<<` is allowed: the own one
    /// wins.
    DUPLICATE_KEY = "E002", "duplicate-key";

    /// ## What
    /// A key is missing, or is a list or a mapping instead of a text.
    ///
    /// ## Why
    /// Every key of these files is a name. A mapping as a key is nearly always an expression that lost its `$`: YAML reads
    /// `{{ x }}` as a mapping inside a mapping.
    ///
    /// ## Example
    /// ```yaml
    /// phone: {{ p.phone }}
    /// ```
    ///
    /// ## Mend
    /// ```yaml
    /// phone: ${{ p.phone }}
    /// ```
    NON_SCALAR_KEY = "E003", "non-scalar-key";

    /// ## What
    /// `*name` refers to an anchor that is not defined above it, or that contains it.
    ///
    /// ## Why
    /// An alias repeats what `&name` marked earlier in the same file.
    ///
    /// ## Example
    /// ```yaml
    /// event: {<<: *event, id: $.id}
    /// ```
    ///
    /// ## Mend
    /// Mark the first occurrence by `&event`, above the alias. A text that begins with `*` needs quotes.
    UNKNOWN_ALIAS = "E004", "unknown-alias";

    /// ## What
    /// A value carries a YAML tag.
    ///
    /// ## Why
    /// Types are told by the format, not by tags. Only `!!str`, `!!map` and `!!seq` are understood.
    ///
    /// ## Example
    /// ```yaml
    /// key: !secret webhook_key
    /// ```
    ///
    /// ## Mend
    /// Write the value without its tag; a text that begins with `!` needs quotes.
    TAG = "E005", "tag";

    /// ## What
    /// `<<` was given something that cannot be merged.
    ///
    /// ## Why
    /// `<<` takes over the entries of a mapping, or of a list of mappings, mostly by alias.
    ///
    /// ## Example
    /// ```yaml
    /// event: {<<: event, id: $.id}
    /// ```
    ///
    /// ## Mend
    /// ```yaml
    /// event: {<<: *event, id: $.id}
    /// ```
    BAD_MERGE = "E006", "bad-merge";

    /// ## What
    /// The file is too large, nested too deeply, or its aliases expand to too much.
    ///
    /// ## Why
    /// A few lines of nested aliases can grow to billions of values; the reader stops before memory does.
    ///
    /// ## Example
    /// ```yaml
    /// a: &a [x, x, x, x, x, x, x, x]
    /// b: &b [*a, *a, *a, *a, *a, *a, *a, *a]
    /// c: &c [*b, *b, *b, *b, *b, *b, *b, *b]
    /// ```
    ///
    /// ## Mend
    /// Use fewer aliases, or flatten the nesting.
    TOO_LARGE = "E007", "too-large";

    /// ## What
    /// The file has no content besides comments.
    ///
    /// ## Why
    /// An empty file is most often one that was not saved, or was cut on its way.
    ///
    /// ## Example
    /// ```yaml
    /// # to be written
    /// ```
    ///
    /// ## Mend
    /// Write the file, or remove it.
    EMPTY_FILE = "E008", "empty-file";

    /// ## What
    /// The file holds a second document, begun by `---`.
    ///
    /// ## Why
    /// One file describes one thing; what stands below `---` would be ignored.
    ///
    /// ## Example
    /// ```yaml
    /// format: carrier/v1
    /// ---
    /// format: shop/v1
    /// ```
    ///
    /// ## Mend
    /// Put the second document into a file of its own, or remove the `---`.
    SEVERAL_DOCUMENTS = "E009", "several-documents";

    /// ## What
    /// The file is not UTF-8.
    ///
    /// ## Why
    /// All files are UTF-8, so that an accented letter of a value reaches the carrier as it was written.
    ///
    /// ## Example
    /// A file saved as Windows-1252, in which `é` is the single byte `E9`.
    ///
    /// ## Mend
    /// Save the file as UTF-8.
    NOT_UTF8 = "E010", "not-utf-8";
}
