//! Ports: the containers of a Pod share one network, so a port can be bound by one of them only.
//!
//! The API accepts a port that two containers declare (`containerPort` is only documentation). What counts is what the
//! processes bind: the second gets "address already in use".

use std::collections::BTreeSet;

/// The exit code of a process that cannot bind its port.
pub(super) const ADDRESS_IN_USE: i32 = 1;

/// Whether a process cannot bind one of its ports, since another process in the same network holds it.
pub(super) fn is_taken<'a>(wanted: &[u16], held: impl Iterator<Item = &'a [u16]>) -> bool {
    let held: BTreeSet<u16> = held.flatten().copied().collect();
    wanted.iter().any(|port| held.contains(port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_another_process_holds_is_taken() {
        let held: [&[u16]; 2] = [&[80, 443], &[9090]];
        assert!(is_taken(&[8080, 443], held.into_iter()));
        assert!(!is_taken(&[8080], held.into_iter()));
        assert!(!is_taken(&[], held.into_iter()));
    }
}
