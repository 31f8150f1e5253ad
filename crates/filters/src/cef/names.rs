//! The names of extensions, and the fields that they become.
//!
//! The table follows the documentation of Logstash's codec `cef`
//! (<https://www.elastic.co/docs/reference/logstash/plugins/plugins-codecs-cef>).

use std::collections::HashMap;

use weir_event::Key;

/// A header's parts: the name of the format and the field.
pub(super) const HEADER: [(&str, &str); 7] = [
    ("cefVersion", "cef.version"),
    ("deviceVendor", "observer.vendor"),
    ("deviceProduct", "observer.product"),
    ("deviceVersion", "observer.version"),
    ("deviceEventClassId", "event.code"),
    ("name", "cef.name"),
    ("severity", "event.severity"),
];

/// What stands for the device, an observer or the host itself.
const DEVICE: &str = "DEVICE";

/// How many fields of each custom kind there are; the format has up to six, makers have more.
const CUSTOM_MAX: usize = 15;

/// Custom kinds: their short name, their name, and the field.
const CUSTOM: [(&str, &str, &str); 4] = [
    ("cfp", "deviceCustomFloatingPoint", "cef.device_custom_floating_point_"),
    ("c6a", "deviceCustomIPv6Address", "cef.device_custom_ipv6_address_"),
    ("cn", "deviceCustomNumber", "cef.device_custom_number_"),
    ("cs", "deviceCustomString", "cef.device_custom_string_"),
];

/// Names of extensions with their short name, if any, and the field.
const NAMES: &[(&str, &str, &str)] = &[
    ("agentAddress", "agt", "agent.ip"),
    ("agentDnsDomain", "", "cef.agent.registered_domain"),
    ("agentHostName", "ahost", "agent.name"),
    ("agentId", "aid", "agent.id"),
    ("agentMacAddress", "amac", "agent.mac"),
    ("agentNtDomain", "", "cef.agent.registered_domain"),
    ("agentTimeZone", "atz", "cef.agent.timezone"),
    ("agentTranslatedAddress", "", "cef.agent.nat.ip"),
    ("agentTranslatedZoneExternalID", "", "cef.agent.translated_zone.external_id"),
    ("agentTranslatedZoneURI", "", "cef.agent.translated_zone.uri"),
    ("agentType", "at", "agent.type"),
    ("agentVersion", "av", "agent.version"),
    ("agentZoneExternalID", "", "cef.agent.zone.external_id"),
    ("agentZoneURI", "", "cef.agent.zone.uri"),
    ("applicationProtocol", "app", "network.protocol"),
    ("baseEventCount", "cnt", "cef.base_event_count"),
    ("bytesIn", "in", "source.bytes"),
    ("bytesOut", "out", "destination.bytes"),
    ("categoryDeviceType", "catdt", "cef.device_type"),
    ("customerExternalID", "", "organization.id"),
    ("customerURI", "", "organization.name"),
    ("destinationAddress", "dst", "destination.ip"),
    ("destinationDnsDomain", "", "destination.registered_domain"),
    ("destinationGeoLatitude", "dlat", "destination.geo.location.lat"),
    ("destinationGeoLongitude", "dlong", "destination.geo.location.lon"),
    ("destinationHostName", "dhost", "destination.domain"),
    ("destinationMacAddress", "dmac", "destination.mac"),
    ("destinationNtDomain", "dntdom", "destination.registered_domain"),
    ("destinationPort", "dpt", "destination.port"),
    ("destinationProcessId", "dpid", "destination.process.pid"),
    ("destinationProcessName", "dproc", "destination.process.name"),
    ("destinationServiceName", "", "destination.service.name"),
    ("destinationTranslatedAddress", "", "destination.nat.ip"),
    ("destinationTranslatedPort", "", "destination.nat.port"),
    ("destinationTranslatedZoneExternalID", "", "cef.destination.translated_zone.external_id"),
    ("destinationTranslatedZoneURI", "", "cef.destination.translated_zone.uri"),
    ("destinationUserId", "duid", "destination.user.id"),
    ("destinationUserName", "duser", "destination.user.name"),
    ("destinationUserPrivileges", "dpriv", "destination.user.group.name"),
    ("destinationZoneExternalID", "", "cef.destination.zone.external_id"),
    ("destinationZoneURI", "", "cef.destination.zone.uri"),
    ("deviceAction", "act", "event.action"),
    ("deviceAddress", "dvc", "DEVICE.ip"),
    ("deviceDirection", "", "network.direction"),
    ("deviceDnsDomain", "", "DEVICE.registered_domain"),
    ("deviceEventCategory", "cat", "cef.category"),
    ("deviceExternalId", "", "observer.name"),
    ("deviceFacility", "", "log.syslog.facility.code"),
    ("deviceHostName", "dvchost", "observer.hostname"),
    ("deviceInboundInterface", "", "observer.ingress.interface.name"),
    ("deviceMacAddress", "dvcmac", "DEVICE.mac"),
    ("deviceNtDomain", "", "cef.nt_domain"),
    ("deviceOutboundInterface", "", "observer.egress.interface.name"),
    ("devicePayloadId", "", "cef.payload_id"),
    ("deviceProcessId", "dvcpid", "process.pid"),
    ("deviceProcessName", "", "process.name"),
    ("deviceTimeZone", "dtz", "event.timezone"),
    ("deviceTranslatedAddress", "", "host.nat.ip"),
    ("deviceTranslatedZoneExternalID", "", "cef.translated_zone.external_id"),
    ("deviceTranslatedZoneURI", "", "cef.translated_zone.uri"),
    ("deviceVersion", "", "observer.version"),
    ("deviceZoneExternalID", "", "cef.zone.external_id"),
    ("deviceZoneURI", "", "cef.zone.uri"),
    ("eventId", "", "event.id"),
    ("eventOutcome", "outcome", "event.outcome"),
    ("externalId", "", "cef.external_id"),
    ("fileHash", "", "file.hash"),
    ("fileId", "", "file.inode"),
    ("fileName", "fname", "file.name"),
    ("filePath", "", "file.path"),
    ("filePermission", "", "file.group"),
    ("fileSize", "fsize", "file.size"),
    ("fileType", "", "file.extension"),
    ("message", "msg", "message"),
    ("oldFileHash", "", "cef.old_file.hash"),
    ("oldFileId", "", "cef.old_file.inode"),
    ("oldFileName", "", "cef.old_file.name"),
    ("oldFilePath", "", "cef.old_file.path"),
    ("oldFilePermission", "", "cef.old_file.group"),
    ("oldFileSize", "", "cef.old_file.size"),
    ("oldFileType", "", "cef.old_file.extension"),
    ("rawEvent", "", "event.original"),
    ("Reason", "reason", "event.reason"),
    ("requestClientApplication", "", "user_agent.original"),
    ("requestContext", "", "http.request.referrer"),
    ("requestCookies", "", "cef.request.cookies"),
    ("requestMethod", "", "http.request.method"),
    ("requestUrl", "request", "url.original"),
    ("sourceAddress", "src", "source.ip"),
    ("sourceDnsDomain", "", "source.registered_domain"),
    ("sourceGeoLatitude", "slat", "source.geo.location.lat"),
    ("sourceGeoLongitude", "slong", "source.geo.location.lon"),
    ("sourceHostName", "shost", "source.domain"),
    ("sourceMacAddress", "smac", "source.mac"),
    ("sourceNtDomain", "sntdom", "source.registered_domain"),
    ("sourcePort", "spt", "source.port"),
    ("sourceProcessId", "spid", "source.process.pid"),
    ("sourceProcessName", "sproc", "source.process.name"),
    ("sourceServiceName", "", "source.service.name"),
    ("sourceTranslatedAddress", "", "source.nat.ip"),
    ("sourceTranslatedPort", "", "source.nat.port"),
    ("sourceTranslatedZoneExternalID", "", "cef.source.translated_zone.external_id"),
    ("sourceTranslatedZoneURI", "", "cef.source.translated_zone.uri"),
    ("sourceUserId", "suid", "source.user.id"),
    ("sourceUserName", "suser", "source.user.name"),
    ("sourceUserPrivileges", "spriv", "source.user.group.name"),
    ("sourceZoneExternalID", "", "cef.source.zone.external_id"),
    ("sourceZoneURI", "", "cef.source.zone.uri"),
    ("transportProtocol", "proto", "network.transport"),
    ("type", "", "cef.type"),
];

/// The same of extensions that hold times.
const TIMES: &[(&str, &str, &str)] = &[
    ("agentReceiptTime", "art", "event.created"),
    ("deviceReceiptTime", "rt", "@timestamp"),
    ("endTime", "end", "event.end"),
    ("fileCreateTime", "", "file.created"),
    ("fileModificationTime", "", "file.mtime"),
    ("managerReceiptTime", "mrt", "event.ingested"),
    ("oldFileCreateTime", "", "cef.old_file.created"),
    ("oldFileModificationTime", "", "cef.old_file.mtime"),
    ("startTime", "start", "event.start"),
];

/// What an extension becomes.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) field: String,
    /// Whether it is a time.
    pub(super) is_time: bool,
}

/// The known extensions by their names, short and long.
pub(super) type Names = HashMap<String, Known>;

/// The fields of the Elastic Common Schema, where `device` is `observer` or `host`.
pub(super) fn ecs(device: &str) -> Names {
    let mut names = Names::new();
    for (rows, is_time) in [(NAMES, false), (TIMES, true)] {
        for (name, short, field) in rows {
            let field = match (*field, device) {
                // A host has other names for these than an observer.
                ("observer.name", "host") => "host.id".to_owned(),
                ("observer.hostname", "host") => "host.name".to_owned(),
                (field, device) => field.replace(DEVICE, device),
            };
            let known = Known { field, is_time };
            if !short.is_empty() {
                names.insert((*short).to_owned(), known.clone());
            }
            names.insert((*name).to_owned(), known);
        }
    }
    each_custom(|short, name, field| {
        for (end, part) in [("", "value"), ("Label", "label")] {
            let known = Known { field: format!("{field}.{part}"), is_time: false };
            names.insert(format!("{short}{end}"), known.clone());
            names.insert(format!("{name}{end}"), known);
        }
    });
    names
}

/// The names of the format itself: short ones become long ones.
pub(super) fn long() -> Names {
    let mut names = Names::new();
    let mut add = |short: String, name: String| {
        names.insert(short, Known { field: name, is_time: false });
    };
    for (name, short, _) in NAMES.iter().chain(TIMES).filter(|(_, short, _)| !short.is_empty()) {
        add((*short).to_owned(), (*name).to_owned());
    }
    each_custom(|short, name, _| {
        for end in ["", "Label"] {
            add(format!("{short}{end}"), format!("{name}{end}"));
        }
    });
    names
}

fn each_custom(mut each: impl FnMut(String, String, String)) {
    for (short, name, field) in CUSTOM {
        for number in 1..=CUSTOM_MAX {
            each(format!("{short}{number}"), format!("{name}{number}"), format!("{field}{number}"));
        }
    }
}

/// The extension whose label this is: `cs1` for `cs1Label`.
pub(super) fn labelled(name: &[u8]) -> Option<&[u8]> {
    name.strip_suffix(b"Label").filter(|base| !base.is_empty())
}

/// Whether fields of this kind get their names from labels: `cs`, `deviceCustomDate`.
pub(super) fn is_custom(kind: &[u8]) -> bool {
    let mut kinds = CUSTOM.iter().flat_map(|(short, name, _)| [*short, *name]);
    kind == b"deviceCustomDate" || kind == b"flexString" || kinds.any(|it| it.as_bytes() == kind)
}

/// The field of a part of the header.
pub(super) fn header(part: usize, is_ecs: bool) -> &'static str {
    let (name, field) = HEADER[part];
    if is_ecs { field } else { name }
}

/// A field below another, if one is given.
pub(super) fn below(target: Option<Key>, name: &str) -> Key {
    match target {
        Some(target) => Key::named(&format!("{target}.{name}")),
        None => Key::named(name),
    }
}
