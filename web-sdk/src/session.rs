//! One page's engine: an open bundle, and the questions that a page asks of it.

use engine::{
    Bundle, Context, Engine, Profile, Timestamp,
    bundle::Channel,
    consent::ConsentRecord,
    profile::DataClass,
    trust::{PublicKey, Verified, hex},
    variables::Ledger,
};
use serde::Serialize;

use crate::Failure;

/// An open bundle and the engine that runs it, for as long as the worker lives.
#[derive(Debug)]
pub struct Session {
    engine: Engine<'static>,
    customer: Option<Customer>,
}

/// Whom the page asked about last: several fills of a page ask about the same.
#[derive(Debug)]
struct Customer {
    /// The profile as it came, JSON.
    text: String,
    profile: Profile,
    ledger: Ledger,
}

/// What a bundle says about itself.
#[derive(Debug, Serialize)]
pub struct About<'b> {
    name: &'b str,
    hash: String,
    engine: &'static str,
    locales: Vec<&'b str>,
    currency: &'b str,
    /// The purposes that let it be kept what the customer does with what is shown.
    history: Vec<&'b str>,
    placeholders: Vec<Slot<'b>>,
}

#[derive(Debug, Serialize)]
struct Slot<'b> {
    id: &'b str,
    channel: Channel,
    page: &'b str,
    capacity: u8,
}

/// A purpose, and whether a consent record grants it.
#[derive(Debug, Serialize)]
pub struct Asked<'b> {
    id: &'b str,
    notice_version: &'b str,
    title: &'b str,
    description: &'b str,
    granted: bool,
}

impl Session {
    /// Opens a bundle that one of `keys` (32 bytes each) signed.
    pub fn open(bundle: Vec<u8>, keys: &[Vec<u8>]) -> Result<Self, Failure> {
        let keys: Result<Vec<_>, _> = keys.iter().map(|key| PublicKey::from_bytes(key)).collect();
        let keys = keys?;
        // Checked before the bytes are made to live on, so that a refused bundle is freed again.
        Bundle::open(Verified::new(&bundle, &keys)?)?;
        // The engine borrows the bundle in place. A worker opens one bundle and ends with it.
        let bundle: &'static [u8] = bundle.leak();
        Ok(Self {
            engine: Engine::new(Bundle::open(Verified::new(bundle, &keys)?)?),
            customer: None,
        })
    }

    /// What the bundle says about itself.
    pub fn about(&self) -> About<'static> {
        let bundle = self.engine.bundle();
        let body = bundle.body();
        let slots = body.placeholders.iter().map(|slot| Slot {
            id: &slot.id,
            channel: slot.channel,
            page: &slot.page,
            capacity: slot.capacity,
        });
        let history = body
            .purposes
            .iter()
            .filter(|purpose| purpose.classes & (1 << DataClass::Behavioural as u8) != 0);
        About {
            name: &body.name,
            hash: hex(&bundle.hash()),
            engine: engine::VERSION,
            locales: body.locales.iter().map(|locale| locale.as_str()).collect(),
            currency: &body.currency,
            history: history.map(|purpose| &*purpose.id).collect(),
            placeholders: slots.collect(),
        }
    }

    /// The bundle's purposes in `locale` (else in its first language), and what the consent record
    /// (JSON) grants of them at `at`.
    pub fn purposes(
        &self,
        consent: &str,
        at: &str,
        locale: &str,
    ) -> Result<Vec<Asked<'static>>, Failure> {
        let record = ConsentRecord::from_json(consent.as_bytes())?;
        let at: Timestamp = at.parse()?;
        let body = self.engine.bundle().body();
        let language = body.locales.iter().position(|tag| tag.as_str() == locale);
        let language = language.unwrap_or(0);
        let asked = body.purposes.iter().map(|purpose| Asked {
            id: &purpose.id,
            notice_version: &purpose.notice_version,
            title: purpose.title.get(language).map_or("", |text| text),
            description: purpose.description.get(language).map_or("", |text| text),
            granted: record.granted(&purpose.id, &purpose.notice_version, at),
        });
        Ok(asked.collect())
    }

    /// Decides for a profile (JSON) in a context (JSON), and answers the canonical JSON.
    pub fn decide(
        &mut self,
        profile: &str,
        context: &str,
        at: &str,
        seed: u64,
    ) -> Result<String, Failure> {
        let at = at.parse()?;
        let context = Context::from_json(context.as_bytes())?;
        let customer = match self.customer.take() {
            Some(customer) if customer.text == profile => customer,
            _ => {
                let text = profile.to_owned();
                let profile = Profile::from_json(text.as_bytes())?;
                let ledger = self.engine.ledger(&profile, at);
                Customer {
                    text,
                    profile,
                    ledger,
                }
            }
        };
        let Customer {
            profile, ledger, ..
        } = self.customer.insert(customer);
        let snapshot = self.engine.snapshot_kept_up(profile, ledger, at);
        let decision = self.engine.decide_for(&snapshot, &context, seed)?;
        String::from_utf8(decision.to_json()).map_err(|error| Failure {
            code: "decide",
            message: error.to_string(),
        })
    }
}
