//! What clients are told of versions, worked out and written once for all that are told the same. Knows
//! what brokers speak and how that is told; no sockets.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::{Range, Supported, advertise, answer};
use crate::proxy::authorize::Rules;
use crate::wire::tables::APIS;
use crate::wire::write::Unwritable;
use crate::wire::{error_code, frame};

/// `ApiVersions` has so many versions that are worth keeping an answer for; of others it is written anew.
const VERSIONS_KEPT: usize = 8;

/// What clients are told, and the answers that tell them.
#[derive(Debug)]
pub struct Offer {
    told: Supported,
    /// By API key, the versions that may be used: asked for every request.
    served: Vec<Option<Range>>,
    /// By the version of `ApiVersions`, with the correlation id 0.
    written: [OnceLock<Vec<u8>>; VERSIONS_KEPT],
}

impl Offer {
    /// To tell `told`, which [`advertise`] made.
    #[must_use]
    pub fn new(told: Supported) -> Self {
        let newest = APIS.last().map_or(0, |api| api.key);
        Self {
            served: (0..=newest).map(|key| told.served(key)).collect(),
            told,
            written: Default::default(),
        }
    }

    /// Whether `version` of the API `key` may be used.
    #[must_use]
    pub fn serves(&self, key: i16, version: i16) -> bool {
        let served = usize::try_from(key).ok().and_then(|at| self.served.get(at));
        served
            .copied()
            .flatten()
            .is_some_and(|range| range.min <= version && version <= range.max)
    }

    /// The versions of the API `key`.
    #[must_use]
    pub fn range(&self, key: i16) -> Option<Range> {
        self.told.range(key)
    }

    /// What is told.
    #[must_use]
    pub const fn told(&self) -> &Supported {
        &self.told
    }

    /// The `ApiVersions` answer, as a whole frame with its length; see [`answer`].
    ///
    /// # Errors
    /// As [`answer`].
    pub fn answer(
        &self,
        version: i16,
        correlation_id: i32,
        error: i16,
    ) -> Result<Vec<u8>, Unwritable> {
        let place = usize::try_from(version).unwrap_or(VERSIONS_KEPT);
        let Some(kept) = self
            .written
            .get(place)
            .filter(|_| error == error_code::NONE)
        else {
            return answer(version, correlation_id, &self.told, error);
        };
        let mut whole = match kept.get() {
            Some(written) => written.clone(),
            None => {
                let written = answer(version, 0, &self.told, error)?;
                kept.get_or_init(|| written).clone()
            }
        };
        frame::set_correlation_id(&mut whole, correlation_id);
        Ok(whole)
    }
}

/// What the clients of one cluster were last told, for each set of brokers that a connection may stand for.
#[derive(Debug, Default)]
pub struct Offers(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// Brokers, and what all of them can do.
    common: Option<(Vec<Arc<Supported>>, Arc<Supported>)>,
    offers: Vec<(Arc<Supported>, Rules, Arc<Offer>)>,
}

impl Offers {
    /// What all of `live` can do, worked out again when one of them is another than before.
    pub fn common(&self, live: Vec<Arc<Supported>>) -> Arc<Supported> {
        let mut kept = self.kept();
        if let Some((of, common)) = &kept.common
            && of.len() == live.len()
            && of.iter().zip(&live).all(|(of, live)| Arc::ptr_eq(of, live))
        {
            return Arc::clone(common);
        }
        let all: Vec<&Supported> = live.iter().map(|supported| &**supported).collect();
        let common = Arc::new(Supported::intersect(&all, false));
        kept.common = Some((live, Arc::clone(&common)));
        common
    }

    /// What is told by `rules` of brokers that can do `supported`.
    pub fn of(&self, supported: &Arc<Supported>, rules: Rules) -> Arc<Offer> {
        let mut kept = self.kept();
        let known = kept
            .offers
            .iter()
            .find(|(of, by, _)| Arc::ptr_eq(of, supported) && *by == rules);
        if let Some((_, _, offer)) = known {
            return Arc::clone(offer);
        }
        let offer = Arc::new(Offer::new(advertise(supported, rules)));
        // Nobody can ask any more for what only this list holds, nor by rules of before a reload.
        kept.offers
            .retain(|(of, _, _)| Arc::strong_count(of) > 1 && !Arc::ptr_eq(of, supported));
        kept.offers
            .push((Arc::clone(supported), rules, Arc::clone(&offer)));
        offer
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::authorize::Decides;
    use crate::wire::tables::{API_VERSIONS, api_key};
    use crate::wire::value::Value;

    const HERE: Rules = Rules {
        decides: Decides::Here,
        own_identity: false,
        admin_apis: false,
        telemetry: true,
    };
    const BROKERS: Rules = Rules {
        decides: Decides::Brokers,
        ..HERE
    };

    /// A broker that speaks all that is known, and Metadata up to `metadata`.
    fn broker(metadata: i16) -> Arc<Supported> {
        let ranges = APIS.iter().map(|api| {
            let max = if api.key == api_key::METADATA {
                metadata
            } else {
                api.max_version
            };
            Value::fields([
                ("ApiKey", api.key.into()),
                ("MinVersion", api.min_version.into()),
                ("MaxVersion", max.into()),
            ])
        });
        let body = Value::fields([("ApiKeys", Value::array(ranges))]);
        Arc::new(Supported::from_answer(&body).unwrap())
    }

    #[test]
    fn a_kept_answer_is_the_one_that_is_written() {
        let offer = Offer::new(advertise(&broker(9), HERE));
        for version in -1..=API_VERSIONS.max_version + 1 {
            for error in [error_code::NONE, error_code::INVALID_REQUEST] {
                for id in [0, 7, -1, i32::MAX] {
                    let written = answer(version, id, offer.told(), error).unwrap();
                    assert_eq!(offer.answer(version, id, error).unwrap(), written);
                }
            }
        }
    }

    #[test]
    fn what_is_told_is_worked_out_once_for_the_same_brokers_and_rules() {
        let offers = Offers::default();
        let (old, new) = (broker(8), broker(12));
        let both = || offers.common(vec![Arc::clone(&old), Arc::clone(&new)]);
        let common = both();
        assert!(Arc::ptr_eq(&common, &both()));
        assert_eq!(common.range(api_key::METADATA).unwrap().max, 8);
        let offer = offers.of(&common, HERE);
        assert!(Arc::ptr_eq(&offer, &offers.of(&common, HERE)));

        let other = offers.of(&common, BROKERS);
        assert!(!Arc::ptr_eq(&offer, &other));
        assert_eq!(*other.told(), advertise(&common, BROKERS));

        let alone = offers.common(vec![Arc::clone(&new)]);
        assert_eq!(alone.range(api_key::METADATA).unwrap().max, 12);
        assert!(!Arc::ptr_eq(&common, &both()));
    }

    #[test]
    fn what_nobody_can_ask_for_is_not_kept() {
        let offers = Offers::default();
        for _ in 0..100 {
            let common = offers.common(vec![broker(9), broker(9)]);
            offers.of(&common, HERE);
            offers.of(&common, BROKERS);
        }
        assert!(offers.kept().offers.len() <= 2);
    }
}
