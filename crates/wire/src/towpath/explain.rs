//! Why something is as it is: a look-up of the reason that was decided and stored.

use crate::moment::Moment;
use crate::shapes::shapes;

shapes! { "camelCase";
    /// Asks why. The id's form tells what it is of: a delivery `dlv-…`, an execution (a UUID), an
    /// action's execution (a UUID), a connection's ARN, an effect `eff-…`.
    ExplainInput {
        /// Of anything that can wait, fail, start or not start.
        id: String,
    } optional {}

    /// The reason, and the facts that led to it, latest first.
    ExplainOutput {
        /// As asked.
        id: String,
        /// `delivery`, `execution`, `action`, `connection`, `effect`.
        kind: String,
        /// How it stands, in one word: `Waiting`, `Running`, `Succeeded`, …
        status: String,
        /// The present reason first, each next one the cause of the one before.
        reasons: Vec<Reason>,
    } optional {}

    /// One reason as words.
    Reason {
        /// A stable code: `waits-for-approval`.
        code: String,
        /// What is so.
        sentence: String,
    } optional {
        /// What to do about it, where there is something to do.
        next_step: String,
        /// When it became so.
        at: Moment,
    }
}
