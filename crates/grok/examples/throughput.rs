//! Prints how many megabytes a second one core matches, for common patterns.
//!
//! `cargo run --release -p weir-grok --example throughput [part of a name]`

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a measuring tool")]
#![expect(clippy::cast_precision_loss, reason = "rounded for display")]

use std::time::{Duration, Instant};

use weir_grok::{Definitions, Family, Pattern, PatternSet, Scratch};

const REAL_LINES: &str = "/work/shared/data/nginx-live/access.log";
const LINES: usize = 5000;
const LEAST_TIME: Duration = Duration::from_millis(700);

fn main() {
    let ecs = Definitions::stock(Family::EcsV1);
    let mut seed = Seed(0x5EED);
    let access: Vec<String> = (0..LINES).map(|_| access_line(&mut seed)).collect();
    let syslog: Vec<String> = (0..LINES).map(|_| syslog_line(&mut seed)).collect();
    let errors: Vec<String> = (0..LINES).map(|_| error_line(&mut seed)).collect();
    let short: Vec<String> = (0..LINES).map(|_| short_line(&mut seed)).collect();

    one("COMBINEDAPACHELOG", "%{COMBINEDAPACHELOG}", &ecs, &access);
    one("COMBINEDAPACHELOG anchored", "^%{COMBINEDAPACHELOG}$", &ecs, &access);
    let legacy = Definitions::stock(Family::Legacy);
    one("COMBINEDAPACHELOG legacy", "%{COMBINEDAPACHELOG}", &legacy, &access);
    match std::fs::read_to_string(REAL_LINES) {
        Ok(text) => {
            let lines: Vec<String> = text.lines().map(str::to_owned).collect();
            one("COMBINEDAPACHELOG on real lines", "%{COMBINEDAPACHELOG}", &ecs, &lines);
        }
        Err(error) => println!("{REAL_LINES}: {error}"),
    }
    one("SYSLOGLINE", "%{SYSLOGLINE}", &ecs, &syslog);
    one("HTTPD_ERRORLOG", "%{HTTPD_ERRORLOG}", &ecs, &errors);
    let fields = "%{IP:client} %{WORD:method} %{URIPATHPARAM:request} %{NUMBER:bytes} \
                  %{NUMBER:duration}";
    one("five fields", fields, &ecs, &short);
    one("no match: COMBINEDAPACHELOG on syslog", "%{COMBINEDAPACHELOG}", &ecs, &syslog);
    one("no match: SYSLOGLINE on access", "%{SYSLOGLINE}", &ecs, &access);
    let broken: Vec<String> = access.iter().map(|line| line.replace("\" 2", "\" x2")).collect();
    one("no match: broken access lines", "^%{COMBINEDAPACHELOG}", &ecs, &broken);

    let all: Vec<String> =
        access.iter().chain(&syslog).chain(&errors).chain(&short).cloned().collect();
    ten(&ecs, &all);
}

fn ten(definitions: &Definitions, lines: &[String]) {
    let texts = [
        r"%{SYSLOGBASE} Accepted %{WORD:how} for %{USER:user} from %{IP:from} port %{INT:port}",
        r"%{SYSLOGBASE} Failed %{WORD:how} for (?:invalid user )?%{USER:user} from %{IP:from}",
        r"%{HAPROXYHTTP}",
        r"%{S3_ACCESS_LOG}",
        r"%{REDISLOG}",
        r"%{TIMESTAMP_ISO8601:t} %{LOGLEVEL:level} \[%{DATA:thread}\] %{GREEDYDATA:message}",
        r"%{IP:client} %{WORD:method} %{URIPATHPARAM:request} %{NUMBER:bytes} %{NUMBER:duration}",
        r"%{HTTPD_ERRORLOG}",
        r"%{COMBINEDAPACHELOG}",
        r"%{SYSLOGLINE}",
    ];
    let patterns = texts
        .iter()
        .map(|text| Pattern::compile(text, definitions).expect("the pattern is right"))
        .collect();
    let set = PatternSet::new(patterns);
    measure("ten patterns, four kinds of lines", lines, |line, scratch| {
        set.matches(line, scratch).expect("within budget").is_some()
    });
}

fn one(name: &str, text: &str, definitions: &Definitions, lines: &[String]) {
    let pattern = Pattern::compile(text, definitions).expect("the pattern is right");
    measure(name, lines, |line, scratch| pattern.matches(line, scratch).expect("within budget"));
}

fn measure(name: &str, lines: &[String], matches: impl Fn(&[u8], &mut Scratch) -> bool) {
    if std::env::args().nth(1).is_some_and(|wanted| !name.contains(&wanted)) {
        return;
    }
    let mut scratch = Scratch::new();
    let bytes: usize = lines.iter().map(String::len).sum();
    let hits = lines.iter().filter(|line| matches(line.as_bytes(), &mut scratch)).count();
    let (began, cpu) = (Instant::now(), cpu_seconds());
    let mut rounds = 0_u32;
    let mut steps = 0;
    while began.elapsed() < LEAST_TIME {
        steps = 0;
        for line in lines {
            std::hint::black_box(matches(line.as_bytes(), &mut scratch));
            steps += scratch.steps();
        }
        rounds += 1;
    }
    let on_cpu = cpu_seconds().zip(cpu).map(|(now, before)| now - before);
    let seconds = on_cpu.unwrap_or_else(|| began.elapsed().as_secs_f64());
    let count = lines.len() as f64;
    let total = f64::from(rounds);
    println!(
        "{name:<40} {:7.0} MB/s {:7.0} ns/line {:6.1} steps/line {:5.1} bytes/line {:5.1} % match",
        bytes as f64 * total / seconds / 1e6,
        seconds * 1e9 / (count * total),
        steps as f64 / count,
        bytes as f64 / count,
        hits as f64 * 100.0 / count,
    );
}

/// Time this thread spent on a core, which other programs on the machine do not disturb. Linux
/// only; elsewhere the wall clock has to do.
fn cpu_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = text.split(' ').next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

/// A small generator of numbers; the same seed gives the same lines.
struct Seed(u64);

impl Seed {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn pick<'t>(&mut self, all: &[&'t str]) -> &'t str {
        let at = usize::try_from(self.below(all.len() as u64)).unwrap_or(0);
        all[at]
    }

    fn ip(&mut self) -> String {
        let mut part = || self.below(255);
        format!("{}.{}.{}.{}", part(), part(), part(), part())
    }
}

const MONTHS: &[&str] =
    &["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const AGENTS: &[&str] = &[
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:127.0) Gecko/20100101 Firefox/127.0",
    "curl/8.5.0",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
];
const PATHS: &[&str] = &["/", "/index.html", "/api/v1/items?id=42&page=3", "/static/app.3f2a.js"];

fn access_line(seed: &mut Seed) -> String {
    format!(
        "{} - {} [{:02}/{}/2026:{:02}:{:02}:{:02} +0000] \"{} {} HTTP/1.1\" {} {} \"{}\" \"{}\"",
        seed.ip(),
        seed.pick(&["-", "-", "-", "frank", "alice@example.com"]),
        1 + seed.below(28),
        seed.pick(MONTHS),
        seed.below(24),
        seed.below(60),
        seed.below(60),
        seed.pick(&["GET", "GET", "POST", "HEAD"]),
        seed.pick(PATHS),
        seed.pick(&["200", "304", "404", "500"]),
        seed.below(100_000),
        seed.pick(&[
            "-",
            "https://www.example.com/start.html",
            "https://search.example.org/?q=weir"
        ]),
        seed.pick(AGENTS),
    )
}

fn syslog_line(seed: &mut Seed) -> String {
    format!(
        "{} {:2} {:02}:{:02}:{:02} web{} sshd[{}]: Accepted publickey for deploy from {} port {} ssh2",
        seed.pick(MONTHS),
        1 + seed.below(28),
        seed.below(24),
        seed.below(60),
        seed.below(60),
        seed.below(100),
        1 + seed.below(30_000),
        seed.ip(),
        1 + seed.below(60_000),
    )
}

fn error_line(seed: &mut Seed) -> String {
    format!(
        "[Mon {} {:02} {:02}:{:02}:{:02}.{:06} 2026] [proxy:error] [pid {}:tid {}] (111)Connection \
         refused: [client {}:{}] AH00957: HTTP: attempt to connect to 10.0.0.1:8080 refused",
        seed.pick(MONTHS),
        1 + seed.below(28),
        seed.below(24),
        seed.below(60),
        seed.below(60),
        seed.below(999_999),
        1 + seed.below(30_000),
        1 + seed.below(90_000),
        seed.ip(),
        1 + seed.below(60_000),
    )
}

fn short_line(seed: &mut Seed) -> String {
    format!(
        "{} {} {} {} 0.{:03}",
        seed.ip(),
        seed.pick(&["GET", "POST"]),
        seed.pick(PATHS),
        seed.below(100_000),
        seed.below(1000),
    )
}
