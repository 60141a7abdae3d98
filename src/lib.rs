//! Moves Azure automation from user identities to workload identities.
//!
//! The modules are listed in the order in which data passes through them, and each imports only
//! modules listed above it. `tests/architecture.rs` holds this list to its word; what the rooms
//! are for is told in `docs/architecture.md`.

pub mod secret;
pub mod text;
pub mod resource;
pub mod config;
pub mod lang;
pub mod catalog;
pub mod platform;
pub mod detect;
pub mod impact;
pub mod needs;
pub mod caveats;
pub mod scan;
pub mod observe;
pub mod roles;
pub mod identity;
pub mod rewrite;
pub mod plan;
pub mod export;
pub mod apply;
pub mod verify;
pub mod prove;
pub mod report;
pub mod disk;
pub mod services;
pub mod sandbox;
pub mod cli;
