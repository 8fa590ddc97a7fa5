//! Files that belong together: when they are joined, what comes out, and what is published.

mod arrivals;
mod changes;
mod kills;
mod lost;
mod offers;
mod oracle;
mod world;
