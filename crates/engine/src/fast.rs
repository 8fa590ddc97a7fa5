//! Fast paths.

pub(crate) mod glance;
