// The demonstration: a bank's page, a customer, and Nearfield between them.

import { Nearfield } from "../sdk/nearfield.js";
import { TODAY } from "./account.js";
import { CUSTOMERS, label } from "./customers.js";
import { panel } from "./panel.js";
import { mark, routes } from "./routes.js";
import { render } from "./views.js";
import { explain } from "./why.js";
import { language, speak, t } from "./words.js";

const DATA = new URL("../data/", import.meta.url);
const byId = (id) => document.getElementById(id);

let nearfield = null;
let customer = CUSTOMERS[0].id;
let profile = null;
/** Changes of customer, language and engine, one after the other. */
let queue = Promise.resolve();

const privacy = panel(() => nearfield, { changed: report, forgotten: () => act(forget) });

function act(work) {
  queue = queue.then(work).catch((error) => privacy.say(error.message));
  return queue;
}

async function start() {
  const asked = new URLSearchParams(location.search);
  if (CUSTOMERS.some(({ id }) => id === asked.get("customer"))) customer = asked.get("customer");
  speak(asked.get("lang") ?? "en");
  routes();
  controls();
  await signIn(customer);
  await on();
}

function controls() {
  byId("customer").replaceChildren(
    ...CUSTOMERS.map((one) => new Option(label(one), one.id, one.id === customer, one.id === customer)),
  );
  byId("language").value = language();
  byId("engine").checked = true;
  byId("customer").addEventListener("change", ({ target }) => act(() => signIn(target.value)));
  byId("language").addEventListener("change", ({ target }) => act(() => turnTo(target.value)));
  byId("engine").addEventListener("change", ({ target }) => act(target.checked ? on : off));
  for (const id of ["customer", "language", "engine"]) byId(id).disabled = false;
  document.addEventListener("nearfield:why", async ({ detail }) => {
    const known = nearfield?.explain(detail.placeholder);
    if (known) explain(known, detail.placement, await nearfield.consent.list(language()));
  });
  document.addEventListener("nearfield:action", ({ detail }) => {
    toast(t("A demonstration: “{}” leads nowhere.", detail.placement.pitch.call_to_action));
  });
  document.addEventListener("nearfield:interaction", ({ detail }) => {
    privacy.remembers();
    if (detail.event.kind !== "dismissal") return;
    toast(t("Noted: you will not see this for a while."));
    act(report);
  });
  // Another page of the bank is another view of its placeholders.
  addEventListener("hashchange", () => act(fill));
  document.addEventListener("nearfield:diagnostic", ({ detail }) => privacy.say(`${detail.message} (${detail.code})`));
}

async function signIn(id) {
  const answer = await fetch(new URL(`customers/${id}.json`, DATA));
  if (!answer.ok) throw new Error(t("The customer’s file is missing: {}", answer.url));
  customer = id;
  profile = await answer.json();
  render(profile);
  remember();
  if (nearfield?.bundle) {
    await nearfield.use(customer);
    await nearfield.profile.set(profile);
    await fill();
  }
}

async function turnTo(tag) {
  for (const root of roots()) nearfield?.clear(root);
  speak(tag);
  for (const option of byId("customer").options) option.text = label(CUSTOMERS.find(({ id }) => id === option.value));
  render(profile);
  mark();
  remember();
  await fill();
}

async function on() {
  const key = await fetch(new URL("public-key.hex", DATA)).then((answer) => (answer.ok ? answer.text() : ""));
  nearfield = await Nearfield.open({
    bundle: new URL("retail.nearfield", DATA),
    keys: [key.trim()],
    subject: customer,
    clock: () => TODAY,
  });
  // For the tests that ask this page's engine, and for the curious.
  globalThis.nearfield = nearfield;
  if (profile) await nearfield.profile.set(profile);
  await fill();
}

async function off() {
  await nearfield?.close();
  await report();
}

async function forget() {
  await nearfield?.profile.erase();
  await nearfield?.profile.set(profile);
  await fill();
}

/** Every part of the page is filled for its channel. */
async function fill() {
  if (nearfield?.bundle) {
    await Promise.all(roots().map((root) => nearfield.fill(root, { channel: root.dataset.channel, locale: language() })));
  }
  await report();
}

async function report() {
  await privacy.show(language());
  if (!nearfield?.bundle) {
    if (!byId("engine").checked) privacy.say(t("The engine is off: this is the page as the server sent it."));
    return;
  }
  const all = document.querySelectorAll("[data-channel=web] [data-placeholder]");
  const filled = [...all].filter((slot) => slot.dataset.nearfield === "filled").length;
  const own = document.querySelectorAll("[data-channel=web] .nearfield[data-nearfield-reasons]:not([data-nearfield-reasons=everyone])").length;
  privacy.say(t("{} of {} placeholders on this site are filled on this device, {} of them from what you allowed.", filled, all.length, own));
}

function roots() {
  return [...document.querySelectorAll("[data-channel]")];
}

function remember() {
  const address = new URL(location);
  address.searchParams.set("customer", customer);
  address.searchParams.set("lang", language());
  history.replaceState(null, "", address);
}

function toast(text) {
  byId("toast").replaceChildren(text);
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => byId("toast").replaceChildren(), 4_000);
}

act(start);
