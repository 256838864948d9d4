//! What several test modules need: renders, golden files, tools, judges that were written apart.

pub mod browser;
pub mod by_hand;
pub mod copy;
pub mod evaluate;
mod generated_callers;
pub mod generated_templates;
pub mod generated_trust;
pub mod golden;
pub mod node;
pub mod pipeline;
pub mod repository;
pub mod tamperings;
pub mod terraform_reader;
pub mod tools;
