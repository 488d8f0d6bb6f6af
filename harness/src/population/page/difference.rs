//! What a change of policy does: words, places, ranks, and who it happens to.

use super::{
    super::{
        comparison::{Comparison, Gains, Moved, Pair},
        example::{Difference, Example},
        report::share,
    },
    NOBODY_CONSENTS,
    parts::{
        bar, count, escape, figure, long_table, note, percent, refused, section, table, thousands,
        thousands_of,
    },
};

pub fn head(found: &Comparison, title: &str) -> String {
    let all = &found.all;
    let figures = [
        figure("customers", thousands(found.customers)),
        figure("see something else", thousands(found.changed)),
        figure("see other words only", thousands(found.reworded)),
        figure(
            "placements",
            arrow(
                &thousands(all.placements_before),
                &thousands(all.placements_after),
            ),
        ),
        figure(
            "value",
            arrow(
                &amount(all.value_before, &found.currency_before),
                &amount(all.value_after, &found.currency_after),
            ),
        ),
        figure("profiles refused", thousands(found.refused.count)),
    ];
    let mut notes = String::new();
    if found.nobody_consents {
        notes.push_str(&note(NOBODY_CONSENTS));
    }
    if found.old == found.new {
        notes.push_str(&note("Both sides are the same bundle."));
    }
    if found.currency_before != found.currency_after {
        notes.push_str(&note(
            "The two sides count in different currencies, so no difference of values is given.",
        ));
    }
    format!(
        "<h1>{}</h1><p>What the change does to {} customers on {}, seed {}: {} of them see something else, {} the same in \
         other words.</p>{notes}<p class=\"quiet\">Before: bundle <code>{}</code>. Now: bundle <code>{}</code></p>\
         <dl class=\"figures\">{}</dl><p class=\"quiet\">The value is what everything shown would bring if everybody took it \
         up, each customer each action once: a measure to compare policies by, not a forecast.</p>{}",
        escape(title),
        thousands(found.customers),
        found.at,
        found.seed,
        percent(found.changed_share),
        percent(share(found.reworded, found.customers)),
        escape(&found.old),
        escape(&found.new),
        figures.concat(),
        refused(&found.refused),
    )
}

pub fn texts(found: &Comparison) -> String {
    if found.texts.is_empty() {
        return section("Words", "<p>Whatever both sides say, they say alike.</p>");
    }
    let rows = found.texts.iter().map(|text| {
        let words = |words: &Option<String>| words.as_deref().map_or("–".to_owned(), escape);
        format!(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}, {}</td><td class=\"words\">{}</td><td class=\"words\">{}</td>\
             <td class=\"n\">{}</td></tr>",
            escape(&text.name),
            text.kind,
            text.part,
            escape(&text.locale),
            words(&text.before),
            words(&text.after),
            text.customers.map_or("–".to_owned(), thousands),
        )
    });
    let columns = [
        ("name", ""),
        ("of", ""),
        ("text, language", ""),
        ("before", ""),
        ("now", ""),
        ("customers who see it", "n"),
    ];
    let rows: Vec<_> = rows.collect();
    let content = long_table("Texts in other words", "texts", &columns, &rows);
    section("Words", &content)
}

pub fn actions(found: &Comparison) -> String {
    let mut content = String::new();
    for (title, names) in [
        ("Only now", &found.actions_added),
        ("Only before", &found.actions_removed),
    ] {
        if !names.is_empty() {
            let names: Vec<_> = names.iter().map(|name| escape(name)).collect();
            content.push_str(&format!("<p>{title}: {}</p>", names.join(", ")));
        }
    }
    content.push_str(&moved(
        "action",
        "actions",
        "Actions that gained or lost places",
        &found.actions,
    ));
    content.push_str(&moved(
        "life stage",
        "life stages",
        "By life stage",
        &found.life_stages,
    ));
    section("Who gains and loses places", &content)
}

pub fn pairs(found: &Comparison) -> String {
    let replaced = pair_table("Took the place of", "pairs", &found.replacements);
    let flips = pair_table("Score higher now than", "pairs", &found.rank_flips);
    let intro = "<p class=\"quiet\">A replacement stands where another action stood. A rank flip is a pair, both shown \
                 before and now, of which the other one has the higher score now.</p>";
    section(
        "Replacements and rank flips",
        &format!("{intro}<h3>Replacements</h3>{replaced}<h3>Rank flips</h3>{flips}"),
    )
}

pub fn places(found: &Comparison) -> String {
    let slots = found.placeholders.iter().map(|slot| {
        row(
            &slot.placeholder,
            &[thousands(slot.emptied), thousands(slot.filled)],
        )
    });
    let slots: Vec<_> = slots.collect();
    let triggers = found
        .triggers
        .iter()
        .map(|it| row(&it.trigger, &[thousands(it.no_longer), thousands(it.newly)]));
    let triggers: Vec<_> = triggers.collect();
    let slots = or_none(&slots, || {
        let columns = [
            ("placeholder", ""),
            ("became empty", "n"),
            ("is filled now", "n"),
        ];
        long_table("Customers by placeholder", "placeholders", &columns, &slots)
    });
    let triggers = or_none(&triggers, || {
        let columns = [("trigger", ""), ("no longer", "n"), ("newly", "n")];
        long_table(
            "Customers for whom it fires",
            "triggers",
            &columns,
            &triggers,
        )
    });
    section(
        "Placeholders and triggers",
        &format!("<h3>Placeholders</h3>{slots}<h3>Triggers</h3>{triggers}"),
    )
}

pub fn customers(found: &Comparison) -> String {
    let personas = found
        .personas
        .iter()
        .map(|(name, all)| gains(found, name, all));
    let ages = found.ages.iter().map(|(name, all)| gains(found, name, all));
    let columns = |what| {
        [
            (what, ""),
            ("customers", "n"),
            ("share that changed", ""),
            ("changed", "n"),
            ("see more", "n"),
            ("see fewer", "n"),
            ("value", "n"),
        ]
    };
    let (personas, ages): (Vec<_>, Vec<_>) = (personas.collect(), ages.collect());
    let personas = long_table(
        "By persona, as it was before",
        "personas",
        &columns("persona"),
        &personas,
    );
    let ages = table("By age", &columns("age"), &ages.concat());
    section("Whom it happens to", &format!("{personas}{ages}"))
}

pub fn examples(found: &Comparison) -> String {
    if found.examples.is_empty() {
        return String::new();
    }
    let examples = found.examples.iter().map(example);
    section(
        "Customers with the most differences",
        &examples.collect::<String>(),
    )
}

fn moved(what: &str, all: &str, caption: &str, moved: &[Moved]) -> String {
    let most = moved
        .iter()
        .map(|it| it.gained.max(it.lost))
        .max()
        .unwrap_or(0);
    let rows = moved.iter().map(|it| {
        let customers = match (it.customers_before, it.customers_after) {
            (Some(before), Some(after)) => arrow(&thousands(before), &thousands(after)),
            _ => "–".to_owned(),
        };
        format!(
            "<tr><th scope=\"row\">{}</th><td class=\"chart\">{}</td><td class=\"n\">{}</td><td class=\"chart\">{}</td>\
             <td class=\"n\">{}</td><td class=\"n\">{customers}</td></tr>",
            escape(&it.name),
            bar(share(it.lost, most), "lost"),
            thousands(it.lost),
            bar(share(it.gained, most), "gained"),
            thousands(it.gained),
        )
    });
    let rows: Vec<_> = rows.collect();
    let columns = [
        (what, ""),
        ("lost", ""),
        ("", "n"),
        ("gained", ""),
        ("", "n"),
        ("customers", "n"),
    ];
    or_none(&rows, || long_table(caption, all, &columns, &rows))
}

fn pair_table(caption: &str, what: &str, pairs: &[Pair]) -> String {
    let rows = pairs.iter().map(|pair| {
        format!(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"n\">{}</td></tr>",
            escape(&pair.after),
            escape(&pair.before),
            thousands(pair.count)
        )
    });
    let rows: Vec<_> = rows.collect();
    let columns = [("now", ""), ("before", ""), ("how often", "n")];
    or_none(&rows, || long_table(caption, what, &columns, &rows))
}

fn gains(found: &Comparison, name: &str, gains: &Gains) -> String {
    let value = if found.currency_before == found.currency_after {
        let change = gains.value_after - gains.value_before;
        let plus = if change >= 0.5 { "+" } else { "" };
        format!("{plus}{}", amount(change, &found.currency_after))
    } else {
        arrow(
            &amount(gains.value_before, &found.currency_before),
            &amount(gains.value_after, &found.currency_after),
        )
    };
    let changed = share(gains.changed, gains.customers);
    format!(
        "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"chart\">{}</td><td class=\"n\">{} ({})</td>\
         <td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{value}</td></tr>",
        escape(name),
        thousands(gains.customers),
        bar(changed, "plain"),
        thousands(gains.changed),
        percent(changed),
        thousands(gains.more),
        thousands(gains.fewer),
    )
}

fn example(example: &Example) -> String {
    let told = example.told.iter().map(difference);
    let told = if example.told.is_empty() {
        "<p>The same in another order.</p>".to_owned()
    } else {
        format!("<ul>{}</ul>", told.collect::<String>())
    };
    format!(
        "<details><summary><code>{}</code>, seed {}: {} differences</summary>{told}</details>",
        escape(&example.customer),
        example.seed,
        thousands(count(example.differences)),
    )
}

fn difference(difference: &Difference) -> String {
    let (what, other) = if difference.gained {
        ("now", "before")
    } else {
        ("no longer", "now")
    };
    let because = difference.because.iter();
    let because = because.map(|reason| format!("<br/>because {}", escape(reason)));
    format!(
        "<li><code>{}</code> {what} shows <strong>{}</strong> at {:.4}{}<br/>{other} {}</li>",
        escape(&difference.placeholder),
        escape(&difference.action),
        difference.score,
        because.collect::<String>(),
        escape(&difference.otherwise),
    )
}

fn row(name: &str, counts: &[String]) -> String {
    let counts = counts
        .iter()
        .map(|count| format!("<td class=\"n\">{count}</td>"));
    format!(
        "<tr><th scope=\"row\">{}</th>{}</tr>",
        escape(name),
        counts.collect::<String>()
    )
}

fn or_none(rows: &[String], table: impl FnOnce() -> String) -> String {
    if rows.is_empty() {
        "<p>There are none.</p>".to_owned()
    } else {
        table()
    }
}

fn arrow(before: &str, after: &str) -> String {
    format!("{before} → {after}")
}

fn amount(value: f64, currency: &str) -> String {
    format!("{} {}", thousands_of(value), escape(currency))
}
