//! Streams against each other and against their own past; what comes back every month.

use super::{List, streams::MERCHANTS};
use crate::{
    bundle::Unit,
    profile::DataClass,
    variables::{Measure, Regular, Stream, Window},
};

pub(super) fn add(list: &mut List) {
    list.class = DataClass::Transaction;
    for window in [
        Window::D7,
        Window::D30,
        Window::D90,
        Window::D180,
        Window::D365,
    ] {
        list.over(
            window,
            "net_flow",
            Measure::NetFlow(window),
            Unit::Money,
            "Money received less money paid",
        );
    }
    for window in [Window::D30, Window::D90, Window::D180, Window::D365] {
        let words = "Money received less money paid, over money received";
        list.over(
            window,
            "savings_rate",
            Measure::SavingsRate(window),
            Unit::Number,
            words,
        );
        let spent = Measure::Share(Stream::Debit, Stream::Credit, window);
        list.over(
            window,
            "spending_to_income",
            spent,
            Unit::Number,
            "Money paid over money received",
        );
    }
    shares(list);
    trends(list);
    let forecasts = [
        (
            "spending_forecast_30d",
            Measure::SpendingForecast,
            "Money expected to be paid in the next 30 days",
        ),
        (
            "balance_forecast_30d",
            Measure::BalanceForecast,
            "Balance expected in 30 days",
        ),
    ];
    for (name, measure, description) in forecasts {
        list.add(name, measure, None, Unit::Money, description);
    }
    regular(list);
}

fn shares(list: &mut List) {
    let parts = [
        Stream::CashWithdrawal,
        Stream::Household,
        Stream::TransferOut,
        Stream::LoanPayment,
        Stream::Cash,
        Stream::Purchase,
        Stream::Fee,
        Stream::Essential,
        Stream::Discretionary,
        Stream::Weekend,
    ];
    for window in [Window::D30, Window::D90, Window::D365] {
        for part in parts {
            let words = format!("Share of {} in money paid", part.what());
            let measure = Measure::Share(part, Stream::Debit, window);
            list.over(
                window,
                &format!("{}_share", part.name()),
                measure,
                Unit::Share,
                words,
            );
        }
        for (part, what) in [
            (
                Stream::TransferIn,
                "Share of transfers from other banks in money received",
            ),
            (
                Stream::CashDeposit,
                "Share of cash paid in in money received",
            ),
        ] {
            let measure = Measure::Share(part, Stream::Credit, window);
            list.over(
                window,
                &format!("{}_share", part.name()),
                measure,
                Unit::Share,
                what,
            );
        }
    }
    for part in MERCHANTS {
        for window in [Window::D90, Window::D365] {
            let words = format!("Share of {} in all of them", part.what());
            let measure = Measure::Share(part, Stream::Purchase, window);
            list.over(
                window,
                &format!("{}_share", part.name()),
                measure,
                Unit::Share,
                words,
            );
        }
    }
    list.class = DataClass::Behavioural;
    for window in [Window::D30, Window::D90, Window::D365] {
        for (name, part, all, unit, words) in [
            (
                "click_rate",
                Stream::Click,
                Stream::Impression,
                Unit::Number,
                "Offers followed over offers seen",
            ),
            (
                "dismissal_rate",
                Stream::Dismissal,
                Stream::Impression,
                Unit::Number,
                "Offers waved away over offers seen",
            ),
            (
                "app_share",
                Stream::App,
                Stream::Digital,
                Unit::Share,
                "Share of the app in page visits and dealings with offers on the website or in the app",
            ),
            (
                "call_centre_ratio",
                Stream::CallCentre,
                Stream::Digital,
                Unit::Number,
                "Dealings in the call centre over digital ones",
            ),
        ] {
            list.over(
                window,
                name,
                Measure::CountShare(part, all, window),
                unit,
                words,
            );
        }
    }
    list.class = DataClass::Device;
    for window in [Window::D90, Window::D365] {
        for part in [Stream::NightLogin, Stream::WeekendLogin] {
            let words = format!("Share of {} in all logins", part.what());
            let measure = Measure::CountShare(part, Stream::Login, window);
            list.over(
                window,
                &format!("{}_share", part.name()),
                measure,
                Unit::Share,
                words,
            );
        }
    }
    list.class = DataClass::Transaction;
}

fn trends(list: &mut List) {
    let streams = [
        Stream::Credit,
        Stream::Debit,
        Stream::CashWithdrawal,
        Stream::TransferIn,
        Stream::Cash,
        Stream::Purchase,
        Stream::Household,
        Stream::Essential,
        Stream::Discretionary,
        Stream::Login,
        Stream::Visit,
        Stream::Digital,
    ];
    for stream in streams {
        list.class = stream.class();
        let what = if stream.class() == DataClass::Transaction {
            "Sum"
        } else {
            "Number"
        };
        for window in [Window::D30, Window::D90, Window::D180] {
            let words = format!(
                "{what} of {} over the {} in the window before",
                stream.what(),
                what.to_lowercase()
            );
            list.over(
                window,
                &format!("{}_trend", stream.name()),
                Measure::Trend(stream, window),
                Unit::Number,
                words,
            );
        }
    }
    list.class = DataClass::Transaction;
}

fn regular(list: &mut List) {
    let year = Some(Window::D365);
    for (name, what, unit, words) in [
        (
            "amount",
            Regular::Largest,
            Unit::Money,
            "Newest amount of the salary: the largest credit in a monthly rhythm, three times or more within a quarter of the amount before",
        ),
        (
            "day_of_month",
            Regular::DayOfMonth,
            Unit::Number,
            "Day of the month of the newest salary",
        ),
        (
            "months_seen",
            Regular::Seen,
            Unit::Count,
            "How many times in a row the salary came",
        ),
        (
            "days_since",
            Regular::DaysSince,
            Unit::Days,
            "Days since the newest salary",
        ),
        (
            "days_until",
            Regular::DaysUntil,
            Unit::Days,
            "Days until the next salary is expected, by its mean gap; negative when it is late",
        ),
        (
            "share",
            Regular::Share,
            Unit::Number,
            "The salary over mean monthly income of 90 days",
        ),
    ] {
        list.add(
            format!("salary_{name}"),
            Measure::Salary(what),
            year,
            unit,
            words,
        );
    }
    for (name, what, unit, words) in [
        (
            "count",
            Regular::Count,
            Unit::Count,
            "Number of regular payments: debits but cash and fees in a monthly rhythm, three times or more within a tenth of the amount before to the same side",
        ),
        (
            "sum",
            Regular::Sum,
            Unit::Money,
            "Sum of the newest amounts of the regular payments",
        ),
        (
            "largest",
            Regular::Largest,
            Unit::Money,
            "Newest amount of the largest regular payment",
        ),
        (
            "day_of_month",
            Regular::DayOfMonth,
            Unit::Number,
            "Day of the month of the newest of the largest regular payment",
        ),
        (
            "months_seen",
            Regular::Seen,
            Unit::Count,
            "How many times in a row the largest regular payment was made",
        ),
        (
            "days_until",
            Regular::DaysUntil,
            Unit::Days,
            "Days until the next regular payment is expected; negative when it is late",
        ),
        (
            "due",
            Regular::Due,
            Unit::Money,
            "Sum of the regular payments expected in the next 30 days",
        ),
        (
            "share",
            Regular::Share,
            Unit::Number,
            "The sum of the regular payments over mean monthly spending of 90 days",
        ),
    ] {
        list.add(
            format!("regular_payment_{name}"),
            Measure::Payments(what),
            year,
            unit,
            words,
        );
    }
}
