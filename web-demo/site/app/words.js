// The page's words in two languages. English is in the page itself; Czech is looked up by the English.

import { CS } from "./words-cs.js";

/** Names of codes: categories, operations, products, purposes, factors. */
const NAMES = {
  interest: "Interest", "penalty-interest": "Penalty interest", "statement-fee": "Statement fee", household: "Household",
  pension: "Pension", insurance: "Insurance premium", "loan-payment": "Loan payment", leasing: "Leasing", other: "Other",
  "cash-deposit": "Cash paid in", "cash-withdrawal": "Cash withdrawal", "card-withdrawal": "Card withdrawal",
  "transfer-in": "Transfer received", "transfer-out": "Transfer sent", credit: "Received", debit: "Paid",
  propensity: "Likely to suit", intent: "What you may want", exploration: "Chance, to learn", value: "Value", urgency: "Urgency", life_stage: "Life stage", persona: "Customers like you", focus: "The bank’s focus",
  activation: "Getting started", engagement: "Using the bank", "cross-sell": "Another product", "attrition-prevention": "Staying",
  engine: "Engine", bundle: "Bundle", profile: "Profile as consent shows it", context: "Context", at: "Clock", seed: "Seed",
  monthly: "Monthly", weekly: "Weekly", "after-transaction": "After each transaction",
  junior: "Junior", classic: "Classic", gold: "Gold",
};

let tag = "en";

/** What a node says in the page as it came. */
const english = new WeakMap();

export const language = () => tag;

/** Turns the page's own words to a language. */
export function speak(wanted) {
  tag = wanted === "cs" ? "cs" : "en";
  document.documentElement.lang = tag;
  for (const node of document.querySelectorAll("[data-t]")) {
    if (!english.has(node)) english.set(node, node.textContent);
    const text = t(english.get(node));
    if (node.textContent !== text) node.textContent = text;
  }
  for (const node of document.querySelectorAll("[data-t-label]")) {
    if (!english.has(node)) english.set(node, node.getAttribute("aria-label"));
    node.setAttribute("aria-label", t(english.get(node)));
  }
}

/** An English text in the page's language; each `{}` takes the next value. */
export function t(english, ...values) {
  const text = tag === "cs" ? (CS[english] ?? english) : english;
  return values.reduce((text, value) => text.replace("{}", () => value), text);
}

/** A code in words; a code that is not known is its own word. */
export const name = (code) => t(NAMES[code] ?? code);

export function money(amount) {
  if (amount == null) return "–";
  const maximumFractionDigits = Number.isInteger(amount) ? 0 : 2;
  return new Intl.NumberFormat(locale(), { style: "currency", currency: "CZK", minimumFractionDigits: maximumFractionDigits, maximumFractionDigits }).format(amount);
}

export const number = (value) => new Intl.NumberFormat(locale(), { maximumSignificantDigits: 3 }).format(value);
export const date = (at) => written(at, { day: "numeric", month: "short", year: "numeric" });
export const month = (at) => written(at, { month: "narrow" });

function written(at, form) {
  return new Intl.DateTimeFormat(locale(), { ...form, timeZone: "UTC" }).format(new Date(at));
}

const locale = () => (tag === "cs" ? "cs-CZ" : "en-GB");
