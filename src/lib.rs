//! Landgrant turns the permission list that a vendor publishes for its product into reviewed, deployable AWS access.
//!
//! ```text
//! load ──► resolve ──► plan ──► render ──► write
//!  │          │          │         │
//!  │          │          │         └─ readback: the rendered text as grants again, equal to the plan's
//!  │          │          └─ every resource, policy, name, file, order and size
//!  │          └─ features bound to catalog entries, parameters filled: grants with provenance
//!  └─ catalogs and deployments with file:line:column for every fault
//! ```
//!
//! [`adopt`] compares a plan with a snapshot of what accounts hold already, so that they are imported and not created again.
//! [`mod@audit`] says what in the accounts, or in a plan of Terraform, is not as planned.
//!
//! Each stage takes plain data and gives plain data. A fault in a user's file is a [`diag::Diagnostic`]; an `Err` is
//! a failing system or a fault of our own. What AWS itself knows of actions is in [`mod@reference`]. Only `load`, `write` and the command line touch the outside.

#![warn(unreachable_pub)]
#![warn(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::use_debug
)]

pub mod adopt;
pub mod audit;
mod cfn;
pub mod cli;
pub mod diag;
mod hcl;
pub mod kit;
pub mod limits;
pub mod lint;
pub mod load;
pub mod model;
mod open;
mod parts;
pub mod plan;
pub mod readback;
pub mod reference;
pub mod render;
pub mod resolve;
pub mod review;
pub mod write;
