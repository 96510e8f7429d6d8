//! What of a mapping its cases touch.
//!
//! While a file is compiled, every place where it can do one thing or another is noted as a [`Spot`]: leaves of requests,
//! branches, rules, sources, codes. A case that is run with a [`Touched`] on its account notes the spots that it comes
//! by; without one nothing is noted, and the evaluator only asks whether there is one. What was noted in no case is
//! [`Missing`].
//!
//! A spot counts only if the case says what it expects of it: of the request, or of what comes of the reply. A case that
//! fails, or whose expectation was generated (its `source` begins with that word), counts for nothing.

mod fields;
mod render;
mod spot;
mod tally;
mod touched;

pub(crate) use fields::given as given_fields;
pub use spot::{Coverable, Kind, Spot, What};
pub use tally::{Coverage, Missing, Tally, Watch};
pub(crate) use touched::Seen;
pub use touched::Touched;
