//! Every component that the program has.

use weir_component::spec::Catalogue;

/// The catalogue.
pub static CATALOGUE: Catalogue = Catalogue {
    inputs: weir_inputs::INPUTS,
    filters: weir_filters::FILTERS,
    outputs: weir_outputs::OUTPUTS,
};
