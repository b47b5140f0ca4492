//! Free ports on loopback, each handed out once in this process.
//!
//! The range lies below the one the kernel takes outgoing ports from, so nothing but another server can
//! take a port between the check and its use; test processes beside this one start elsewhere in it.

use std::{net::TcpListener, sync::Mutex};

const FIRST: u16 = 21_000;
const COUNT: u16 = 11_000;

static NEXT: Mutex<Option<u16>> = Mutex::new(None);

/// One free port.
pub(crate) fn one() -> u16 {
    block(1)
}

/// The first of `count` free ports in a row.
pub(crate) fn block(count: u16) -> u16 {
    let mut next = NEXT.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let mut at = next.unwrap_or_else(|| (std::process::id() % 110) as u16 * 100);
    for _ in 0..COUNT {
        if at + count > COUNT {
            at = 0;
        }
        let first = FIRST + at;
        at += 1;
        if (first..first + count).all(is_free) {
            *next = Some(at - 1 + count);
            return first;
        }
    }
    panic!("no {count} free ports in a row from {FIRST} on");
}

fn is_free(port: u16) -> bool {
    // Both, as some servers bind one and some the other.
    TcpListener::bind(("127.0.0.1", port)).is_ok() && TcpListener::bind(("0.0.0.0", port)).is_ok()
}
