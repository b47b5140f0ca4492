//! The longest frames there are, in parts.

use super::*;

/// `frame`, which ends with empty records, with `size` bytes of them: its first bytes, the rest being
/// [`filler`].
fn lengthened(frame: &[u8], size: usize) -> Vec<u8> {
    let length = i32::try_from(frame.len() - frame::LENGTH_BYTES + size).unwrap();
    let mut head = frame.to_vec();
    head[..4].copy_from_slice(&length.to_be_bytes());
    let at = head.len() - 4;
    assert_eq!(head[at..], [0; 4], "empty records");
    head[at..].copy_from_slice(&i32::try_from(size).unwrap().to_be_bytes());
    head
}

const PART: usize = 100_003;

/// Bytes of records, none of which stands where the same stood a part before.
fn filler() -> Vec<u8> {
    (0..253).cycle().take(PART).collect()
}

/// Hands `frame`, lengthened by `size`, over in parts and compares what comes out with `expected`.
fn passes(frame: &[u8], size: usize, expected: &[u8], mut step: impl FnMut(&[u8]) -> BytesMut) {
    let filler = filler();
    let mut out = step(&lengthened(frame, size));
    let mut due = lengthened(expected, size);
    let mut left = size;
    while left > 0 {
        let part = &filler[..left.min(PART)];
        out.unsplit(step(part));
        due.extend_from_slice(part);
        left -= part.len();
        let ready = out.len().min(due.len());
        assert!(
            out.split_to(ready) == due[..ready],
            "{left} bytes before the end"
        );
        due.drain(..ready);
        assert!(
            due.len() <= 2 * PART || size <= MAX_HELD,
            "little of it is held"
        );
    }
    assert!(out.is_empty() && due.is_empty());
}

#[test]
fn the_longest_frames_stream() {
    for decides in DECIDES {
        let mut wires = Wires::new(decides);
        let sent = write(Age::Old, 1, 1, &["mine"], 0);
        let size = FRAME_MAX - (sent.len() - frame::LENGTH_BYTES);
        passes(&sent, size, &sent, |part| {
            wires.down.extend_from_slice(part);
            wires.turn();
            wires.relay.to_broker.split()
        });
        let answer = written(Age::Old, 1, &[("mine", 0)]);
        wires.up.extend_from_slice(&answer);
        wires.turn();
        assert!(wires.relay.to_client.split() == answer);

        wires.down.extend_from_slice(&read(Age::Old, 2, &["mine"]));
        wires.turn();
        let answer = had(Age::Old, 2, &[("mine", 0, 0)]);
        passes(&answer, FRAME_MAX, &answer, |part| {
            wires.up.extend_from_slice(part);
            wires.turn();
            wires.relay.to_client.split()
        });
        assert!(wires.relay.is_idle());
    }
}

#[test]
fn what_is_denied_of_a_long_frame_is_swallowed_and_what_follows_is_not() {
    let mut wires = Wires::new(Decides::Here);
    let sent = write(Age::Old, 1, 1, &["other"], 0);
    wires.down.extend_from_slice(&lengthened(&sent, 40 * PART));
    for part in [filler().as_slice(); 40] {
        wires.down.extend_from_slice(part);
        wires.turn();
        assert!(wires.relay.to_broker.is_empty());
    }
    const { assert!(40 * PART > PRODUCE_HELD_MAX) };
    assert!(wires.relay.to_client.split() == written(Age::Old, 1, &[("other", 29)]));
    let beat = Shape::Heartbeat.exchange(Age::Old, 2, Decides::Here);
    wires.down.extend_from_slice(&beat.sent);
    wires.turn();
    assert!(wires.relay.to_broker.split() == beat.sent);
}
