//! Who is heard where: actions, life stages, placeholders, and what was stopped.

use super::{
    super::report::{ActionShare, Counted, Report, Share, share},
    parts::{bar, closed, escape, long_table, percent, section, table, thousands},
};

/// Names in a list.
const NAMES: usize = 200;

pub fn actions(report: &Report) -> String {
    let mut shown: Vec<_> = report.actions.iter().filter(|a| a.placements > 0).collect();
    shown.sort_by_key(|action| std::cmp::Reverse(action.placements));
    let most = shown.first().map_or(0, |action| action.placements);
    let columns = [
        ("action", ""),
        ("life stage", ""),
        ("share of voice", ""),
        ("share", "n"),
        ("placements", "n"),
        ("customers", "n"),
    ];
    let rows: Vec<_> = shown
        .iter()
        .map(|action| action_row(action, most))
        .collect();
    let content = format!(
        "<ul class=\"key\">{}</ul>{}",
        report
            .life_stages
            .iter()
            .map(|stage| key(stage.name))
            .collect::<String>(),
        long_table("Actions by placements", "actions", &columns, &rows)
    );
    section("Share of voice", &content)
}

pub fn stages(report: &Report) -> String {
    let columns = [
        ("", ""),
        ("share of placements", ""),
        ("share", "n"),
        ("placements", "n"),
        ("customers reached", "n"),
    ];
    let rows = |shares: &[Share]| -> String {
        shares
            .iter()
            .map(|part| share_row(part, report.customers))
            .collect()
    };
    let stages = table("By life stage", &columns, &rows(&report.life_stages));
    let channels = table("By channel", &columns, &rows(&report.channels));
    section("Life stages and channels", &format!("{stages}{channels}"))
}

pub fn placeholders(report: &Report) -> String {
    let mut columns = vec![("placeholder", ""), ("takes", "n")];
    columns.extend(report.life_stages.iter().map(|stage| (stage.name, "n")));
    columns.extend([("left empty", ""), ("", "n")]);
    let most = report
        .placeholders
        .iter()
        .flat_map(|slot| slot.life_stages)
        .max();
    let rows = report.placeholders.iter().map(|slot| {
        let cells = report.life_stages.iter().zip(slot.life_stages);
        let cells = cells.map(|(stage, placed)| {
            let shade = share(placed, most.unwrap_or(0));
            format!(
                "<td class=\"heat {}\" style=\"--share: {shade:.3}\">{}</td>",
                stage.name,
                thousands(placed)
            )
        });
        format!(
            "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td>{}<td class=\"chart\">{}</td><td class=\"n\">{}</td></tr>",
            escape(&slot.placeholder),
            slot.capacity,
            cells.collect::<String>(),
            bar(slot.empty_share, "plain"),
            percent(slot.empty_share)
        )
    });
    let content = table(
        "Placements by placeholder and life stage, and customers for whom the bank's default content stays",
        &columns,
        &rows.collect::<String>(),
    );
    section("Placeholders", &content)
}

pub fn starved(report: &Report) -> String {
    let starved: Vec<_> = report.actions.iter().filter(|a| a.customers == 0).collect();
    if starved.is_empty() {
        return section(
            "Actions nobody sees",
            "<p>There are none: every action reaches somebody.</p>",
        );
    }
    let rows = starved.iter().map(|action| {
        let stops = action.stops.iter();
        let stops = stops.map(|(kind, n)| format!("{kind} {}", thousands(*n)));
        format!(
            "<tr><th scope=\"row\">{}</th><td><span class=\"stage {stage}\">{stage}</span></td><td>{}</td></tr>",
            escape(&action.action),
            stops.collect::<Vec<_>>().join(", "),
            stage = action.life_stage
        )
    });
    let columns = [
        ("action", ""),
        ("life stage", ""),
        ("stopped by, customers", ""),
    ];
    let rows: String = rows.collect();
    section(
        "Actions nobody sees",
        &table("With what stopped them", &columns, &rows),
    )
}

pub fn stops(report: &Report) -> String {
    let most = report
        .stops
        .iter()
        .map(|stops| stops.count)
        .max()
        .unwrap_or(0);
    let rows = report.stops.iter().filter(|stops| stops.count > 0).map(|stops| {
        let by = stops.by.iter();
        let by = by.map(|(name, n)| format!("{} {}", escape(name), thousands(*n)));
        format!(
            "<tr><th scope=\"row\">{}</th><td class=\"chart\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>",
            stops.kind,
            bar(share(stops.count, most), "plain"),
            thousands(stops.count),
            by.collect::<Vec<_>>().join(", ")
        )
    });
    let columns = [("kind", ""), ("how often", ""), ("count", "n"), ("by", "")];
    let rows: String = rows.collect();
    let note = "<p class=\"quiet\">The first thing that stopped an action for a customer, counted by customer and action: \
                caps and quiet hours by their names, conditions by their group (<em>own</em>: the action's).</p>";
    let content = table("Stops by kind", &columns, &rows);
    section("What stopped actions", &format!("{note}{content}"))
}

pub fn triggers(report: &Report) -> String {
    let mut fired: Vec<_> = report.triggers.iter().filter(|t| t.customers > 0).collect();
    fired.sort_by_key(|trigger| std::cmp::Reverse(trigger.customers));
    let mut content = counted(
        "trigger",
        "Triggers by customers for whom they fired",
        &fired,
    );
    for (title, names) in [
        ("fired for nobody", &report.never_fired),
        ("fired for everybody", &report.always_fired),
    ] {
        if !names.is_empty() {
            content.push_str(&closed(&format!("{} {title}", names.len()), &list(names)));
        }
    }
    section("Triggers", &content)
}

pub fn customers(report: &Report) -> String {
    let personas: Vec<_> = report.personas.iter().collect();
    let arms: Vec<_> = report.arms.iter().collect();
    let content =
        counted("persona", "Personas", &personas) + &counted("arm", "Arms of experiments", &arms);
    section("Personas and experiments", &content)
}

fn action_row(action: &ActionShare, most: u64) -> String {
    format!(
        "<tr><th scope=\"row\" title=\"{}\">{}</th><td><span class=\"stage {stage}\">{stage}</span></td>\
         <td class=\"chart\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
        escape(&action.title),
        escape(&action.action),
        bar(share(action.placements, most), action.life_stage),
        percent(action.share),
        thousands(action.placements),
        thousands(action.customers),
        stage = action.life_stage
    )
}

fn share_row(part: &Share, customers: u64) -> String {
    let reached = share(part.customers, customers);
    format!(
        "<tr><th scope=\"row\">{}</th><td class=\"chart\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
        part.name,
        // A channel has no colour of its own.
        bar(part.share, &format!("plain {}", part.name)),
        percent(part.share),
        thousands(part.placements),
        percent(reached)
    )
}

fn counted(what: &str, caption: &str, all: &[&Counted]) -> String {
    let rows = all.iter().map(|counted| {
        format!(
            "<tr><th scope=\"row\">{}</th><td class=\"chart\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            escape(&counted.name),
            bar(counted.share, "plain"),
            percent(counted.share),
            thousands(counted.customers)
        )
    });
    let columns = [
        (what, ""),
        ("share of customers", ""),
        ("share", "n"),
        ("customers", "n"),
    ];
    let rows: Vec<_> = rows.collect();
    long_table(caption, &format!("{what}s"), &columns, &rows)
}

fn key(stage: &str) -> String {
    format!("<li class=\"stage {stage}\">{stage}</li>")
}

fn list(names: &[String]) -> String {
    let named = names.iter().take(NAMES).map(|name| escape(name));
    let named = named.collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(NAMES);
    if more > 0 {
        format!("<p>{named} and {more} more</p>")
    } else {
        format!("<p>{named}</p>")
    }
}
