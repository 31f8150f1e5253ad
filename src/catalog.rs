//! Every component that the program has.

use weir_component::spec::{Catalogue, PresetSpec};

/// The catalogue.
pub static CATALOGUE: Catalogue = Catalogue {
    inputs: weir_inputs::INPUTS,
    filters: weir_filters::FILTERS,
    outputs: weir_outputs::OUTPUTS,
    presets: PRESETS,
};

// `PRESETS`, a row for each folder below `pipelines`; made by `build.rs`.
include!(concat!(env!("OUT_DIR"), "/presets.rs"));

#[cfg(test)]
mod tests {
    use weir_component::metrics::Meters;
    use weir_config::{Diagnostics, Document, SourceFile, Surroundings};
    use weir_pipeline::Blueprint;

    use super::*;

    const TRACES: &str = "[[input]]\ntype = \"file\"\npaths = \"/var/log/traces.log\"\n\
        [[filter]]\ntype = \"multiline\"\npreset = \"java\"\n\
        [[filter]]\ntype = \"trim\"\nfields = \"message\"\n";

    static TRIED: &[PresetSpec] = &[
        PresetSpec { name: "traces", pipeline: TRACES, page: "" },
        PresetSpec { name: "wrong", pipeline: "[[filter]]\ntype = \"tirm\"\n", page: "" },
        PresetSpec { name: "again", pipeline: "[[filter]]\npreset = \"again\"\n", page: "" },
    ];

    fn read(text: &str) -> Result<Blueprint, Diagnostics> {
        let text = format!("{text}[[output]]\ntype = \"stdout\"\n");
        let document = Document::parse(SourceFile::new("p.toml", text), Surroundings::none())?;
        let catalogue = Catalogue { presets: TRIED, ..CATALOGUE };
        Blueprint::read("p", &document, catalogue, &Meters::new())
    }

    #[track_caller]
    fn check(text: &str, wanted: &str) {
        let wrong = read(text).err().expect("it is wrong").to_string();
        assert!(wrong.contains(wanted), "{wrong}");
    }

    #[test]
    fn inputs_join_lines_for_a_preset_that_begins_with_it() {
        let all = [
            "preset = \"traces\"\n",
            "[[input]]\npreset = \"traces\"\n",
            "[[input]]\ntype = \"stdin\"\n[[filter]]\npreset = \"traces\"\n",
        ];
        for text in all {
            let plan = read(text).unwrap_or_else(|wrong| panic!("{wrong}"));
            assert!(plan.stages[0].joiner().is_some(), "{text}");
            let names: Vec<&str> = plan.stages.iter().map(|stage| stage.name.as_str()).collect();
            assert_eq!(names, ["traces/multiline-1", "traces/trim-2"]);
        }
    }

    #[test]
    fn a_preset_that_needs_all_events_does_not_stand_inside() {
        let input = "[[input]]\ntype = \"stdin\"\n[[filter]]\n";
        check(&format!("{input}preset = \"traces\"\nwhen = 'true'\n"), "leave out the `when`");
        let branch = "type = \"branch\"\n[[filter.else]]\npreset = \"traces\"\n\
                      [[filter.case]]\nwhen = 'false'\n";
        check(&format!("{input}{branch}"), "its filter `multiline` needs to see all events");
    }

    #[test]
    fn a_mistake_inside_a_preset_is_shown_there() {
        check("[[input]]\ntype = \"stdin\"\n[[filter]]\npreset = \"wrong\"\n", "preset wrong:2:8");
        check("[[input]]\ntype = \"stdin\"\npreset = \"again\"\n", "cannot contain another");
    }
}
