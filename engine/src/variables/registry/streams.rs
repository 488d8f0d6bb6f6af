//! Statistics of one stream: counts, sums, means, rhythm.

use super::List;
use crate::{
    bundle::Unit,
    profile::DataClass,
    variables::{Across, Measure, Stat, Stream, Window},
};

const USUAL: [Window; 3] = [Window::D30, Window::D90, Window::D365];

/// Streams with money of which every statistic is worth a name.
const MONEY: [Stream; 20] = [
    Stream::Credit,
    Stream::Debit,
    Stream::CashDeposit,
    Stream::CashWithdrawal,
    Stream::CardWithdrawal,
    Stream::TransferIn,
    Stream::TransferOut,
    Stream::Interest,
    Stream::PenaltyInterest,
    Stream::StatementFee,
    Stream::Household,
    Stream::Pension,
    Stream::InsurancePayment,
    Stream::LoanPayment,
    Stream::Leasing,
    Stream::Cash,
    Stream::Purchase,
    Stream::Fee,
    Stream::Essential,
    Stream::Discretionary,
];

/// Streams with money that come often enough for a week to say something.
const OFTEN: [Stream; 8] = [
    Stream::Credit,
    Stream::Debit,
    Stream::TransferIn,
    Stream::TransferOut,
    Stream::Cash,
    Stream::Purchase,
    Stream::Essential,
    Stream::Discretionary,
];

/// Groups of merchants.
pub(super) const MERCHANTS: [Stream; 18] = [
    Stream::Groceries,
    Stream::Restaurants,
    Stream::Fuel,
    Stream::Transport,
    Stream::Vehicle,
    Stream::Travel,
    Stream::Clothing,
    Stream::HomeGoods,
    Stream::Electronics,
    Stream::GeneralStores,
    Stream::Leisure,
    Stream::Gambling,
    Stream::Utilities,
    Stream::Education,
    Stream::MoneyServices,
    Stream::PersonalCare,
    Stream::Pets,
    Stream::PublicFees,
];

/// Streams without money.
const DEALINGS: [Stream; 12] = [
    Stream::Login,
    Stream::Visit,
    Stream::Impression,
    Stream::Click,
    Stream::Dismissal,
    Stream::Web,
    Stream::App,
    Stream::CallCentre,
    Stream::Manager,
    Stream::Digital,
    Stream::NightLogin,
    Stream::WeekendLogin,
];

pub(super) fn add(list: &mut List) {
    for stream in MONEY {
        list.class = stream.class();
        for window in USUAL {
            statistics(
                list,
                stream,
                window,
                &[Stat::Count, Stat::Sum, Stat::Mean, Stat::Largest],
            );
        }
        if OFTEN.contains(&stream) {
            statistics(list, stream, Window::D7, &[Stat::Count, Stat::Sum]);
            statistics(
                list,
                stream,
                Window::D180,
                &[Stat::Count, Stat::Sum, Stat::Mean, Stat::Largest],
            );
        }
        since(list, stream);
        since_first(list, stream);
    }
    for stream in MERCHANTS {
        for window in USUAL {
            statistics(list, stream, window, &[Stat::Count, Stat::Sum]);
        }
        since(list, stream);
    }
    for window in USUAL {
        statistics(list, Stream::Refund, window, &[Stat::Count, Stat::Sum]);
        statistics(list, Stream::Weekend, window, &[Stat::Count, Stat::Sum]);
        statistics(list, Stream::Transaction, window, &[Stat::Count]);
    }
    for stream in DEALINGS {
        list.class = stream.class();
        for window in USUAL {
            statistics(list, stream, window, &[Stat::Count]);
        }
        since(list, stream);
    }
    for stream in [Stream::Login, Stream::Visit, Stream::Digital] {
        list.class = stream.class();
        for window in [Window::D7, Window::D180] {
            statistics(list, stream, window, &[Stat::Count]);
        }
    }
    rhythm(list);
    list.class = DataClass::Transaction;
}

/// How often, how evenly.
fn rhythm(list: &mut List) {
    let active = [
        Stream::Transaction,
        Stream::Credit,
        Stream::Debit,
        Stream::Cash,
        Stream::Purchase,
        Stream::Login,
        Stream::Visit,
    ];
    for stream in active {
        list.class = stream.class();
        for window in USUAL {
            statistics(list, stream, window, &[Stat::Days]);
        }
        for window in [Window::D180, Window::D365] {
            statistics(list, stream, window, &[Stat::GapMean, Stat::GapVolatility]);
        }
    }
    list.class = DataClass::Transaction;
    for stream in [
        Stream::Credit,
        Stream::Debit,
        Stream::Cash,
        Stream::Purchase,
        Stream::Household,
    ] {
        for window in [Window::D90, Window::D365] {
            statistics(list, stream, window, &[Stat::Volatility]);
        }
    }
    for stream in [
        Stream::Credit,
        Stream::Debit,
        Stream::Cash,
        Stream::Purchase,
    ] {
        let (name, what) = (stream.name(), stream.what());
        let spans = "of the spans of 30 days in the last 360 that are known in whole";
        for (across, end, unit, words) in [
            (Across::Active, "active", Unit::Count, "Number with"),
            (Across::Least, "least", Unit::Money, "Least sum of"),
            (Across::Most, "most", Unit::Money, "Largest sum of"),
            (
                Across::Volatility,
                "volatility",
                Unit::Number,
                "Standard deviation over mean of the sums of",
            ),
            (
                Across::Slope,
                "slope",
                Unit::Money,
                "Growth from one to the next of the sums of",
            ),
        ] {
            let measure = Measure::Spans(stream, across);
            list.add(
                format!("{name}_month_{end}"),
                measure,
                Some(Window::D365),
                unit,
                format!("{words} {what}, {spans}"),
            );
        }
    }
}

fn statistics(list: &mut List, stream: Stream, window: Window, stats: &[Stat]) {
    for stat in stats {
        let (end, unit, words) = match stat {
            Stat::Count => ("count", Unit::Count, "Number of"),
            Stat::Sum => ("sum", Unit::Money, "Sum of"),
            Stat::Mean => ("mean", Unit::Money, "Mean amount of"),
            Stat::Largest => ("largest", Unit::Money, "Largest amount of"),
            Stat::Volatility => (
                "volatility",
                Unit::Number,
                "Standard deviation over mean of the amounts of",
            ),
            Stat::Days => ("days", Unit::Count, "Number of days with"),
            Stat::GapMean => (
                "gap_mean",
                Unit::Days,
                "Mean of the days from one day to the next with",
            ),
            Stat::GapVolatility => (
                "gap_volatility",
                Unit::Number,
                "Standard deviation over mean of the days from one day to the next with",
            ),
        };
        let measure = Measure::Stream(stream, *stat, window);
        list.over(
            window,
            &format!("{}_{end}", stream.name()),
            measure,
            unit,
            format!("{words} {}", stream.what()),
        );
    }
}

fn since(list: &mut List, stream: Stream) {
    let description = format!("Days since the newest of {}", stream.what());
    list.add(
        format!("{}_days_since", stream.name()),
        Measure::DaysSince(stream),
        None,
        Unit::Days,
        description,
    );
}

fn since_first(list: &mut List, stream: Stream) {
    let description = format!("Days since the oldest of {}", stream.what());
    list.add(
        format!("{}_days_since_first", stream.name()),
        Measure::DaysSinceFirst(stream),
        None,
        Unit::Days,
        description,
    );
}
