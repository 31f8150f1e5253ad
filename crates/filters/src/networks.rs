//! Networks as a setting, and in files. No filter itself.

use std::borrow::Cow;
use std::path::Path;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use weir_component::condition::{Network, Networks};
use weir_config::Complaint;
use weir_host::{Host, read_all};

use crate::lookup::unreadable;

/// The largest list of networks, in bytes. All routes of the internet fill a third of it.
const LIST_BYTES_MAX: u64 = 64 << 20;

/// Words for networks that everyone needs.
const NAMED: [(&str, &[&str]); 5] = [
    ("private", &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]),
    ("loopback", &["127.0.0.0/8", "::1"]),
    ("link-local", &["169.254.0.0/16", "fe80::/10"]),
    ("multicast", &["224.0.0.0/4", "ff00::/8"]),
    ("carrier", &["100.64.0.0/10"]),
];

/// One network, several with commas between them, or a word for some.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct NetworkSetting(pub(crate) Vec<Network>);

impl TryFrom<String> for NetworkSetting {
    type Error = Complaint;

    fn try_from(text: String) -> Result<Self, Complaint> {
        let mut networks = Vec::new();
        for part in text.split(',').map(str::trim) {
            if let Some((_, ranges)) = NAMED.iter().find(|(name, _)| *name == part) {
                networks.extend(ranges.iter().filter_map(|range| Network::parse(range).ok()));
                continue;
            }
            networks.push(Network::parse(part).map_err(|wrong| {
                Complaint::new(format!("`{}` is not a network", part.escape_debug()))
                    .label(wrong.label)
                    .help(wrong.help)
            })?);
        }
        Ok(Self(networks))
    }
}

impl JsonSchema for NetworkSetting {
    fn schema_name() -> Cow<'static, str> {
        "NetworkSetting".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-type": "network", "examples": ["10.0.0.0/8"] })
    }
}

/// Reads a list with a network in each line; `#` begins a comment.
pub(crate) fn read_list(host: &Host, path: &Path) -> Result<Networks, String> {
    let content =
        read_all(&*host.files, path, LIST_BYTES_MAX).map_err(|why| unreadable(path, &why))?;
    let text = String::from_utf8_lossy(&content);
    let mut networks = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let setting = NetworkSetting::try_from(line.to_owned())
            .map_err(|wrong| format!("`{}`, line {}: {wrong}", path.display(), i + 1))?;
        networks.extend(setting.0);
    }
    Ok(Networks::new(networks))
}
