//! How far back a variable looks.

use rkyv::{Archive, Portable, Serialize, bytecheck::CheckBytes};

/// How far back from the decision's clock. A window of *n* days holds the day of the clock and the *n* − 1
/// days before it.
#[derive(Archive, Serialize, Portable, CheckBytes, Clone, Copy, Debug, PartialEq, Eq)]
#[bytecheck(crate = rkyv::bytecheck)]
#[rkyv(as = Self)]
#[repr(u8)]
pub enum Window {
    /// 7 days.
    D7,
    /// 30 days.
    D30,
    /// 60 days.
    D60,
    /// 90 days.
    D90,
    /// 180 days.
    D180,
    /// 365 days.
    D365,
}

impl Window {
    /// All windows, shortest first.
    pub const ALL: &[Self] = &[
        Self::D7,
        Self::D30,
        Self::D60,
        Self::D90,
        Self::D180,
        Self::D365,
    ];

    /// Its length.
    pub const fn days(self) -> u16 {
        match self {
            Self::D7 => 7,
            Self::D30 => 30,
            Self::D60 => 60,
            Self::D90 => 90,
            Self::D180 => 180,
            Self::D365 => 365,
        }
    }

    /// Its place in [`Window::ALL`].
    pub(super) fn position(self) -> usize {
        usize::from(self as u8)
    }
}
