//! How fast `kv` reads typical lines with its default settings.
//!
//! Time is that of this thread on a core, so that other programs on the machine do not count.
//! Copying the lines into a batch is in it.
//!
//! ```text
//! cargo run --release -p weir-filters --example kv_throughput
//! ```

#![expect(clippy::print_stdout, reason = "a program for a terminal")]
#![expect(clippy::cast_precision_loss, reason = "figures for people")]

use std::sync::Arc;

use weir_component::metrics::Meters;
use weir_component::spec::Catalogue;
use weir_component::{Stage, Workshop};
use weir_config::{Document, SourceFile, Surroundings};
use weir_event::{Batch, Key, Origin, Timestamp};
use weir_filters::FILTERS;

const LINES: usize = 2_000;
/// The best of so many rounds counts: others share the machine.
const ROUNDS: usize = 15;
/// The time on a core is counted in ticks of some milliseconds: a round is many of them.
const BATCHES: usize = 60;

fn main() {
    let mut seed = 88_172_645_463_325_252_u64;
    let firewall: Vec<String> = (0..LINES).map(|_| firewall_line(&mut seed)).collect();
    let service: Vec<String> = (0..LINES).map(|_| service_line(&mut seed)).collect();
    measure("firewall, 24 pairs", "", &firewall);
    measure("service, 9 pairs, quotes", "", &service);
    let mixed: Vec<String> =
        firewall.iter().zip(&service).flat_map(|(a, b)| [a.clone(), b.clone()]).collect();
    measure("both in turn", "", &mixed);
    measure("service, below a target", "target = \"kv\"", &service);
    measure("service, patterns", "field-split-pattern = ' '", &service);
}

fn stage(settings: &str) -> Stage {
    let source = SourceFile::new("kv.toml", format!("[[filter]]\ntype = \"kv\"\n{settings}\n"));
    let document = Document::parse(source, Surroundings::none()).expect("the settings are right");
    let catalogue = Catalogue { inputs: &[], filters: FILTERS, outputs: &[] };
    let meters = Meters::new();
    let workshop = Workshop { catalogue, meters: &meters, pipeline: "bench" };
    let tables = document.tables("filter").expect("there is one");
    workshop.stages(tables).expect("the settings are right").remove(0)
}

fn measure(name: &str, settings: &str, lines: &[String]) {
    let stage = stage(settings);
    let origin = Arc::new(Origin::new(1));
    let mut batch = Batch::new();
    let bytes: usize = lines.iter().map(String::len).sum();
    let rounds = (0..ROUNDS).map(|_| {
        let began = cpu_seconds();
        for _ in 0..BATCHES {
            batch.clear();
            let place = batch.add_origin(&origin);
            for line in lines {
                batch.push_text(place, 0, Timestamp::default(), (Key::MESSAGE, line.as_bytes()));
            }
            stage.run(&mut batch);
        }
        cpu_seconds() - began
    });
    let best = rounds.fold(f64::INFINITY, f64::min) / BATCHES as f64;
    let fields = batch.iter().map(|event| event.fields().len() - 1).sum::<usize>();
    let count = lines.len() as f64;
    println!(
        "{name:<28} {:6.0} MB/s {:6.0} ns/line {:5.1} ns/field {:5.1} fields/line {:6.1} bytes/line",
        bytes as f64 / best / 1e6,
        best * 1e9 / count,
        best * 1e9 / fields as f64,
        fields as f64 / count,
        bytes as f64 / count,
    );
}

/// Time this thread spent on a core. Linux only.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds: Option<f64> = text.split(' ').next().and_then(|it| it.parse().ok());
    nanoseconds.unwrap_or_default() / 1e9
}

/// A small generator of numbers; the same seed gives the same lines.
fn below(seed: &mut u64, limit: u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed % limit
}

fn firewall_line(seed: &mut u64) -> String {
    let mut some = |limit| below(seed, limit);
    format!(
        "date=2026-11-{:02} time={:02}:{:02}:{:02} devname=\"fw-{}\" devid=\"FG100D3G1681{:04}\" \
         logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" level=\"notice\" vd=\"root\" \
         srcip=10.1.{}.{} srcport={} srcintf=\"port12\" dstip=203.0.113.{} dstport={} \
         dstintf=\"wan 1\" policyid={} sessionid={} proto=6 action=\"close\" duration={} \
         sentbyte={} rcvdbyte={} app=\"HTTPS Browser\"",
        1 + some(28),
        some(24),
        some(60),
        some(60),
        some(9),
        some(10_000),
        some(255),
        some(255),
        1024 + some(60_000),
        some(255),
        some(1024),
        some(100),
        some(1_000_000),
        some(3600),
        some(1_000_000),
        some(1_000_000),
    )
}

fn service_line(seed: &mut u64) -> String {
    let mut some = |limit| below(seed, limit);
    format!(
        "time=2026-11-23T10:{:02}:{:02}.{:03}Z level=info msg=\"request done\" method=GET \
         path=/api/v1/items/{} status={} bytes={} took={}ms caller=\"server/handler.go line {}\"",
        some(60),
        some(60),
        some(1000),
        some(100_000),
        200 + some(300),
        some(100_000),
        some(2000),
        some(900),
    )
}
