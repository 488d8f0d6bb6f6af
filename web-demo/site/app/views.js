// The bank's screens for the customer who is signed in.

import * as account from "./account.js";
import { line, pairs } from "./charts.js";
import { el } from "./dom.js";
import { date, money, month, name, t } from "./words.js";

const VIEWS = { balance, latest, account: accounts, transactions, months, orders, cards, loans, savings, insurance, investments, person };

/** The panels' own content, as the page came. */
const blank = new Map();

/** Fills every `data-view` panel; without a profile they show what the page came with. */
export function render(profile) {
  for (const panel of document.querySelectorAll("[data-view]")) {
    if (!blank.has(panel)) blank.set(panel, [...panel.childNodes]);
    if (profile) panel.replaceChildren(...VIEWS[panel.dataset.view](profile).filter(Boolean));
    else panel.replaceChildren(...blank.get(panel));
  }
}

function balance(profile) {
  const all = account.transactions(profile);
  const { credit, debit } = account.flow(all, 30);
  return [
    el("h2", {}, t("Current account")),
    el("p", { class: "big" }, money(account.balance(all))),
    line(account.balances(all, 180), t("Balance over the last 180 days")),
    el("dl", { class: "pair" }, ...term(t("In, 30 days"), money(credit)), ...term(t("Out, 30 days"), money(debit))),
  ];
}

function latest(profile) {
  const all = account.transactions(profile).slice(0, 5);
  const rows = all.map((event) =>
    el("li", {}, el("span", {}, describe(event), el("small", {}, date(event.at))), amount(event)),
  );
  return [
    el("h2", {}, t("Latest transactions")),
    el("ul", { class: "rows" }, ...rows),
    el("p", {}, el("a", { href: "#transactions" }, t("All transactions"))),
  ];
}

function accounts(profile) {
  const all = account.transactions(profile);
  const [held] = account.holdings(profile, "account");
  const users = account.fact(profile, "account-users");
  return [
    el("h2", {}, t("Current account")),
    el("p", { class: "big" }, money(account.balance(all))),
    line(account.balances(all, 365), t("Balance over the last 365 days")),
    el(
      "dl",
      { class: "facts" },
      ...(held ? term(t("Opened"), date(held.opened_at)) : []),
      ...(users ? term(t("People who may use it"), String(users)) : []),
      ...term(t("Transactions so far"), String(all.length)),
      ...optional(t("Statements"), account.fact(profile, "statement-frequency"), name),
    ),
  ];
}

function transactions(profile) {
  const all = account.transactions(profile).slice(0, 25);
  const rows = all.map((event) =>
    el(
      "tr",
      {},
      el("td", {}, date(event.at)),
      el("td", {}, describe(event), event.counterparty ? el("small", {}, t("Account {}", event.counterparty)) : null),
      el("td", { class: "number" }, amount(event)),
      el("td", { class: "number dim" }, event.balance == null ? "" : money(event.balance)),
    ),
  );
  const head = [t("Date"), t("What for")].map((text) => el("th", { scope: "col" }, text));
  const numbers = [t("Amount"), t("Balance")].map((text) => el("th", { scope: "col", class: "number" }, text));
  return [
    el("h2", {}, t("The newest {}", all.length)),
    el("table", {}, el("thead", {}, el("tr", {}, ...head, ...numbers)), el("tbody", {}, ...rows)),
  ];
}

function months(profile) {
  const rows = account.months(account.transactions(profile), 8).map((row) => ({ ...row, name: month(row.month) }));
  const spoken = rows.map((row) => `${row.name}: +${money(row.credit)}, −${money(row.debit)}`).join("; ");
  return [
    el("h2", {}, t("Month by month")),
    pairs(rows, spoken),
    el("p", { class: "legend" }, el("i", { class: "credit" }), t("in"), " ", el("i", { class: "debit" }), t("out")),
  ];
}

function orders(profile) {
  const held = account.holdings(profile, "standing-order");
  const rows = held.map((order) =>
    el("li", {}, el("span", {}, name(order.category ?? "other"), el("small", {}, t("every month"))), el("b", {}, money(order.amount))),
  );
  return [el("h2", {}, t("Standing orders")), rows.length ? el("ul", { class: "rows" }, ...rows) : el("p", {}, t("You have none."))];
}

function cards(profile) {
  const held = account.holdings(profile, "card");
  const drawn = held.map((card) =>
    el(
      "div",
      { class: `plastic ${card.product.includes("gold") ? "gold" : card.product.includes("junior") ? "junior" : "classic"}` },
      el("b", {}, "Lípa"),
      el("span", {}, name(card.product)),
      el("small", {}, t("Issued {}", date(card.opened_at))),
    ),
  );
  return [el("h2", {}, t("Your cards")), ...(drawn.length ? drawn : [el("p", {}, t("You have none."))])];
}

function loans(profile) {
  const held = account.holdings(profile, "loan");
  const drawn = held.map((loan) =>
    el(
      "div",
      {},
      el("p", { class: "big" }, money(loan.amount)),
      el("progress", { max: 1, value: account.passed(loan), "aria-label": t("Time passed") }),
      el(
        "dl",
        { class: "facts" },
        ...term(t("Monthly payment"), money(loan.monthly_payment)),
        ...term(t("Granted"), date(loan.opened_at)),
        ...(loan.closed_at ? term(t("Last payment"), date(loan.closed_at)) : []),
      ),
    ),
  );
  return [el("h2", {}, t("Your loans")), ...(drawn.length ? drawn : [el("p", {}, t("You have none."))])];
}

function savings(profile) {
  const earned = account.transactions(profile).filter((event) => event.category === "interest");
  const sum = earned.reduce((sum, event) => sum + (event.amount ?? 0), 0);
  return [
    el("h2", {}, t("Your savings")),
    el("p", {}, t("You have no savings account.")),
    el("dl", { class: "facts" }, ...term(t("Interest on the current account so far"), money(sum))),
  ];
}

function insurance(profile) {
  const paid = account.transactions(profile).filter((event) => event.category === "insurance");
  const note = paid.length
    ? t("You pay premiums from your account, most recently {}.", `${money(paid[0].amount)}, ${date(paid[0].at)}`)
    : t("No premium is paid from your account.");
  return [el("h2", {}, t("Your insurance")), el("p", {}, note)];
}

function investments() {
  return [el("h2", {}, t("Your investments")), el("p", {}, t("You have none."))];
}

function person(profile) {
  const customer = (profile.ids ?? []).find((id) => id.kind === "customer");
  return [
    el("h2", {}, t("About you")),
    el(
      "dl",
      { class: "facts" },
      ...(customer ? term(t("Customer number"), customer.value) : []),
      ...optional(t("Born in"), account.fact(profile, "birth-year"), String),
      ...optional(t("District"), account.fact(profile, "district"), String),
      ...optional(t("Region"), account.fact(profile, "region"), String),
    ),
  ];
}

function describe({ category, operation, direction }) {
  return name(category && category !== "other" ? category : (operation ?? direction ?? "other"));
}

function amount({ direction, amount }) {
  return el("b", { class: direction }, `${direction === "debit" ? "−" : "+"}${money(amount)}`);
}

function term(word, value) {
  return [el("dt", {}, word), el("dd", {}, value)];
}

function optional(word, value, write) {
  return value == null ? [] : term(word, write(value));
}
