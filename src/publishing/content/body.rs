//! A version's body: rendered when the folder is read, or, where the file is as it was for an earlier build, when
//! somebody asks for it.

use crate::markdown::Rendered;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

type Later = Box<dyn Fn() -> Rendered + Send + Sync>;

/// Dereferences to [`Rendered`]; the first access may read the file. Copies share it.
#[derive(Clone, Default)]
pub struct Body(Arc<Cell>);

#[derive(Default)]
struct Cell {
    rendered: OnceLock<Rendered>,
    later: Option<Later>,
}

impl Body {
    /// To be rendered when it is first asked for.
    pub(super) fn later(render: impl Fn() -> Rendered + Send + Sync + 'static) -> Self {
        Self(Arc::new(Cell { rendered: OnceLock::new(), later: Some(Box::new(render)) }))
    }
    /// Is it rendered, or will it be?
    pub(super) fn is_there(&self) -> bool {
        self.0.later.is_some() || self.0.rendered.get().is_some()
    }
}

impl From<Rendered> for Body {
    fn from(rendered: Rendered) -> Self {
        Self(Arc::new(Cell { rendered: OnceLock::from(rendered), later: None }))
    }
}

impl Deref for Body {
    type Target = Rendered;
    fn deref(&self) -> &Rendered {
        self.0.rendered.get_or_init(|| self.0.later.as_ref().map(|render| render()).unwrap_or_default())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Body").field(&self.0.rendered.get()).finish()
    }
}
