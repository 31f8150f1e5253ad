//! Logstash's own specification of `mutate`, by a translation of its settings into our filters.

use serde_json::{Map, Value as Json};

use crate::check::quoted;

/// The order in which Logstash makes the changes of one block, whatever order they are written in.
const ORDER: [&str; 14] = [
    "coerce",
    "rename",
    "update",
    "replace",
    "convert",
    "gsub",
    "uppercase",
    "capitalize",
    "lowercase",
    "strip",
    "split",
    "join",
    "merge",
    "copy",
];

/// The filters for the settings of one `mutate`.
pub(crate) fn settings(options: &Map<String, Json>) -> String {
    let mut settings = String::new();
    let mut put = |lines: String| settings += &format!("[[filter]]\n{lines}\n");
    let known = ORDER.iter().filter_map(|name| Some((*name, options.get(*name)?)));
    for (name, given) in known {
        match name {
            "coerce" => {
                // Logstash makes texts of them.
                let fields = pairs(given).into_iter().map(|(field, value)| {
                    format!("{} = {}", quoted(&field), quoted(&plain(&value)))
                });
                let fields: Vec<String> = fields.collect();
                put(format!("type = \"default\"\nfields = {{ {} }}", fields.join(", ")));
            }
            "rename" | "copy" | "merge" => put(table(name, given)),
            "convert" => put(super::logstash::pairs("convert", given)),
            "update" | "replace" => {
                for (field, value) in pairs(given) {
                    let when = match name {
                        "update" => format!("when = 'exists({field})'\n"),
                        _ => String::new(),
                    };
                    let (field, value) = (quoted(&field), quoted(&plain(&value)));
                    put(format!("type = \"set\"\n{when}field = {field}\nvalue = {value}"));
                }
            }
            "gsub" => {
                for rule in given.as_array().into_iter().flatten().collect::<Vec<_>>().chunks(3) {
                    let [field, pattern, replacement] = rule else { continue };
                    put(format!(
                        "type = \"replace\"\nfield = {}\npattern = {}\nreplacement = {}",
                        quoted(&plain(field)),
                        quoted(&plain(pattern)),
                        quoted(&plain(replacement))
                    ));
                }
            }
            "uppercase" | "capitalize" | "lowercase" => {
                let to = if name == "capitalize" { name } else { &name[..5] };
                put(format!("type = \"case\"\nto = \"{to}\"\nfields = {}", list(given)));
            }
            "strip" => put(format!("type = \"trim\"\nfields = {}", list(given))),
            _ => {
                let (kind, extra) = match name {
                    "split" => ("split-text", ""),
                    _ => ("join", ""),
                };
                for (field, separator) in pairs(given) {
                    let (field, separator) = (quoted(&field), quoted(&plain(&separator)));
                    put(format!(
                        "type = \"{kind}\"\nfield = {field}\nseparator = {separator}{extra}"
                    ));
                }
            }
        }
    }
    if let Some(added) = options.get("add_field") {
        for (field, value) in pairs(added) {
            let (field, value) = (quoted(&field), quoted(&plain(&value)));
            put(format!("type = \"set\"\nfield = {field}\nvalue = {value}"));
        }
    }
    settings
}

/// A filter with a table of fields.
fn table(kind: &str, given: &Json) -> String {
    let fields = pairs(given)
        .into_iter()
        .map(|(from, to)| format!("{} = {}", quoted(&from), quoted(&plain(&to))));
    let fields: Vec<String> = fields.collect();
    format!("type = \"{kind}\"\nfields = {{ {} }}", fields.join(", "))
}

/// A table, which Logstash also writes as a flat list.
fn pairs(given: &Json) -> Vec<(String, Json)> {
    match given {
        Json::Array(items) => items
            .chunks(2)
            .map(|pair| (plain(&pair[0]), pair.get(1).cloned().unwrap_or_default()))
            .collect(),
        Json::Object(map) => {
            map.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
        }
        _ => Vec::new(),
    }
}

/// One text or several, as a list of TOML.
fn list(given: &Json) -> String {
    let texts: Vec<String> = match given {
        Json::Array(items) => items.iter().map(|item| quoted(&plain(item))).collect(),
        single => vec![quoted(&plain(single))],
    };
    format!("[{}]", texts.join(", "))
}

fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
