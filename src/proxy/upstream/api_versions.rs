//! What a broker says it can do.

use crate::wire::{api::Api, value::Value};

/// A broker's answer to `ApiVersions`.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiVersions {
    /// The version it was given in. Below 4 a broker leaves out features whose least version is 0,
    /// below 3 all features.
    pub version: i16,
    /// The answer, without error: `ApiKeys`, `SupportedFeatures`, `FinalizedFeatures` and so on.
    pub body: Value,
}

impl ApiVersions {
    /// The oldest and the newest version of `api` that the broker serves, if it serves any.
    #[must_use]
    pub fn range(&self, api: &Api) -> Option<(i16, i16)> {
        let key = i64::from(api.key);
        let listed = self.body.items("ApiKeys").iter();
        let found = listed
            .filter(|item| item.int("ApiKey") == Some(key))
            .find_map(|item| {
                let version = |name| {
                    item.int(name)
                        .and_then(|version| i16::try_from(version).ok())
                };
                Some((version("MinVersion")?, version("MaxVersion")?))
            });
        found.filter(|(min, max)| min <= max)
    }

    /// The newest version of `api` that both the broker and Oathgate know, if there is one.
    #[must_use]
    pub fn newest(&self, api: &Api) -> Option<i16> {
        let (min, max) = self.range(api)?;
        let newest = max.min(api.max_version);
        (newest >= min && newest >= api.min_version).then_some(newest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::tables::{FETCH, METADATA};

    fn saying(key: i64, min: i64, max: i64) -> ApiVersions {
        let range = Value::fields([
            ("ApiKey", Value::Int(key)),
            ("MinVersion", Value::Int(min)),
            ("MaxVersion", Value::Int(max)),
        ]);
        let body = Value::fields([("ApiKeys", Value::Array(vec![range]))]);
        ApiVersions { version: 4, body }
    }

    #[test]
    fn the_newest_common_version_is_found() {
        let newest = METADATA.max_version;
        for (min, max, expected) in [
            (0, 4, Some(4)),
            (0, 1000, Some(newest)),
            (i64::from(newest) + 1, 1000, None),
            (5, 4, None),
        ] {
            assert_eq!(
                saying(3, min, max).newest(&METADATA),
                expected,
                "{min}..{max}"
            );
        }
        assert_eq!(saying(3, 0, 4).newest(&FETCH), None, "not listed");
        assert_eq!(saying(1, 0, 3).newest(&FETCH), None, "too old");
    }
}
