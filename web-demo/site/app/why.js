// "Why am I seeing this?": everything the decision says of itself, for people.

import { factor } from "./charts.js";
import { el } from "./dom.js";
import { name, number, t } from "./words.js";

const dialog = document.getElementById("why");

dialog.addEventListener("click", (event) => {
  // A click on the backdrop is a click on the dialog itself.
  if (event.target === dialog) dialog.close();
});

/** Opens the explanation of one placement, under the bundle's purposes. */
export function explain({ signals, receipt }, { placeholder, pitch, reasons, breakdown, score, life_stage }, purposes) {
  const allowed = purposes.filter(({ id }) => signals.purposes.includes(id)).map(({ title }) => title);
  const told = [
    el("h2", { id: "why-title", lang: pitch.locale }, pitch.title),
    el("h3", {}, t("Reasons")),
    el("ul", { class: "reasons" }, ...reasons.map(reason)),
    el("h3", {}, t("What we may use")),
    el("p", {}, allowed.length ? allowed.join(" · ") : t("Nothing: you have allowed nothing.")),
    el("h3", {}, t("Score"), " ", el("b", {}, number(score))),
    el("p", { class: "dim" }, t("The factors multiply to the score; 1 changes nothing. {} · {}", name(life_stage), placeholder)),
    el("h4", {}, t("Your need"), " ", el("b", {}, number(breakdown.need))),
    factors(breakdown, NEED),
    el("h4", {}, t("The bank’s interest"), " ", el("b", {}, number(breakdown.bank))),
    factors(breakdown, BANK),
    el("details", {}, el("summary", {}, t("Receipt")), el("p", { class: "dim" }, t("Enough to make this decision again, bit for bit.")),
      el("dl", { class: "receipt" }, ...Object.entries(receipt).flatMap(([key, value]) => [el("dt", {}, name(key)), el("dd", {}, el("code", {}, String(value)))]))),
  ];
  dialog.replaceChildren(
    el("header", {}, el("p", { class: "over" }, t("Why am I seeing this?")), close()),
    // The keyboard scrolls what can be reached by it.
    el("div", { class: "told", tabindex: 0, role: "group", "aria-labelledby": "why-title" }, ...told),
  );
  dialog.showModal();
}

/** The factors that make the customer's need, and those that make the bank's interest. */
const NEED = ["propensity", "intent", "urgency", "persona"];
const BANK = ["value", "life_stage", "focus", "exploration"];

function factors(breakdown, names) {
  const told = names.filter((factorName) => factorName !== "exploration" || breakdown.exploration !== 1);
  return el("dl", { class: "factors" }, ...told.flatMap((factorName) => [
    el("dt", {}, name(factorName)),
    el("dd", {}, factor(breakdown[factorName]), el("span", {}, `× ${number(breakdown[factorName])}`)),
  ]));
}

function reason(reason) {
  const { kind, text } = reason;
  if (kind === "everyone") return el("li", { class: kind }, t("Everybody may see this. Nothing about you was used."));
  const detail = {
    trigger: () => el("code", {}, reason.condition),
    intent: () => el("small", {}, t("“{}” wanted it: intent “{}”, strength {}", reason.team, reason.id, number(reason.strength))),
    model: () => el("small", {}, t("{} raised the model “{}” by {}", reason.variable, reason.model, number(reason.contribution))),
    score: () => el("small", {}, t("model “{}”: {}", reason.model, number(reason.score))),
    persona: () => el("small", {}, t("customers like you: “{}”, × {}", reason.id, number(reason.affinity))),
  }[kind]();
  return el("li", { class: kind }, text, detail);
}

function close() {
  return el("button", { type: "button", class: "close", "aria-label": t("Close"), click: () => dialog.close() }, "×");
}
