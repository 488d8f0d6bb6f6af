//! Who customers are, for the audit of fairness only.
//!
//! The host reads these from the profile itself, with or without consent to use them: whether women are
//! shown less credit can only be told by knowing who is a woman. What is read here never reaches the engine.
//! Data marked as special are not read.

use engine::{
    Timestamp,
    profile::{DataClass, Fact, FactName, Value},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::grant;

/// What fairness is looked at by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Dimension {
    /// Bands of years since the year of birth.
    Age,
    /// Women and men.
    Sex,
    /// The home region.
    Region,
    /// The home district.
    District,
}

/// What is known of one customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// The band of ages.
    pub age: Option<&'static str>,
    /// Women or men.
    pub sex: Option<&'static str>,
    /// The home region.
    pub region: Option<String>,
    /// The home district.
    pub district: Option<String>,
    /// Systems that the facts come from.
    pub sources: Vec<String>,
}

/// First age of each band, and its name.
const BANDS: [(i64, &str); 7] = [
    (0, "0–17"),
    (18, "18–24"),
    (25, "25–34"),
    (35, "35–44"),
    (45, "45–54"),
    (55, "55–64"),
    (65, "65 and over"),
];

impl Dimension {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Age, Self::Sex, Self::Region, Self::District];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Sex => "sex",
            Self::Region => "region",
            Self::District => "district",
        }
    }
}

impl Traits {
    /// Reads a profile that the engine has accepted (JSON, UTF-8), as known at an instant; of what is no
    /// profile, nothing.
    pub fn read(profile: &[u8], at: Timestamp) -> Self {
        let mut traits = Self::default();
        let mut facts = facts(profile).unwrap_or_default();
        facts.retain(|fact| fact.class() != DataClass::Special && fact.holds_at(at));
        // The newest counts, and of two at one instant the one that a sort puts last, in any order.
        facts.sort_by(|a, b| {
            let order = |fact: &Fact| (fact.observed_at, fact.name);
            let value = |fact: &Fact| format!("{:?}", fact.value);
            let same = || value(a).cmp(&value(b));
            order(a).cmp(&order(b)).then_with(same)
        });
        for fact in facts {
            match (fact.name, fact.value) {
                (FactName::BirthYear, value) => traits.age = band(&value, at).or(traits.age),
                (FactName::Female, value) => traits.sex = sex(&value).or(traits.sex),
                (FactName::Region, Value::Text(name)) => traits.region = Some(name),
                (FactName::District, Value::Text(name)) => traits.district = Some(name),
                _ => {}
            }
            if !traits.sources.contains(&fact.source) {
                traits.sources.push(fact.source);
            }
        }
        traits
    }

    /// The value in a dimension.
    pub fn get(&self, dimension: Dimension) -> Option<&str> {
        match dimension {
            Dimension::Age => self.age,
            Dimension::Sex => self.sex,
            Dimension::Region => self.region.as_deref(),
            Dimension::District => self.district.as_deref(),
        }
    }
}

/// The facts of a profile, without reading the many events around them.
fn facts(profile: &[u8]) -> Option<Vec<Fact>> {
    let rest = profile.get(grant::field(profile, br#""facts""#)?..)?;
    Vec::deserialize(&mut serde_json::Deserializer::from_slice(rest)).ok()
}

fn band(value: &Value, at: Timestamp) -> Option<&'static str> {
    let year = value.number()?;
    let reached =
        |first: i64| i32::try_from(at.year() - first).is_ok_and(|latest| year <= f64::from(latest));
    let bands = BANDS.iter().rev();
    bands
        .copied()
        .find(|(first, _)| reached(*first))
        .map(|(_, name)| name)
}

fn sex(value: &Value) -> Option<&'static str> {
    match value.number() {
        Some(1.0) => Some("women"),
        Some(0.0) => Some("men"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(facts: &str) -> Traits {
        let facts = facts.replace(
            '$',
            r#""class":"demographic","source":"s","observed_at":"1990-01-01""#,
        );
        let json = format!(r#"{{"schema_version":1,"events":[{{"at":1}}],"facts":[{facts}]}}"#);
        Traits::read(json.as_bytes(), "1994-03-31".parse().unwrap())
    }

    #[test]
    fn bands_start_at_their_first_age() {
        for (year, band) in [
            (1994, Some("0–17")),
            (1977, Some("0–17")),
            (1976, Some("18–24")),
            (1970, Some("18–24")),
            (1969, Some("25–34")),
            (1930, Some("55–64")),
            (1929, Some("65 and over")),
            (1995, None),
        ] {
            let found = read(&format!(r#"{{"name":"birth-year","value":{year},$}}"#));
            assert_eq!(found.age, band, "{year}");
        }
    }

    #[test]
    fn the_newest_fact_that_holds_counts_and_special_data_never() {
        let found = read(
            r#"{"name":"district","value":"Old",$},
               {"name":"district","value":"New","class":"demographic","source":"t","observed_at":"1993-01-01"},
               {"name":"district","value":"Later","class":"demographic","source":"u","observed_at":"1999-01-01"},
               {"name":"female","value":true,"class":"special","source":"s","observed_at":"1990-01-01"}"#,
        );
        assert_eq!(found.get(Dimension::District), Some("New"));
        assert_eq!(found.get(Dimension::Sex), None);
        assert_eq!(found.sources, ["s", "t"]);
        assert_eq!(read(r#"{"name":"female","value":1,$}"#).sex, Some("women"));
        assert_eq!(
            read(r#"{"name":"female","value":false,$}"#).sex,
            Some("men")
        );
        assert_eq!(read("7"), Traits::default());
    }
}
