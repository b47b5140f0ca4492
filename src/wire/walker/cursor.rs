//! Primitives out of a frame that comes in parts: integers, varints, and how much is left.

use crate::wire::malformed::Fault;

/// Why a step ended without its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The part at hand is used up. Asking again when more has come goes on from there.
    Starved,
    Fault(Fault),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// The part of a frame at hand.
pub(super) struct Chunk<'a> {
    bytes: Bytes<'a>,
    next: usize,
}

enum Bytes<'a> {
    /// To be blanked in place.
    Flowing(&'a mut [u8]),
    /// To be left as they are.
    Held(&'a [u8]),
}

impl<'a> Chunk<'a> {
    pub(super) const fn flowing(bytes: &'a mut [u8]) -> Self {
        Self {
            bytes: Bytes::Flowing(bytes),
            next: 0,
        }
    }

    pub(super) const fn held(bytes: &'a [u8]) -> Self {
        Self {
            bytes: Bytes::Held(bytes),
            next: 0,
        }
    }

    /// Bytes of the part, used or not.
    pub(super) const fn len(&self) -> usize {
        self.bytes().len()
    }

    const fn bytes(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Flowing(bytes) => bytes,
            Bytes::Held(bytes) => bytes,
        }
    }

    /// The next bytes, at most `max`; they count as used.
    fn up_to(&mut self, max: usize) -> &[u8] {
        let start = self.next;
        self.next = start.saturating_add(max).min(self.len());
        self.bytes().get(start..self.next).unwrap_or_default()
    }

    /// The next `count` bytes, if all are here; they count as used.
    fn exactly(&mut self, count: usize) -> Option<&[u8]> {
        let start = self.next;
        let end = start.checked_add(count)?;
        if end > self.len() {
            return None;
        }
        self.next = end;
        self.bytes().get(start..end)
    }

    /// The next `N` bytes, if all are here; they count as used.
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.exactly(N)?.first_chunk().copied()
    }

    /// The next byte, if it is here; it counts as used.
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes().get(self.next)?;
        self.next = self.next.saturating_add(1);
        Some(byte)
    }

    /// The next byte, if it is here and a varint by itself; it counts as used.
    fn small(&mut self) -> Option<u32> {
        let byte = *self.bytes().get(self.next)?;
        if byte > 0x7f {
            return None;
        }
        self.next = self.next.saturating_add(1);
        Some(byte.into())
    }

    /// Makes zeros of the `count` bytes used last.
    fn zero(&mut self, count: usize) {
        let start = self.next.saturating_sub(count);
        if let Bytes::Flowing(bytes) = &mut self.bytes
            && let Some(used) = bytes.get_mut(start..self.next)
        {
            used.fill(0);
        }
    }

    /// Sets `bits` in the byte used last.
    pub(super) fn set_bits(&mut self, bits: u8) {
        if let Bytes::Flowing(bytes) = &mut self.bytes
            && let Some(used) = bytes.get_mut(..self.next)
            && let Some(last) = used.last_mut()
        {
            *last |= bits;
        }
    }
}

/// A varint that was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Varint {
    pub(super) value: u32,
    /// Bytes it took, 1 to 5.
    pub(super) width: usize,
}

/// Where a walk may go back to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    at: usize,
    next: usize,
}

/// The place in a frame, and the start of a primitive that the part before broke off.
#[derive(Debug)]
pub(super) struct Cursor {
    /// Offset of the next primitive from the frame's start.
    at: usize,
    /// Offset at which what is being read must have ended.
    limit: usize,
    carry: [u8; 16],
    carried: usize,
}

impl Cursor {
    pub(super) const fn new(length: usize) -> Self {
        Self {
            at: 0,
            limit: length,
            carry: [0; 16],
            carried: 0,
        }
    }

    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// The place between two primitives; `None` within one.
    pub(super) const fn place(&self, chunk: &Chunk<'_>) -> Option<Place> {
        if self.carried > 0 {
            return None;
        }
        Some(Place {
            at: self.at,
            next: chunk.next,
        })
    }

    /// Goes back to a `place` in the same part of the frame.
    pub(super) const fn go_back(&mut self, place: Place, chunk: &mut Chunk<'_>) {
        self.at = place.at;
        self.carried = 0;
        chunk.next = place.next;
    }

    /// Offset of the first byte not seen yet.
    pub(super) const fn seen(&self) -> usize {
        self.at.saturating_add(self.carried)
    }

    pub(super) const fn limit(&self) -> usize {
        self.limit
    }

    /// Narrows the limit to the next `size` bytes, or sets it back.
    pub(super) const fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Bytes up to the limit.
    pub(super) const fn left(&self) -> usize {
        self.limit.saturating_sub(self.at)
    }

    /// The next `N` (at most 16) bytes.
    pub(super) fn take<const N: usize>(&mut self, chunk: &mut Chunk<'_>) -> Result<[u8; N], Stop> {
        if N > self.left() {
            return Err(Fault::Short.into());
        }
        if self.carried == 0
            && let Some(here) = chunk.array()
        {
            self.at = self.at.saturating_add(N);
            return Ok(here);
        }
        let here = chunk.up_to(N.saturating_sub(self.carried));
        let end = self.carried.saturating_add(here.len());
        if let Some(room) = self.carry.get_mut(self.carried..end) {
            room.copy_from_slice(here);
        }
        self.carried = end;
        let whole = self.carry.first_chunk().filter(|_| end >= N);
        let whole = *whole.ok_or(Stop::Starved)?;
        self.carried = 0;
        self.at = self.at.saturating_add(N);
        Ok(whole)
    }

    /// Passes over the next `count` bytes; without all of them it has done nothing.
    pub(super) fn skip(&mut self, chunk: &mut Chunk<'_>, count: usize) -> Result<(), Stop> {
        if count > self.left() {
            return Err(Fault::Short.into());
        }
        self.whole(chunk, count).map(drop).ok_or(Stop::Starved)
    }

    /// The next unsigned varint: at most 5 bytes, whose bits fit 32. Leading zeros are allowed.
    pub(super) fn varint(&mut self, chunk: &mut Chunk<'_>) -> Result<Varint, Stop> {
        if self.carried == 0
            && self.left() > 0
            && let Some(value) = chunk.small()
        {
            self.at = self.at.saturating_add(1);
            return Ok(Varint { value, width: 1 });
        }
        loop {
            if self.carried >= self.left() {
                return Err(Fault::Short.into());
            }
            let byte = chunk.byte().ok_or(Stop::Starved)?;
            if let Some(room) = self.carry.get_mut(self.carried) {
                *room = byte;
            }
            self.carried = self.carried.saturating_add(1);
            if byte < 0x80 {
                break;
            }
            if self.carried == 5 {
                return Err(Fault::Varint.into());
            }
        }
        let width = self.carried;
        let [a, b, c, d, e, ..] = self.carry;
        if width == 5 && e > 0x0f {
            return Err(Fault::Varint.into());
        }
        let mut value = 0;
        for byte in [a, b, c, d, e].into_iter().take(width).rev() {
            value = value << 7 | u32::from(byte & 0x7f);
        }
        self.carried = 0;
        self.at = self.at.saturating_add(width);
        Ok(Varint { value, width })
    }

    /// The next `count` bytes, if all are here. The caller has checked `count` against
    /// [`Cursor::left`].
    pub(super) fn whole<'a>(&mut self, chunk: &'a mut Chunk<'_>, count: usize) -> Option<&'a [u8]> {
        let here = chunk.exactly(count)?;
        self.at = self.at.saturating_add(count);
        Some(here)
    }

    /// The next bytes, at least one and at most `max`, which the caller has checked against
    /// [`Cursor::left`].
    pub(super) fn some<'a>(
        &mut self,
        chunk: &'a mut Chunk<'_>,
        max: usize,
    ) -> Result<&'a [u8], Stop> {
        let part = chunk.up_to(max);
        if part.is_empty() {
            return Err(Stop::Starved);
        }
        self.at = self.at.saturating_add(part.len());
        Ok(part)
    }

    /// As [`Cursor::some`], and makes them zeros; gives how many.
    pub(super) fn some_zeros(&mut self, chunk: &mut Chunk<'_>, max: usize) -> Result<usize, Stop> {
        let count = self.some(chunk, max)?.len();
        chunk.zero(count);
        Ok(count)
    }
}
