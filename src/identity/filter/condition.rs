//! The compiled form of a filter: conditions over operands. Typed, so that what is not a boolean
//! cannot stand where one is wanted; shallow by construction.

use super::pattern::Pattern;
use crate::identity::json::Json;

/// Something that is true, false or an error.
pub(super) enum Condition {
    Constant(bool),
    /// A claim that must be a boolean.
    Claim(Reference),
    Not(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Equal(Operand, Operand),
    /// Whether a claim that is there is `null`.
    IsNull(Operand),
    Order(Order, Operand, Operand),
    In {
        needle: Operand,
        haystack: Operand,
    },
    /// Whether the last step of the reference is there.
    Has(Reference),
    /// A claim that must be a boolean where it is there, and what stands for it where it is not.
    ClaimOr(Optional, bool),
    /// Whether what may be there is.
    HasValue(Optional),
    Text {
        kind: TextMatch,
        subject: Operand,
        argument: Operand,
    },
    Matches {
        subject: Operand,
        pattern: Pattern,
    },
    Each {
        quantifier: Quantifier,
        range: Reference,
        body: Box<Self>,
    },
}

/// A value to be looked at.
pub(super) enum Operand {
    /// A scalar or a list of scalars.
    Literal(Json),
    Reference(Reference),
    /// Number of characters, elements or members.
    Size(Reference),
    /// A claim that may be there, and what stands for it where it is not.
    Or(Optional, Json),
}

/// A claim that may be missing: `claims.?x`.
#[derive(Clone)]
pub(super) struct Optional {
    pub(super) reference: Reference,
    /// Steps from the first that must lead somewhere; the others may not.
    pub(super) certain: usize,
}

/// A claim, or something in the element that a quantifier looks at.
#[derive(Clone)]
pub(super) struct Reference {
    pub(super) variable: Variable,
    pub(super) steps: Vec<Step>,
    /// As the author may have written it, for messages.
    pub(super) text: String,
}

/// What a reference starts from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Variable {
    /// `claims`, or `user` in a rule about users.
    Root,
    /// The element at hand of the one quantifier around.
    Element,
}

/// From a value to one inside it.
#[derive(Clone)]
pub(super) enum Step {
    Member(String),
    Index(usize),
}

/// `<`, `<=`, `>`, `>=`.
#[derive(Clone, Copy)]
pub(super) enum Order {
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// Conditions on strings.
#[derive(Clone, Copy)]
pub(super) enum TextMatch {
    StartsWith,
    EndsWith,
    Contains,
}

/// `exists`, `all`, `exists_one`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantifier {
    Exists,
    All,
    ExistsOne,
}
