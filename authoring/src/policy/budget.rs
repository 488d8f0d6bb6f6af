//! What a bundle may cost: `[budget]` of `policy.toml`.

use super::table::Table;
use crate::place::Spot;

/// What a bundle may cost, where the policy sets a bound.
#[derive(Clone, Debug, Default)]
pub struct Budget {
    /// Bytes of the bundle.
    pub bytes: Option<Spot<u32>>,
    /// WebAssembly instructions of a decision.
    pub fuel: Option<Spot<f64>>,
    /// MiB of memory of an instance.
    pub memory_mib: Option<Spot<f64>>,
    /// Milliseconds of a decision.
    pub milliseconds: Option<Spot<f64>>,
}

impl Budget {
    pub(super) fn read(table: &mut Table<'_, '_>) -> Self {
        let most = u32::try_from(engine::limits::BUNDLE_BYTES).unwrap_or(u32::MAX);
        Self {
            bytes: table.optional_whole("bytes", 1, most),
            fuel: table.optional_number("fuel", 1.0, 1e15),
            memory_mib: table.optional_number("memory_mib", 1.0, 4096.0),
            milliseconds: table.optional_number("milliseconds", 0.001, 60_000.0),
        }
    }
}
