//! Dates in the texts that other filters take apart.

use std::cell::RefCell;

use weir_event::{EventRef, Timestamp};

use super::format::DateFormat;
use super::zone::{Place, Zone, ZoneSetting};

/// The longest format that a text may name; real ones have a third of it.
const FORMAT_BYTES_MAX: usize = 100;

thread_local! {
    /// The format that a text named last: those of one source name the same.
    static LAST: RefCell<(String, Option<DateFormat>)> = RefCell::default();
}

/// The ways in which a kind of text writes dates.
#[derive(Debug)]
pub(crate) struct Dates {
    formats: Vec<DateFormat>,
    zone: Zone,
}

impl Dates {
    /// Dates in one of these formats, which the program names. Those without a zone are in `zone`.
    pub(crate) fn new(formats: &[&str], zone: ZoneSetting) -> Self {
        let read = |format: &&str| DateFormat::try_from((*format).to_owned());
        let formats: Result<_, _> = formats.iter().map(read).collect();
        Self { formats: formats.expect("the program's own formats"), zone: zone.into_zone() }
    }

    /// The instant that `text` writes in a format that the text's surroundings name.
    pub(crate) fn read_as(
        &self,
        format: &str,
        text: &[u8],
        event: EventRef<'_>,
    ) -> Option<Timestamp> {
        if format.len() > FORMAT_BYTES_MAX {
            return None;
        }
        LAST.with_borrow_mut(|(last, read)| {
            if last != format {
                format.clone_into(last);
                *read = DateFormat::try_from(format.to_owned()).ok();
            }
            read.as_ref()?.read(text, &self.zone, event)
        })
    }

    /// The instant that `text` writes; `zone` is one that its surroundings name.
    pub(crate) fn read(
        &self,
        text: &[u8],
        zone: Option<&[u8]>,
        event: EventRef<'_>,
    ) -> Option<Timestamp> {
        let place = zone.and_then(Place::named).map(Zone::Place);
        let zone = place.as_ref().unwrap_or(&self.zone);
        self.formats.iter().find_map(|format| format.read(text, zone, event))
    }
}
