//! What stands in the place of the filter in a program that was built without the language.

use weir_component::spec::ExpandConfig;
use weir_component::{Expand, FilterError, Keep};
use weir_config::Diagnostic;
use weir_event::Batch;

use super::Vrl;

/// Never there.
#[derive(Debug)]
pub(crate) enum Remapper {}

impl ExpandConfig for Vrl {
    type Expand = Remapper;

    fn build(self) -> Result<Remapper, Diagnostic> {
        let wrong = Diagnostic::error("this program was built without the language of `vrl`");
        Err(wrong.help("build it with `cargo build --release --features vrl`"))
    }
}

impl Expand for Remapper {
    fn expand(&self, _: &mut Batch, _: usize, _: u64) -> Result<Keep, FilterError> {
        match *self {}
    }
}
