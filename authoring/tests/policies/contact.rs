//! Contact policy: caps, cool-offs, quiet hours, wishes. Each count is of what its rule names, over the time
//! it names, and nothing else.

use serde_json::{Value, json};

use crate::bank::{bank, customer, explain, places, stopped};

const CONTACT: (&str, &str) = (
    "contact.toml",
    "
    [caps.seen]
    count = 'impression'
    at_most = 3
    days = 7
    group = 'selling'
    channel = 'web'
    title.en = 'seen often'
    [cool-offs.waved]
    after = 'dismissal'
    times = 1
    days = 30
    title.en = 'waved away'
    [cool-offs.enough]
    after = 'dismissal'
    times = 2
    hours = 48
    per = 'group'
    group = 'selling'
    title.en = 'enough'
    [quiet-hours.night]
    from = '20:00'
    to = '08:00'
    channels = ['call-centre']
    group = 'selling'
    title.en = 'the night'
    [do-not-disturb]
    group = 'selling'",
);

fn events(kind: &str, action: &str, channel: Option<&str>, times: &[&str]) -> Value {
    let event = |at: &&str| {
        let mut event = json!({"at": at, "kind": kind, "action": action});
        if let Some(channel) = channel {
            event["channel"] = json!(channel);
        }
        event
    };
    json!({"events": times.iter().map(event).collect::<Vec<_>>()})
}

fn answer(more: &Value, context: &Value) -> Value {
    explain(&bank(&[CONTACT]), &customer(more), context, 0)
}

#[test]
fn a_cap_stops_the_action_on_its_channel_when_it_is_reached_and_not_before() {
    let times = ["1994-03-25", "1994-03-27", "1994-03-31T11:59:59Z"];
    let seen = |times: &[&str]| {
        answer(
            &events("impression", "deposit", Some("web"), times),
            &json!({}),
        )
    };
    let two = seen(&times[1..]);
    assert_eq!(places(&two, "deposit"), ["rib.home.first", "cc.desk.next"]);
    // Three: gone from the web, still at the call centre.
    let three = seen(&times);
    assert_eq!(places(&three, "deposit"), ["cc.desk.next"]);
    let web = answer(
        &events("impression", "deposit", Some("web"), &times),
        &json!({"channel": "web"}),
    );
    assert_eq!(
        stopped(&web, "deposit")["stopped"],
        json!({"kind": "cap", "cap": "seen"})
    );
    assert_eq!(stopped(&web, "deposit")["text"], "capped: seen often");
    // A view of nobody knows which channel counts everywhere.
    let unknown = answer(
        &events("impression", "deposit", None, &times),
        &json!({"channel": "web"}),
    );
    assert_eq!(stopped(&unknown, "deposit")["stopped"]["kind"], "cap");
}

#[test]
fn a_cap_counts_nothing_but_what_it_names() {
    let times = [
        "1994-03-25",
        "1994-03-27",
        "1994-03-31",
        "1994-03-31T01:00:00Z",
    ];
    let web = json!({"channel": "web"});
    let shown = |more: &Value| places(&answer(more, &web), "deposit") == ["rib.home.first"];
    assert!(
        shown(&events("click", "deposit", Some("web"), &times)),
        "other events"
    );
    assert!(
        shown(&events("impression", "loan", Some("web"), &times)),
        "other actions"
    );
    assert!(
        shown(&events("impression", "gone", Some("web"), &times)),
        "unknown actions"
    );
    assert!(
        shown(&events("impression", "deposit", Some("app"), &times)),
        "other channels"
    );
    // Exactly seven days ago is out, and so is what has not happened yet.
    let old = [
        "1994-03-24T12:00:00Z",
        "1994-03-25",
        "1994-03-27",
        "1994-04-01",
    ];
    assert!(
        shown(&events("impression", "deposit", Some("web"), &old)),
        "other times"
    );
    // Service is in no group that the cap is about.
    let hello = answer(&events("impression", "hello", Some("web"), &times), &web);
    assert_eq!(places(&hello, "hello").len(), 0);
    assert_eq!(stopped(&hello, "hello")["stopped"]["kind"], "outscored");
}

#[test]
fn what_is_waved_away_comes_back_after_the_cool_off() {
    let kind = |at: &str| {
        let answer = answer(
            &events("dismissal", "loan", Some("web"), &[at]),
            &json!({"channel": "web"}),
        );
        let shown = !places(&answer, "loan").is_empty();
        (!shown).then(|| stopped(&answer, "loan")["stopped"].clone())
    };
    let waved = json!({"kind": "cap", "cap": "waved"});
    assert_eq!(kind("1994-03-31"), Some(waved.clone()));
    assert_eq!(kind("1994-03-01T12:00:01Z"), Some(waved));
    assert_eq!(kind("1994-03-01T12:00:00Z"), None);
}

#[test]
fn two_dismissals_silence_the_whole_group() {
    let more = json!({"events": [
        {"at": "1994-03-30", "kind": "dismissal", "action": "loan"},
        {"at": "1994-03-31", "kind": "dismissal", "action": "fund"},
    ]});
    let answer = answer(&more, &json!({}));
    assert_eq!(
        stopped(&answer, "deposit")["stopped"],
        json!({"kind": "cap", "cap": "enough"})
    );
    assert!(!places(&answer, "hello").is_empty());
}

#[test]
fn history_that_may_not_be_seen_is_not_counted() {
    let times = ["1994-03-28", "1994-03-29", "1994-03-30", "1994-03-31"];
    let mut profile = customer(&events("impression", "deposit", Some("web"), &times));
    profile
        .consent
        .withdraw("behaviour", "1993-06-01".parse().unwrap());
    let answer = explain(&bank(&[CONTACT]), &profile, &json!({"channel": "web"}), 0);
    assert_eq!(places(&answer, "deposit"), ["rib.home.first"]);
}

#[test]
fn quiet_hours_go_by_the_customers_clock() {
    let desk = |offset: i64| {
        let context = json!({"channel": "call-centre", "utc_offset_minutes": offset});
        let answer = answer(&json!({}), &context);
        places(&answer, "deposit").is_empty()
    };
    // It is 12:00 UTC.
    assert!(!desk(0));
    assert!(!desk(479), "19:59");
    assert!(desk(480), "20:00");
    assert!(desk(-241), "07:59");
    assert!(!desk(-240), "08:00");
    let context = json!({"channel": "call-centre", "utc_offset_minutes": 600});
    let night = answer(&json!({}), &context);
    assert_eq!(stopped(&night, "loan")["text"], "quiet: the night");
    assert_eq!(
        places(&night, "hello"),
        ["cc.desk.next"],
        "service may speak"
    );
}

#[test]
fn wishes_need_no_consent_and_the_newest_counts() {
    let wish =
        |about: &str, state: &str, at: &str| json!({"at": at, "about": about, "state": state});
    let kind = |wishes: Vec<Value>, action: &str| {
        let mut profile = customer(&json!({"preferences": wishes}));
        profile
            .consent
            .withdraw("behaviour", "1993-06-01".parse().unwrap());
        let answer = explain(&bank(&[CONTACT]), &profile, &json!({"channel": "web"}), 0);
        let all = answer["not_shown"].as_array().unwrap().iter();
        let mut of = all.filter(|n| n["action"] == action);
        of.next().map_or(String::new(), |n| {
            n["stopped"]["kind"].as_str().unwrap().to_owned()
        })
    };
    for about in ["deposit", "savings", "selling", "web"] {
        assert_eq!(
            kind(vec![wish(about, "stop", "1994-03-01")], "deposit"),
            "opted-out",
            "{about}"
        );
        let back = vec![
            wish(about, "stop", "1994-03-01"),
            wish(about, "allow", "1994-03-02"),
        ];
        assert_eq!(kind(back, "deposit"), "", "{about}");
    }
    assert_eq!(
        kind(vec![wish("everything", "stop", "1994-03-01")], "deposit"),
        "do-not-disturb"
    );
    assert_eq!(
        kind(vec![wish("everything", "stop", "1994-04-01")], "deposit"),
        "",
        "not yet"
    );
    let mut until = wish("everything", "stop", "1994-03-01");
    until["until"] = json!("1994-03-31T12:00:00Z");
    assert_eq!(kind(vec![until], "deposit"), "", "lapsed");
    // Service is not optional.
    assert_eq!(
        kind(vec![wish("everything", "stop", "1994-03-01")], "hello"),
        ""
    );
}
