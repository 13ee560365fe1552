//! What may hold of a route: who may use it, who may keep what it answers, how long its body may be.

use crate::staff::Role;

/// Who may keep a copy of what a route answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privacy {
    /// Nobody: it is for this reader alone. `no-store`, in no search engine; the only answers that may lengthen a
    /// session.
    Private,
    /// The same for everybody: the handler says how long it may be kept.
    Public,
}

/// What holds of a route, whatever its handler does.
#[derive(Debug, Clone, Copy)]
pub struct Properties {
    /// Who may use it.
    pub right: Right,
    /// Who may keep a copy.
    pub privacy: Privacy,
    /// The longest body that it takes, in bytes.
    pub most: usize,
    /// What it is for, as an operator reads it in the log.
    pub purpose: &'static str,
}

/// Who may use a route.
#[derive(Debug, Clone, Copy)]
pub enum Right {
    /// Everybody; a household's or staff session is looked at, if there is one.
    Anyone,
    /// A household that is recognised on its device; others are led to the way in.
    Household,
    /// Staff with one of these roles.
    Staff(&'static [Role]),
    /// Other programs, which prove themselves in the request (LINE's signature). Exempt from the same-origin rule.
    Signed,
}
