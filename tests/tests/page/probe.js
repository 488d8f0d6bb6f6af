// Runs before everything else, in the page and in its worker: writes down what goes out and what goes
// wrong, and answers what the tests ask about the page.
{
  const page = globalThis.document !== undefined;
  const probe = (globalThis.probe = { calls: [], diagnostics: [], warnings: [], violations: [] });

  const line = new BroadcastChannel("probe");
  line.onmessage = ({ data }) => page && probe.calls.push(data);
  const note = (how, url, method = "GET", body = null) => {
    const call = { where: page ? "page" : "worker", how, url: String(url), method, body: body && String(body) };
    if (page) probe.calls.push(call);
    else line.postMessage(call);
  };

  const wrap = (owner, name, record) => {
    const original = owner?.[name];
    if (!original) return;
    owner[name] = function (...given) {
      record(given);
      return Reflect.apply(original, this, given);
    };
  };
  wrap(globalThis, "fetch", ([target, options]) => {
    const { url = target, method } = Object(target);
    note("fetch", url, options?.method ?? method, options?.body ?? (target instanceof Request ? target.body : null));
  });
  wrap(globalThis.XMLHttpRequest?.prototype, "open", ([method, url]) => note("XMLHttpRequest", url, method));
  wrap(Object.getPrototypeOf(navigator), "sendBeacon", ([url, body]) => note("sendBeacon", url, "POST", body));
  for (const name of ["WebSocket", "EventSource", "WebTransport", "RTCPeerConnection"]) {
    const Original = globalThis[name];
    if (!Original) continue;
    globalThis[name] = class extends Original {
      constructor(...given) {
        note(name, given[0]);
        super(...given);
      }
    };
  }
  addEventListener("securitypolicyviolation", (event) => probe.violations.push(`${event.violatedDirective} ${event.blockedURI}`));

  if (page) {
    document.addEventListener("nearfield:diagnostic", ({ detail }) => probe.diagnostics.push(detail));
    for (const level of ["warn", "error"]) wrap(console, level, (given) => probe.warnings.push(given.join(" ")));
  }

  const byId = (id) => document.getElementById(id);
  const text = (root, name) => root.querySelector(name)?.textContent ?? null;
  const heading = "h1, h2, h3, h4, h5, h6";

  /** Resolves when the page has started, with an engine or without. */
  probe.started = async () => {
    while (!byId("rail-count")?.textContent) await new Promise((next) => setTimeout(next, 10));
    await new Promise((next) => setTimeout(next));
  };

  /** The page's last word on every change is its status line: `turn` resolves with the next one. */
  probe.expect = () => {
    probe.turn = new Promise((said) => {
      const watch = new MutationObserver(() => (watch.disconnect(), said()));
      watch.observe(byId("status"), { childList: true });
    });
  };

  /** All placeholders of a channel, as they stand. */
  probe.slots = (channel) => {
    const card = (root) => ({
      action: root.dataset.nearfieldAction,
      reasons: root.dataset.nearfieldReasons,
      locale: root.lang,
      title: text(root, `:is(${heading}).nearfield-title`),
      body: text(root, ".nearfield-body"),
      act: text(root, ".nearfield-act"),
      why: text(root, ".nearfield-why"),
    });
    return [...document.querySelectorAll(`[data-channel=${channel}] [data-placeholder]`)].map((slot) => ({
      name: slot.dataset.placeholder,
      mark: slot.dataset.nearfield ?? null,
      html: slot.outerHTML,
      cards: slot.dataset.nearfield === "filled" ? [...slot.children].map(card) : [],
    }));
  };

  /** All placeholders as the server sends them, read without running a script. */
  probe.served = () =>
    new Promise((answer, failed) => {
      const request = new XMLHttpRequest();
      request.responseType = "document";
      request.onload = () => {
        const slots = [...request.response.querySelectorAll("[data-placeholder]")];
        answer(Object.fromEntries(slots.map((slot) => [slot.dataset.placeholder, slot.outerHTML])));
      };
      request.onerror = failed;
      request.open("GET", "/");
      request.send();
    });

  /** The actions of the cards of the site of which half or more stands in the window, in order. */
  probe.inSight = () => {
    const share = (card) => {
      const { top, bottom, left, right, width, height } = card.getBoundingClientRect();
      const inside = (from, to, end) => Math.max(0, Math.min(to, end) - Math.max(from, 0));
      return (inside(top, bottom, innerHeight) * inside(left, right, innerWidth)) / (width * height);
    };
    const cards = [...document.querySelectorAll("[data-channel=web] .nearfield")];
    return cards.filter((card) => share(card) >= 0.5).map((card) => card.dataset.nearfieldAction).sort();
  };

  /** All that the SDK has written on the device: the names of the records, and the bytes as text. */
  probe.stored = async () => {
    const done = (request) => new Promise((answer, failed) => Object.assign(request, { onsuccess: () => answer(request.result), onerror: failed }));
    const database = await done(indexedDB.open("nearfield"));
    const records = database.transaction("records").objectStore("records");
    const [keys, values] = await Promise.all([done(records.getAllKeys()), done(records.getAll())]);
    database.close();
    const text = values.map(({ data }) => new TextDecoder("latin1").decode(data)).join("");
    return { names: keys.map(([subject, name]) => `${subject} ${name}`).sort(), text };
  };

  /** Asks why, for every card of the site, and reads what the dialog says. */
  probe.reasons = async () => {
    const told = [];
    for (const button of document.querySelectorAll("[data-channel=web] .nearfield-why")) {
      button.click();
      while (!byId("why").open) await new Promise((next) => setTimeout(next));
      told.push({
        placeholder: button.closest("[data-placeholder]").dataset.placeholder,
        action: button.closest("[data-nearfield-action]").dataset.nearfieldAction,
        title: text(byId("why"), "#why-title"),
        reasons: [...byId("why").querySelectorAll(".reasons > li")].map((reason) => reason.textContent),
        score: text(byId("why"), "h3 > b"),
        factors: [...byId("why").querySelectorAll(".factors dd")].map((factor) => factor.textContent),
      });
      byId("why").close();
    }
    return told;
  };
}
