//! What can be known of an address, and the names it goes by in events.

use schemars::JsonSchema;
use serde::Deserialize;
use weir_event::Key;

/// A fact about an address. The names are those of the Elastic Common Schema; Logstash's own are
/// understood as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum Fact {
    #[serde(rename = "geo.continent_code", alias = "continent_code")]
    ContinentCode,
    #[serde(rename = "geo.continent_name", alias = "continent_name")]
    ContinentName,
    #[serde(rename = "geo.country_iso_code", alias = "country_code2")]
    CountryIsoCode,
    #[serde(rename = "geo.country_name", alias = "country_name")]
    CountryName,
    #[serde(rename = "geo.region_iso_code", alias = "region_code")]
    RegionIsoCode,
    #[serde(rename = "geo.region_name", alias = "region_name")]
    RegionName,
    #[serde(rename = "geo.city_name", alias = "city_name")]
    CityName,
    #[serde(rename = "geo.postal_code", alias = "postal_code")]
    PostalCode,
    #[serde(rename = "geo.timezone", alias = "timezone")]
    Timezone,
    #[serde(rename = "geo.location", alias = "location")]
    Location,
    #[serde(rename = "as.number", alias = "asn")]
    AsNumber,
    #[serde(rename = "as.organization.name", alias = "as_org")]
    AsOrganizationName,
}

/// The fields, below the target. [`Fact::Location`] has two.
const NAMES: [(Fact, &str); 13] = [
    (Fact::ContinentCode, "geo.continent_code"),
    (Fact::ContinentName, "geo.continent_name"),
    (Fact::CountryIsoCode, "geo.country_iso_code"),
    (Fact::CountryName, "geo.country_name"),
    (Fact::RegionIsoCode, "geo.region_iso_code"),
    (Fact::RegionName, "geo.region_name"),
    (Fact::CityName, "geo.city_name"),
    (Fact::PostalCode, "geo.postal_code"),
    (Fact::Timezone, "geo.timezone"),
    (Fact::Location, "geo.location.lat"),
    (Fact::Location, "geo.location.lon"),
    (Fact::AsNumber, "as.number"),
    (Fact::AsOrganizationName, "as.organization.name"),
];

/// Which facts are wanted, under which names and in which language.
#[derive(Debug)]
pub(super) struct Legend {
    keys: Vec<(Fact, Key)>,
    /// As the databases call it: `en`, `pt-BR`.
    pub(super) language: String,
}

impl Legend {
    /// The `wanted` facts, all if it names none, below `target` or at the top.
    pub(super) fn new(target: Option<&str>, wanted: &[Fact], language: String) -> Self {
        let key = |name: &str| match target {
            Some(target) => Key::named(&format!("{target}.{name}")),
            None => Key::named(name),
        };
        let is_wanted = |fact: &Fact| wanted.is_empty() || wanted.contains(fact);
        let known = NAMES.iter().filter(|(fact, _)| is_wanted(fact));
        Self { keys: known.map(|&(fact, name)| (fact, key(name))).collect(), language }
    }

    /// The field for a fact, if it is wanted.
    pub(super) fn key(&self, fact: Fact) -> Option<Key> {
        self.keys_of(fact).next()
    }

    /// The fields for latitude and longitude, if wanted.
    pub(super) fn location(&self) -> Option<(Key, Key)> {
        let mut keys = self.keys_of(Fact::Location);
        keys.next().zip(keys.next())
    }

    fn keys_of(&self, wanted: Fact) -> impl Iterator<Item = Key> {
        self.keys.iter().filter(move |(fact, _)| *fact == wanted).map(|(_, key)| *key)
    }
}
