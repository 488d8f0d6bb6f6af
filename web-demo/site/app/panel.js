// "Your data, your say": one switch for each purpose of the bundle.

import { el } from "./dom.js";
import { t } from "./words.js";

const byId = (id) => document.getElementById(id);

/** Wires the panel to whatever `current()` gives as the page's Nearfield, or null while it is off. */
export function panel(current, { changed, forgotten }) {
  byId("privacy").hidden = false;
  byId("rail-toggle").addEventListener("click", () => {
    const open = byId("rail-toggle").getAttribute("aria-expanded") !== "true";
    byId("rail-toggle").setAttribute("aria-expanded", open);
  });
  const all = (act) => async () => {
    const nearfield = current();
    const purposes = (await nearfield?.consent.list()) ?? [];
    if (purposes.length > 0) await timed(() => act(nearfield, purposes.map((purpose) => purpose.id)));
  };
  byId("allow").addEventListener("click", all((nearfield, ids) => nearfield.consent.give(...ids)));
  byId("refuse").addEventListener("click", all((nearfield, ids) => nearfield.consent.withdraw(...ids)));
  byId("erase").addEventListener("click", () => forgotten());

  async function timed(work) {
    await work();
    await changed();
  }

  /** Shows the purposes as they stand now, in the page's language. */
  async function show(language) {
    const nearfield = current();
    const purposes = (await nearfield?.consent.list(language)) ?? [];
    const focused = document.activeElement?.id;
    byId("purposes").replaceChildren(...purposes.map((purpose) => row(nearfield, purpose)));
    if (focused?.startsWith("purpose-")) byId(focused)?.focus();
    for (const button of [byId("allow"), byId("refuse"), byId("erase")]) button.disabled = !nearfield?.bundle;
    const granted = purposes.filter((purpose) => purpose.granted).length;
    byId("rail-count").textContent = purposes.length ? `${granted} / ${purposes.length}` : t("off");
    const history = purposes.filter(({ id, granted }) => granted && nearfield.bundle.history.includes(id));
    byId("memory").hidden = history.length === 0;
    remembers();
  }

  /** Says what is kept of how the customer used the page. */
  function remembers() {
    const all = current()?.profile.interactions() ?? [];
    const count = (wanted) => all.filter(({ kind }) => kind === wanted).length;
    byId("memory").replaceChildren(
      t("Remembered on this device: {} seen, {} followed, {} waved away.", count("impression"), count("click"), count("dismissal")),
    );
  }

  function row(nearfield, { id, title, description, granted }) {
    const change = (event) => {
      const { checked } = event.target;
      return timed(() => (checked ? nearfield.consent.give(id) : nearfield.consent.withdraw(id)));
    };
    const input = { type: "checkbox", role: "switch", id: `purpose-${id}`, "data-purpose": id, checked: granted, change };
    return el(
      "label",
      { class: "switch purpose", for: `purpose-${id}` },
      el("input", { ...input, "aria-describedby": `about-${id}` }),
      el("span", {}, title, el("small", { id: `about-${id}` }, description)),
    );
  }

  return { show, remembers, say: (text) => byId("status").replaceChildren(text) };
}
