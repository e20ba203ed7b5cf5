#![no_std]
mod grammar;
pub use grammar::*;
