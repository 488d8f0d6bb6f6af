// Pages are sections, and the address's fragment picks one: the style sheet alone does it, so the bank
// can be walked through without any script. Here is what script adds: title, focus, the current link.

import { t } from "./words.js";

export function routes() {
  document.getElementById("skip").hidden = false;
  document.getElementById("skip").addEventListener("click", () => heading()?.focus());
  addEventListener("hashchange", () => {
    mark();
    scrollTo(0, 0);
    heading()?.focus({ preventScroll: true });
  });
  mark();
}

/** Names the page in the title and in the navigation. */
export function mark() {
  document.title = `${heading()?.textContent ?? ""} – ${t("Lípa internet banking")}`;
  for (const link of document.querySelectorAll("header.bank nav a")) {
    if (link.hash === `#${current().id}`) {
      link.setAttribute("aria-current", "page");
      link.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else link.removeAttribute("aria-current");
  }
}

function current() {
  const asked = document.getElementById(location.hash.slice(1));
  return asked?.matches(".page") ? asked : document.getElementById("dashboard");
}

function heading() {
  return current().querySelector("h1");
}
