//! Logstash's own specification of `cidr`.

use serde_json::{Map, Value as Json};

use crate::Suite;
use crate::check::quoted;
use crate::logstash::run;

pub(crate) const LOGSTASH: Suite = Suite {
    path: "logstash-filters/cidr.json",
    cases: |cases| run(cases, settings),
    differences: &[],
};

fn settings(options: &Map<String, Json>) -> String {
    let texts = |name: &str| -> Vec<String> {
        let items = options.get(name).and_then(Json::as_array).into_iter().flatten();
        items.filter_map(Json::as_str).map(str::to_owned).collect()
    };
    let list = |texts: &[String]| {
        let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
        format!("[{}]", texts.join(", "))
    };
    let place = |text: &str| text.strip_prefix("%{")?.strip_suffix('}').map(str::to_owned);
    let fields: Vec<String> = texts("address").iter().filter_map(|text| place(text)).collect();
    let mut settings = format!(
        "type = \"cidr\"\nfields = {}\nadd-tag = {}\n",
        list(&fields),
        list(&texts("add_tag"))
    );
    match texts("network").as_slice() {
        [only] if place(only).is_some() => {
            settings += &format!("networks-field = {}\n", quoted(&place(only).unwrap_or_default()));
        }
        networks => settings += &format!("networks = {}\n", list(networks)),
    }
    if let Some(path) = options.get("network_path").and_then(Json::as_str) {
        settings += &format!("networks-file = {}\n", quoted(path));
    }
    settings
}
