// Placeholders: puts an action in, and puts the bank's own content back as it was.
//
// Everything is built from nodes and text, never from markup, so a text cannot become an element and
// the page may require Trusted Types.

/** The bank's own nodes of each filled placeholder, while they are out of the page, its mark, and what it
 * shows instead. */
const defaults = new WeakMap();

const WORDS = {
  en: { why: "Why am I seeing this?", dismiss: "Not interested" },
  cs: { why: "Proč to vidím?", dismiss: "Nemám zájem" },
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

/** Shows `placements` in `element` in place of what is there, and gives their cards. `told(kind, placement)`
 * hears what the customer does with them; without it they cannot be waved away. */
export function show(element, placements, told) {
  const known = defaults.get(element);
  const shown = JSON.stringify([placements, Boolean(told)]);
  // What stands there already stays: the customer may be reading it, or about to press a button.
  if (known?.shown === shown) return [...element.children];
  // The heading takes the rank of the one that it replaces, so that the page's outline stays.
  const rank = (known?.nodes ?? element).querySelector("h1, h2, h3, h4, h5, h6")?.localName ?? "h3";
  const cards = placements.map((placement) => card(placement, rank, told));
  if (known) known.shown = shown;
  else {
    const nodes = document.createDocumentFragment();
    nodes.append(...element.childNodes);
    defaults.set(element, { nodes, mark: element.dataset.nearfield, shown });
  }
  element.replaceChildren(...cards);
  element.dataset.nearfield = "filled";
  const detail = { placeholder: element.dataset.placeholder, placements };
  element.dispatchEvent(new CustomEvent("nearfield:filled", { bubbles: true, detail }));
  return cards;
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

function card(placement, rank, told) {
  const { locale, title, body, call_to_action } = placement.pitch;
  const words = WORDS[locale] ?? WORDS.en;
  const root = node("article", "nearfield");
  root.lang = locale;
  root.dataset.nearfieldAction = placement.action;
  root.dataset.nearfieldReasons = [...new Set(placement.reasons.map((reason) => reason.kind))].join(" ");
  const heading = node(rank, "nearfield-title", title);
  heading.id = `nearfield-${placement.placeholder}-${placement.action}`;
  const say = (event) => ({ target }) => {
    const detail = { placeholder: placement.placeholder, placement };
    target.dispatchEvent(new CustomEvent(event, { bubbles: true, detail }));
  };
  const act = button("nearfield-act", call_to_action, say("nearfield:action"));
  const why = button("nearfield-why", words.why, say("nearfield:why"));
  const buttons = node("p", "nearfield-buttons");
  if (call_to_action) buttons.append(act, " ");
  buttons.append(why);
  root.append(heading, node("p", "nearfield-body", body), buttons);
  // A page has many of these buttons: each is told apart by what it is about.
  why.setAttribute("aria-describedby", heading.id);
  if (told) {
    act.addEventListener("click", () => told("click", placement));
    const dismiss = button("nearfield-dismiss", "×", () => told("dismissal", placement));
    dismiss.title = words.dismiss;
    dismiss.setAttribute("aria-label", words.dismiss);
    dismiss.setAttribute("aria-describedby", heading.id);
    root.append(dismiss);
  }
  return root;
}

function button(name, text, pressed) {
  const made = node("button", name, text);
  made.type = "button";
  made.addEventListener("click", pressed);
  return made;
}

function node(tag, name, text = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}

/** Takes the keyboard to `element`, which needs no place of its own in the order of the page. */
export function focus(element) {
  if (!element.hasAttribute("tabindex")) {
    element.tabIndex = -1;
    element.addEventListener("blur", () => element.removeAttribute("tabindex"), { once: true });
  }
  element.focus({ preventScroll: true });
}
