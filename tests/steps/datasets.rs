//! Files that belong together: when they are joined, what comes out, and what is published.

mod arrivals;
mod world;
