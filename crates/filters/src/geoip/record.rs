//! What the databases say of an address. One shape fits all kinds that we read: City, Country and
//! Enterprise databases fill the upper part, ASN and ISP databases the lower.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::fact::{Fact, Legend};
use crate::lookup::Answer;

/// A record, as far as we use it. The fields are MaxMind's.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Record<'a> {
    #[serde(borrow)]
    continent: Place<'a>,
    #[serde(borrow)]
    country: Place<'a>,
    #[serde(borrow)]
    subdivisions: Vec<Place<'a>>,
    #[serde(borrow)]
    city: Place<'a>,
    #[serde(borrow)]
    postal: Postal<'a>,
    #[serde(borrow)]
    location: Location<'a>,
    /// Enterprise databases know the network as well.
    #[serde(borrow)]
    traits: Network<'a>,
    autonomous_system_number: Option<u32>,
    autonomous_system_organization: Option<&'a str>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Place<'a> {
    code: Option<&'a str>,
    iso_code: Option<&'a str>,
    #[serde(borrow)]
    names: BTreeMap<&'a str, &'a str>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Postal<'a> {
    code: Option<&'a str>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Location<'a> {
    latitude: Option<f64>,
    longitude: Option<f64>,
    time_zone: Option<&'a str>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Network<'a> {
    autonomous_system_number: Option<u32>,
    autonomous_system_organization: Option<&'a str>,
}

impl Place<'_> {
    fn name(&self, language: &str) -> Option<&str> {
        self.names.get(language).or_else(|| self.names.get("en")).copied()
    }
}

impl Record<'_> {
    /// Adds the wanted facts to the answer, except those that it has already.
    pub(super) fn fill(&self, answer: &mut Answer, legend: &Legend) {
        let language = legend.language.as_str();
        // As Elastic does: the region is the smallest part that has a code of its own.
        let region = self.subdivisions.last();
        let region_code = region.and_then(|it| it.iso_code).zip(self.country.iso_code);
        let region_code = region_code.map(|(region, country)| format!("{country}-{region}"));
        let network = &self.traits;
        let organization =
            self.autonomous_system_organization.or(network.autonomous_system_organization);
        for (fact, text) in [
            (Fact::ContinentCode, self.continent.code),
            (Fact::ContinentName, self.continent.name(language)),
            (Fact::CountryIsoCode, self.country.iso_code),
            (Fact::CountryName, self.country.name(language)),
            (Fact::RegionIsoCode, region_code.as_deref()),
            (Fact::RegionName, region.and_then(|it| it.name(language))),
            (Fact::CityName, self.city.name(language)),
            (Fact::PostalCode, self.postal.code),
            (Fact::Timezone, self.location.time_zone),
            (Fact::AsOrganizationName, organization),
        ] {
            if let (Some(key), Some(text)) = (legend.key(fact), text)
                && !answer.has(key)
            {
                answer.text(key, text);
            }
        }
        if let (Some((latitude, longitude)), Some(lat), Some(lon)) =
            (legend.location(), self.location.latitude, self.location.longitude)
            && !answer.has(latitude)
            && lat.is_finite()
            && lon.is_finite()
        {
            answer.float(latitude, lat);
            answer.float(longitude, lon);
        }
        let number = self.autonomous_system_number.or(network.autonomous_system_number);
        if let (Some(key), Some(number)) = (legend.key(Fact::AsNumber), number)
            && !answer.has(key)
        {
            answer.int(key, i64::from(number));
        }
    }
}
