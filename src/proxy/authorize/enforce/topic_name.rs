//! Which texts can be the name of a topic.

use crate::policy::resource::{TOPIC_NAME_MAX, is_topic_char};

/// Why no topic can be called `name`, in Kafka's words (`Topic.validate`); `None` where one can.
pub(super) fn fault(name: &str) -> Option<String> {
    let reason = match name {
        "" => "the empty string is not allowed".to_owned(),
        "." => "'.' is not allowed".to_owned(),
        ".." => "'..' is not allowed".to_owned(),
        // Java counts UTF-16 units.
        _ if name.encode_utf16().count() > TOPIC_NAME_MAX => {
            format!("the length of '{name}' is longer than the max allowed length {TOPIC_NAME_MAX}")
        }
        _ if !name.chars().all(is_topic_char) => format!(
            "'{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
        ),
        _ => return None,
    };
    Some(format!("Topic name is invalid: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_judged_as_kafka_does() {
        let longest = "t".repeat(TOPIC_NAME_MAX);
        let too_long = "t".repeat(TOPIC_NAME_MAX + 1);
        for (name, fits) in [
            ("orders", true),
            ("a.b_c-D9", true),
            ("...", true),
            (&*longest, true),
            ("", false),
            (".", false),
            ("..", false),
            ("a b", false),
            ("ä", false),
            ("a/b", false),
            (&*too_long, false),
        ] {
            assert_eq!(fault(name).is_none(), fits, "{name}");
        }
        assert_eq!(
            fault("..").as_deref(),
            Some("Topic name is invalid: '..' is not allowed")
        );
    }
}
