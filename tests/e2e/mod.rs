//! The binary with files and a server in this process; nothing has to be installed.

mod commands;
mod copying;
mod exits;
mod headers;
mod identity;
mod joining;
mod odd_files;
mod pipelines;
mod presets;
mod reload;
mod remembering;
mod web;

use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    [
        commands::trials(),
        copying::trials(),
        exits::trials(),
        headers::trials(),
        identity::trials(),
        joining::trials(),
        odd_files::trials(),
        pipelines::trials(),
        presets::trials(),
        reload::trials(),
        remembering::trials(),
        web::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
