//! End to end: the built binary against real files and servers.
