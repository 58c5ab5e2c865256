//! How large a simulation may become.
//!
//! Uploads come from strangers: what runs away is stopped and told as a problem of the file. The default is for them and
//! for the command line; whoever knows the scenario may allow more.

/// What a scenario and its run may have at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Nodes that are there from the beginning.
    pub nodes: usize,
    /// Steps of the engine; the longest scenario in the library takes less than a tenth of the default.
    pub steps: u64,
    /// Objects in the cluster at any time, Events apart.
    pub objects: usize,
    /// Changes in the trace.
    pub changes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        // What reaches one of these has taken less than a second, and some 250 MB.
        Limits { nodes: 100, steps: 300_000, objects: 2_000, changes: 30_000 }
    }
}
