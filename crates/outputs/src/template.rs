//! Templates within settings that are more than a template.

use weir_component::template::Template;
use weir_config::Complaint;

/// Compiles a template; the complaint underlines the part that is wrong.
pub(crate) fn compile(text: &str) -> Result<Template, Complaint> {
    Template::parse(text).map_err(Complaint::from)
}
