//! Kit: everything that a customer is handed with the rendered files. What will be there, why, how it is deployed, checked
//! and taken away, for people of whom not all know AWS.
//!
//! 1. `expected` states what must be in the accounts, as AWS tells it; the scripts that verify read it.

mod expected;

pub use expected::{SCHEMA, verification};
