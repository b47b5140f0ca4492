//! Kafka's plain encodings, as far as exact and hostile tests write and read them by hand.

/// A message being written; big-endian, classic (not flexible) encodings unless the name says compact.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    pub(crate) fn i8(mut self, value: i8) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    pub(crate) fn i16(mut self, value: i16) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    pub(crate) fn i32(mut self, value: i32) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    pub(crate) fn i64(mut self, value: i64) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    pub(crate) fn string(self, value: &str) -> Self {
        let length = i16::try_from(value.len()).expect("a string fits i16");
        self.i16(length).raw(value.as_bytes())
    }

    pub(crate) fn null_string(self) -> Self {
        self.i16(-1)
    }

    pub(crate) fn bytes(self, value: &[u8]) -> Self {
        let length = i32::try_from(value.len()).expect("bytes fit i32");
        self.i32(length).raw(value)
    }

    pub(crate) fn compact_string(self, value: &str) -> Self {
        self.varint(value.len() as u32 + 1).raw(value.as_bytes())
    }

    pub(crate) fn varint(mut self, mut value: u32) -> Self {
        while value >= 0x80 {
            self.0.push((value as u8 & 0x7F) | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
        self
    }

    pub(crate) fn no_tags(self) -> Self {
        self.varint(0)
    }

    pub(crate) fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }
}

/// A message being read; panics where it is cut short, as a test wants it.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn take(&mut self, count: usize) -> &'a [u8] {
        assert!(
            count <= self.0.len(),
            "{count} bytes wanted, {} there",
            self.0.len()
        );
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        self.take(N).try_into().expect("N bytes taken")
    }

    pub(crate) fn i16(&mut self) -> i16 {
        i16::from_be_bytes(self.array())
    }

    pub(crate) fn i32(&mut self) -> i32 {
        i32::from_be_bytes(self.array())
    }

    pub(crate) fn i64(&mut self) -> i64 {
        i64::from_be_bytes(self.array())
    }

    /// A string, or none where it is null.
    pub(crate) fn string(&mut self) -> Option<String> {
        let length = usize::try_from(self.i16()).ok()?;
        Some(String::from_utf8(self.take(length).to_vec()).expect("UTF-8"))
    }

    pub(crate) fn bytes(&mut self) -> Vec<u8> {
        let length = usize::try_from(self.i32()).unwrap_or(0);
        self.take(length).to_vec()
    }

    pub(crate) fn strings(&mut self) -> Vec<String> {
        (0..self.i32()).filter_map(|_| self.string()).collect()
    }
}
