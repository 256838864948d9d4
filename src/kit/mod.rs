//! Kit: everything that a customer is handed with the rendered files. What will be there, why, how it is deployed, checked
//! and taken away, for people of whom not all know AWS.
//!
//! 1. `expected` states what must be in the accounts, as AWS tells it; the scripts that verify read it.
//! 2. `view` is what the page and the README say; `page` and `picture` make the page of it.

mod canvas;
mod page;
#[cfg(test)]
mod page_tests;
mod picture;
mod reach;
mod texts;
mod view;
mod words;
