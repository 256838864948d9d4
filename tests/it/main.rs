//! All tests of the library and the program but those that need AWS at hand: one program, since each one more is linked again.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test may panic and touches files"
)]

mod access;
mod adopt;
mod attributes;
mod audit;
mod audit_lies;
mod check;
mod clone;
mod closed_grammar;
mod docs;
mod drift;
mod errors;
mod fence;
mod fuzz;
mod golden;
mod kit;
mod limits;
mod lint;
mod lists;
mod managed;
mod page;
mod properties;
mod readback;
mod readback_templates;
mod reference;
mod review;
mod review_beside;
mod review_edits;
mod review_lies;
mod review_roles;
mod review_stack_sets;
mod review_tags;
mod roles;
mod said;
mod scale;
mod scanners;
mod sharding;
mod start;
mod story;
mod suggestions;
#[path = "../support/mod.rs"]
mod support;
mod template_readers;
mod templates;
mod terraform_reader;
mod tidy;
mod trust;
mod trust_by_hand;
mod trusted;
mod typed;
mod untrusted;
mod verify;
mod ways;
mod workflow;
mod write;
