//! Free loopback ports for servers that must be told their port.
//!
//! Ports are taken from below the range the kernel uses for outgoing connections. A client that
//! keeps dialling a stopped server inside that range would sooner or later be given the server's
//! port as its own and be connected to itself.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};
use std::process;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};

const FIRST: u16 = 18_000;
const LAST: u16 = 31_999;
/// A stride coprime with the size of the range, so that every port is visited.
const STRIDE: u32 = 6_151;

static TAKEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// A loopback port that nothing listens on and that this process has not handed out before.
///
/// # Errors
/// When all of the about 14 000 ports are taken.
pub fn free_port() -> Result<u16> {
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    let size = u32::from(LAST - FIRST) + 1;
    let start = process::id().wrapping_mul(STRIDE);
    (0..size)
        .map(|step| start.wrapping_add(step.wrapping_mul(STRIDE)) % size)
        .map(|offset| FIRST + u16::try_from(offset).unwrap_or(0))
        .find(|port| !taken.contains(port) && is_free(*port))
        .inspect(|port| {
            taken.insert(*port);
        })
        .context("no free loopback port between 18000 and 31999; stop some servers")
}

/// Whether a server could listen on this loopback port now.
pub(crate) fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Starts something on `N` free ports, with other ports when another process was quicker.
pub(crate) fn on_free_ports<const N: usize, T>(
    mut start: impl FnMut([u16; N]) -> Result<T>,
) -> Result<T> {
    let mut tries_left = 3;
    loop {
        let mut ports = [0; N];
        for port in &mut ports {
            *port = free_port()?;
        }
        let outcome = start(ports);
        tries_left -= 1;
        match &outcome {
            Err(error) if tries_left > 0 && lost_a_race(error) => {}
            _ => return outcome,
        }
    }
}

/// A server that finds its port taken says so in its log, which is part of the error.
fn lost_a_race(error: &anyhow::Error) -> bool {
    let text = format!("{error:#}");
    text.contains("already in use") || text.contains("BindException")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_port_is_handed_out_only_once() {
        let ports: BTreeSet<u16> = (0..50).map(|_| free_port().unwrap()).collect();
        assert_eq!(ports.len(), 50);
    }

    #[test]
    fn a_start_that_lost_its_port_is_tried_with_another_one() {
        let mut seen = Vec::new();
        let port = on_free_ports(|[port]: [u16; 1]| {
            seen.push(port);
            anyhow::ensure!(seen.len() == 3, "bind() failed (98: Address already in use)");
            Ok(port)
        })
        .unwrap();
        assert_eq!(seen.last(), Some(&port));
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 3);
    }
}
