//! Encrypted connections: whom weir trusts, and how it says who it is.

use anyhow::{Result, ensure};
use rustix::process::Signal;
use weir_testkit::live::{TlsFront, shared_opensearch};

use super::has_each_line_once;
use crate::kit::{Folder, Numbered, Weir, file_input, search_output};

const LINES: usize = 200;

/// A pipeline to the front at `url` that trusts an authority; `proof` says who it is.
fn pipeline(folder: &Folder, url: &str, index: &str, trusted: &str, proof: &str) -> String {
    file_input(&folder.path("in.log"))
        + &search_output(url, index)
        + &format!("tls.ca = \"{trusted}\"\n{proof}\n")
}

fn basic(password: &str) -> String {
    format!("username = \"{}\"\npassword = \"{password}\"", TlsFront::USER)
}

pub(super) fn ways_to_prove_oneself() -> Result<()> {
    let folder = Folder::new()?;
    let server = shared_opensearch()?;
    let front = TlsFront::start(server.address())?;
    let own = front.certificates();
    let ca = own.ca().display().to_string();
    folder.write("in.log", Numbered::text(0..LINES, 20))?;
    folder.write("password", format!("{}\n", TlsFront::PASSWORD))?;
    let from_file = format!("file:{}", folder.path("password").display());
    let certificate = format!(
        "tls.certificate = \"{}\"\ntls.key = \"{}\"",
        own.client().display(),
        own.client_key().display()
    );
    let ways = [
        ("live-tls-plain", front.url(), String::new()),
        ("live-tls-basic", front.basic_url(), basic(&from_file)),
        ("live-tls-key", front.api_key_url(), format!("api-key = \"{}\"", TlsFront::API_KEY)),
        ("live-tls-certificate", front.client_certificate_url(), certificate),
    ];
    for (index, url, proof) in ways {
        let text = pipeline(&folder, &url, index, &ca, &proof);
        let pipeline = folder.write(&format!("{index}.toml"), text)?;
        let ended = Weir::once(&pipeline)?.with(0)?;
        ensure!(!ended.log.contains(TlsFront::PASSWORD), "the password was said:\n{ended}");
        has_each_line_once(server, index, LINES)?;
    }
    front.stop()
}

/// A server whose certificate nobody vouches for gets nothing.
pub(super) fn strange_authority() -> Result<()> {
    let folder = Folder::new()?;
    let server = shared_opensearch()?;
    let front = TlsFront::start(server.address())?;
    let stranger = front.certificates().stranger_ca().display().to_string();
    folder.write("in.log", Numbered::text(0..LINES, 20))?;
    let text = pipeline(&folder, &front.url(), "live-stranger", &stranger, "");
    let pipeline = folder.write("p.toml", text)?;
    let mut running = Weir::run(&pipeline, &["--drain", "100ms"])?;
    running.says("certificate")?;
    running.stop()?.with(3)?;
    ensure!(server.count("live-stranger")? == 0, "a stranger got documents");
    front.stop()
}

pub(super) fn wrong_password() -> Result<()> {
    let folder = Folder::new()?;
    let server = shared_opensearch()?;
    let front = TlsFront::start(server.address())?;
    let ca = front.certificates().ca().display().to_string();
    let index = "live-password";
    folder.write("in.log", Numbered::text(0..LINES, 20))?;
    let text = |password: &str| pipeline(&folder, &front.basic_url(), index, &ca, &basic(password));
    let pipeline = folder.write("p.toml", text("not this one"))?;
    let mut running = Weir::run(&pipeline, &["--drain", "500ms"])?;
    running.says("does not accept who we are (401)")?;
    running.says("nothing can be delivered until this is mended")?;
    ensure!(server.count(index)? == 0, "delivered without the right password");
    folder.write("p.toml", text(TlsFront::PASSWORD))?;
    running.signal(Signal::HUP)?;
    running.comes_to("all lines in OpenSearch", |_| {
        server.count(index).is_ok_and(|count| count >= LINES as u64)
    })?;
    let ended = running.stop()?.with(0)?;
    for password in ["not this one", TlsFront::PASSWORD] {
        ensure!(!ended.log.contains(password), "a password was said:\n{ended}");
    }
    has_each_line_once(server, index, LINES)?;
    front.stop()
}
