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
    bytes: &'a mut [u8],
    next: usize,
}

impl<'a> Chunk<'a> {
    pub(super) const fn new(bytes: &'a mut [u8]) -> Self {
        Self { bytes, next: 0 }
    }

    /// The next bytes, at most `max`; they count as used.
    fn up_to(&mut self, max: usize) -> &mut [u8] {
        let start = self.next;
        self.next = start.saturating_add(max).min(self.bytes.len());
        self.bytes.get_mut(start..self.next).unwrap_or_default()
    }

    /// The next `count` bytes, if all are here; they count as used.
    fn exactly(&mut self, count: usize) -> Option<&mut [u8]> {
        let end = self.next.checked_add(count)?;
        let taken = self.bytes.get_mut(self.next..end)?;
        self.next = end;
        Some(taken)
    }

    /// Sets `bits` in the byte used last.
    pub(super) fn set_bits_of_last(&mut self, bits: u8) {
        if let Some(byte) = self
            .next
            .checked_sub(1)
            .and_then(|at| self.bytes.get_mut(at))
        {
            *byte |= bits;
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

    /// The next `width` (at most 16) bytes, at the front of the array.
    pub(super) fn take(&mut self, chunk: &mut Chunk<'_>, width: usize) -> Result<[u8; 16], Stop> {
        if width > self.left() {
            return Err(Fault::Short.into());
        }
        let missing = width.saturating_sub(self.carried);
        let here = chunk.up_to(missing);
        let end = self.carried.saturating_add(here.len());
        if let Some(room) = self.carry.get_mut(self.carried..end) {
            room.copy_from_slice(here);
        }
        if end < width {
            self.carried = end;
            return Err(Stop::Starved);
        }
        self.carried = 0;
        self.at = self.at.saturating_add(width);
        Ok(self.carry)
    }

    /// The next unsigned varint: at most 5 bytes, whose bits fit 32. Leading zeros are allowed.
    pub(super) fn varint(&mut self, chunk: &mut Chunk<'_>) -> Result<Varint, Stop> {
        loop {
            if self.carried >= self.left() {
                return Err(Fault::Short.into());
            }
            let Some(&mut [byte]) = chunk.exactly(1) else {
                return Err(Stop::Starved);
            };
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

    /// The next bytes, at least one and at most `max`, which the caller has checked against
    /// [`Cursor::left`].
    pub(super) fn some<'a>(
        &mut self,
        chunk: &'a mut Chunk<'_>,
        max: usize,
    ) -> Result<&'a mut [u8], Stop> {
        let part = chunk.up_to(max);
        if part.is_empty() {
            return Err(Stop::Starved);
        }
        self.at = self.at.saturating_add(part.len());
        Ok(part)
    }
}
