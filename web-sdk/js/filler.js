// Placeholders: puts an action in, and puts the bank's own content back as it was.
//
// Everything is built from nodes and text, never from markup, so a text cannot become an element and
// the page may require Trusted Types.

/** The bank's own nodes of each filled placeholder, while they are out of the page, and its mark. */
const defaults = new WeakMap();

const WORDS = {
  en: { why: "Why am I seeing this?" },
  cs: { why: "Proč to vidím?" },
};

/** The placeholders under `root`, by name. */
export function placeholders(root) {
  const found = new Map();
  const own = root instanceof Element && root.matches("[data-placeholder]") ? [root] : [];
  for (const element of [...own, ...root.querySelectorAll("[data-placeholder]")]) {
    const name = element.dataset.placeholder;
    found.set(name, [...(found.get(name) ?? []), element]);
  }
  return found;
}

/** Shows `placements` in `element` in place of what is there. */
export function show(element, placements) {
  const known = defaults.get(element)?.nodes ?? element;
  // The heading takes the rank of the one that it replaces, so that the page's outline stays.
  const rank = known.querySelector("h1, h2, h3, h4, h5, h6")?.localName ?? "h3";
  const cards = placements.map((placement) => card(placement, rank));
  if (!defaults.has(element)) {
    const nodes = document.createDocumentFragment();
    nodes.append(...element.childNodes);
    defaults.set(element, { nodes, mark: element.dataset.nearfield });
  }
  element.replaceChildren(...cards);
  element.dataset.nearfield = "filled";
  const detail = { placeholder: element.dataset.placeholder, placements };
  element.dispatchEvent(new CustomEvent("nearfield:filled", { bubbles: true, detail }));
}

/** Puts the bank's own nodes back. */
export function restore(element) {
  const kept = defaults.get(element);
  if (!kept) return;
  element.replaceChildren(kept.nodes);
  // A placeholder that was filled at the edge says so again.
  if (kept.mark === undefined) delete element.dataset.nearfield;
  else element.dataset.nearfield = kept.mark;
  defaults.delete(element);
}

function card(placement, rank) {
  const { locale, title, body, call_to_action } = placement.pitch;
  const detail = { placeholder: placement.placeholder, placement };
  const root = node("article", "nearfield");
  root.lang = locale;
  root.dataset.nearfieldAction = placement.action;
  root.dataset.nearfieldReasons = [...new Set(placement.reasons.map((reason) => reason.kind))].join(" ");
  const heading = node(rank, "nearfield-title", title);
  const act = button("nearfield-act", call_to_action, "nearfield:action", detail);
  const why = button("nearfield-why", (WORDS[locale] ?? WORDS.en).why, "nearfield:why", detail);
  // A page has many of these buttons: each is told apart by what it explains.
  heading.id = `nearfield-${placement.placeholder}-${placement.action}`;
  why.setAttribute("aria-describedby", heading.id);
  const buttons = node("p", "nearfield-buttons");
  if (call_to_action) buttons.append(act, " ");
  buttons.append(why);
  root.append(heading, node("p", "nearfield-body", body), buttons);
  return root;
}

function button(name, text, event, detail) {
  const made = node("button", name, text);
  made.type = "button";
  made.addEventListener("click", () => {
    made.dispatchEvent(new CustomEvent(event, { bubbles: true, detail }));
  });
  return made;
}

function node(tag, name, text = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}
