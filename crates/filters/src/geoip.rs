//! The filter `geoip`.

mod atlas;
mod fact;
mod record;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, Diagnostic, OneOrMany};
use weir_event::{EventMut, Key};
use weir_host::Host;

use self::atlas::Atlas;
use self::fact::{Fact, Legend};
use crate::lookup::{Loaded, Question};

/// What Logstash tags such events with.
const TAG: &str = "_geoip_lookup_failure";

/// Adds where an address is and whose network it belongs to.
///
/// The address is looked up in one or several databases of MaxMind's format: City, Country and
/// Enterprise databases say where it is, ASN and ISP databases whose it is. They are told apart by
/// what they say of themselves, not by their file names. If several know a fact, the one named
/// first is believed.
///
/// ```toml
/// type = "geoip"
/// database = "examples/data/geo-example.mmdb"
/// ```
/// ```json
/// {"source": {"ip": "192.0.2.10"}}
/// ```
/// becomes
/// ```json
/// {
///   "source": {
///     "ip": "192.0.2.10",
///     "geo": {
///       "continent_code": "EU",
///       "continent_name": "Europe",
///       "country_iso_code": "GB",
///       "country_name": "United Kingdom",
///       "region_iso_code": "GB-ENG",
///       "region_name": "England",
///       "city_name": "London",
///       "postal_code": "EC1A",
///       "timezone": "Europe/London",
///       "location": {"lat": 51.5142, "lon": -0.0931}
///     },
///     "as": {"number": 64496, "organization": {"name": "Example Networks"}}
///   }
/// }
/// ```
///
/// The findings stand beside the field, in `geo` and `as`, unless `target` says otherwise; `fields`
/// chooses among them. Names come in the wanted `language`, or in English if a place has none in
/// it.
///
/// ```toml
/// type = "geoip"
/// field = "client.address"
/// target = "visitor"
/// database = "examples/data/geo-example.mmdb"
/// fields = ["geo.country_name", "as.number"]
/// language = "de"
/// ```
/// ```json
/// {"client": {"address": "2001:db8:1::7"}}
/// ```
/// becomes
/// ```json
/// {
///   "client": {"address": "2001:db8:1::7"},
///   "visitor": {"geo": {"country_name": "Deutschland"}, "as": {"number": 64497}}
/// }
/// ```
///
/// Events without the field pass unchanged. So do addresses that have no place by their nature:
/// private ones (also `100.64.0.0/10` and `fc00::/7`), loopback and link-local ones. A text that
/// is no address, and an address that no database knows, get the tag `_geoip_lookup_failure`.
///
/// ```toml
/// type = "geoip"
/// database = "examples/data/geo-example.mmdb"
/// ```
/// ```json
/// {"source": {"ip": "unknown"}}
/// ```
/// becomes
/// ```json
/// {"source": {"ip": "unknown"}, "tags": ["_geoip_lookup_failure"]}
/// ```
///
/// The databases are read when the pipeline starts and again when their files change. A new file
/// that is damaged is reported, and the old one stays in use. Replace the file by renaming, as
/// `geoipupdate` does. A database may have at most 512 MiB.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Geoip {
    /// The field with the address. Of a list the first item is looked up.
    #[serde(default = "source_ip")]
    field: FieldPath,
    /// Where `geo` and `as` are put. Unless set, beside the field: below `source` for `source.ip`.
    target: Option<FieldPath>,
    /// The database's file, or a list of several.
    #[serde(alias = "databases")]
    #[schemars(example = "/usr/share/GeoIP/GeoLite2-City.mmdb")]
    database: At<OneOrMany<PathBuf>>,
    /// What to add. Unless set, everything that the databases know.
    #[serde(default)]
    fields: OneOrMany<Fact>,
    /// The language of names: `en`, `de`, `fr`, `ja`, `pt-BR` and what else the databases have.
    #[serde(default = "english")]
    language: String,
}

fn source_ip() -> FieldPath {
    FieldPath::try_from("source.ip".to_owned()).expect("it is a field's name")
}

fn english() -> String {
    "en".to_owned()
}

impl Configure for Geoip {
    const NAME: &'static str = "geoip";
}

impl FilterConfig for Geoip {
    type Filter = Locator;

    fn build(self) -> Result<Locator, Diagnostic> {
        if self.database.is_empty() {
            return Err(Diagnostic::error("`database` names no file")
                .at(&self.database, "an empty list")
                .help("write it like `database = \"/usr/share/GeoIP/GeoLite2-City.mmdb\"`"));
        }
        let field = self.field.key();
        let target = match &self.target {
            Some(target) => Some(target.key().name()),
            None => field.name().rsplit_once('.').map(|(parent, _)| parent),
        };
        let legend = Legend::new(target, &self.fields, self.language);
        let paths = self.database.into_inner().into_vec();
        Ok(Locator { field, legend, atlas: Loaded::from_files(paths) })
    }
}

/// Looks addresses up.
#[derive(Debug)]
pub(crate) struct Locator {
    field: Key,
    legend: Legend,
    atlas: Loaded<Atlas>,
}

impl Filter for Locator {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let atlas = self.atlas.current();
        let Some(atlas) = atlas.as_deref() else {
            return Err(FilterError::because(TAG, "the database was not opened"));
        };
        let finding = match Question::of(event.as_ref(), self.field) {
            Question::None => return Ok(Keep::Yes),
            Question::Other => return Err(FilterError::tagged(TAG)),
            Question::Text(text) => atlas.find(text, &self.legend),
        };
        match finding.as_ref().map(atlas::Finding::answer) {
            Some(Ok(answer)) => answer.pour(event),
            Some(Err(error)) => return Err(error.clone()),
            None => return Err(FilterError::tagged(TAG)),
        }
        Ok(Keep::Yes)
    }

    fn open(&self, host: &Host) -> Result<(), String> {
        self.refresh(host)
    }

    fn refresh(&self, host: &Host) -> Result<(), String> {
        self.atlas.refresh(host, |paths| Atlas::open(host, paths, &self.legend))
    }
}

#[cfg(test)]
mod tests;
