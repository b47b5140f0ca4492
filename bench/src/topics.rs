//! The topics of the null broker, which the load names too.

/// Partitions of every topic.
pub(crate) const PARTITIONS: i32 = 10;

/// What the ids of all topics begin with; the topic's number follows.
const ID_PREFIX: [u8; 12] = *b"oathgateperf";

/// One of the null broker's topics, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Topic(pub(crate) u32);

impl Topic {
    pub(crate) fn name(self) -> String {
        format!("bench-{:05}", self.0)
    }

    pub(crate) fn id(self) -> [u8; 16] {
        let mut id = [0; 16];
        let number = self.0.to_be_bytes();
        for (to, from) in id.iter_mut().zip(ID_PREFIX.iter().chain(&number)) {
            *to = *from;
        }
        id
    }

    /// The topic with this id; `None` = an id of no topic.
    pub(crate) fn of_id(id: [u8; 16]) -> Option<Self> {
        let (prefix, number) = id.split_last_chunk::<4>()?;
        (prefix == ID_PREFIX).then(|| Self(u32::from_be_bytes(*number)))
    }

    /// The topic with this name; `None` = a name of no topic.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        name.strip_prefix("bench-")?.parse().ok().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_found_by_its_name_and_by_its_id() {
        for topic in [Topic(0), Topic(9_999)] {
            assert_eq!(Topic::of_id(topic.id()), Some(topic));
            assert_eq!(Topic::of_name(&topic.name()), Some(topic));
        }
        assert_eq!(Topic::of_id([7; 16]), None);
        assert_eq!(Topic::of_name("other"), None);
    }
}
