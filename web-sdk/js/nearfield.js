// Nearfield in a page. See nearfield.d.ts for what each member takes and gives, README.md for the use.
//
// Fail open on content: whatever goes wrong, the placeholders show the bank's own content and the
// document gets one `nearfield:diagnostic` event. Fail closed on trust and consent.

import { Customer } from "./customer.js";
import { EngineClient, NearfieldError } from "./engine.js";
import { focus, placeholders, restore, show } from "./filler.js";
import { watch } from "./sight.js";

/** How long the worker and the bundle may take to load, in milliseconds. */
const START_DEADLINE = 15_000;

export { NearfieldError };

export class Nearfield {
  #options;
  #engine = null;
  #customer;
  #about = null;
  /** The roots that are kept filled, and the view of each: its context, what was noted and what waved away. */
  #views = new Map();
  /** The newest fill of each root; an older one that answers late is dropped. */
  #turns = new WeakMap();
  /** What was told last: the same again, for another part of the page, is not told again. */
  #told = "";
  /** What is known of each placeholder since the newest fill. */
  #explained = new Map();

  static async open({
    bundle,
    keys,
    worker = new URL("./worker.js", import.meta.url),
    subject = "self",
    clock = () => new Date().toISOString(),
    seed = 0,
    deadline = 2_000,
  }) {
    const nearfield = new Nearfield({ clock, seed, deadline });
    await nearfield.#start({ bundle, keys, worker, subject });
    return nearfield;
  }

  constructor(options) {
    this.#options = options;
  }

  /** What the open bundle says about itself; null when nothing runs. */
  get bundle() {
    return this.#engine && structuredClone(this.#about);
  }

  consent = {
    /** The consent record, as it goes into the profile. */
    record: () => this.#customer.consent,

    /** The bundle's purposes, and which are granted. */
    list: async (locale = "") => {
      if (!this.#engine) return [];
      const fields = { consent: JSON.stringify(this.#customer.consent), at: this.#now(), locale };
      try {
        return await this.#engine.call("purposes", fields, this.#options.deadline);
      } catch (error) {
        this.#failed(error);
        return [];
      }
    },

    give: (...purposes) => this.#consent(purposes, "given"),

    withdraw: (...purposes) => this.#consent(purposes, "withdrawn"),
  };

  profile = {
    get: () => this.#customer.profile,

    set: async (profile) => {
      this.#customer.profile = profile;
      await this.#changed();
    },

    /** What the customer saw, followed and waved away on this device. */
    interactions: () => this.#customer.interactions,

    erase: async () => {
      await this.#customer.erase();
      await this.#refill();
    },
  };

  /** From now on, the customer is another one. What was shown to the one before goes at once. */
  async use(subject) {
    for (const [root, { context }] of this.#views) {
      this.#empty(root);
      this.#views.set(root, view(context));
    }
    const before = this.#customer;
    this.#customer = await Customer.load(subject, report);
    before.close();
    await this.#refill();
  }

  /** Fills the placeholders under `root` and keeps them filled as the profile and the consent change. */
  async fill(root = document, context = {}) {
    if (!this.#engine) return null;
    this.#views.set(root, view(context));
    return this.#fill(root);
  }

  /** Puts the bank's own content back under `root`, until the next `fill`. */
  clear(root = document) {
    this.#views.delete(root);
    this.#empty(root);
  }

  /** Why a placeholder shows what it shows; null when it was not asked for. */
  explain(placeholder) {
    return structuredClone(this.#explained.get(placeholder) ?? null);
  }

  /** A decision as the engine's canonical JSON text. Without a profile: for the customer of this page. */
  async decide({ profile, context = {}, at = this.#now(), seed = this.#options.seed } = {}) {
    if (!this.#engine) throw new NearfieldError("closed", "no engine runs in this page");
    const text = (value) => (typeof value === "string" ? value : JSON.stringify(value));
    const here = profile === undefined && typeof context !== "string";
    const fields = {
      profile: profile === undefined ? this.#customer.text() : text(profile),
      context: text(here ? { utc_offset_minutes: ahead(at), ...context } : context),
      at,
      seed,
    };
    return this.#engine.call("decide", fields, this.#options.deadline);
  }

  /** Ends the worker and puts the bank's own content back. */
  async close() {
    this.#engine?.stop();
    this.#off();
    await this.#customer.close();
  }

  async #start({ bundle, keys, worker, subject }) {
    const customer = Customer.load(subject, report);
    const onDeath = (error) => this.#failed(error);
    const engine = EngineClient.start(worker, START_DEADLINE, onDeath);
    try {
      const [runs, bytes] = await Promise.all([engine, load(bundle)]);
      this.#engine = runs;
      const fields = { bundle: bytes, keys: keys.map(unhex) };
      this.#about = await runs.call("open", fields, START_DEADLINE);
    } catch (error) {
      engine.then((runs) => runs.stop(), () => {});
      this.#off();
      this.#failed(error);
    }
    this.#customer = await customer;
  }

  async #consent(purposes, state) {
    const known = new Map((await this.consent.list()).map((purpose) => [purpose.id, purpose]));
    const chosen = purposes.map((id) => {
      const purpose = known.get(id);
      if (purpose) return purpose;
      // To withdraw is never refused, least of all when no engine runs.
      if (state === "withdrawn") return { id };
      throw new NearfieldError("request", `\`${id}\` is not a purpose of this bundle: ${[...known.keys()].join(", ")}`);
    });
    this.#customer.note(chosen, state, this.#options.clock());
    // Without an engine nobody can say which purpose it was that let history be kept.
    if (!this.#engine && state === "withdrawn") await this.#customer.forget();
    await this.#changed();
  }

  /** Shows, then keeps, what the profile and the consent have become. */
  async #changed() {
    const customer = this.#customer;
    await this.#refill();
    const granted = (await this.consent.list()).filter((purpose) => purpose.granted).map(({ id }) => id);
    await customer.save(granted.length > 0);
    if (this.#engine && !this.#keepsHistory(granted)) await customer.forget();
  }

  /** Whether these purposes let it be kept what the customer does with what is shown. */
  #keepsHistory(purposes) {
    return purposes.some((id) => this.#about.history.includes(id));
  }

  async #refill() {
    for (const root of this.#views.keys()) if (!root.isConnected) this.#views.delete(root);
    await Promise.all([...this.#views.keys()].map((root) => this.#fill(root)));
  }

  async #fill(root) {
    const turn = {};
    this.#turns.set(root, turn);
    const slots = placeholders(root);
    const { context } = this.#views.get(root);
    try {
      const text = await this.decide({ context: { ...context, placeholders: [...slots.keys()] } });
      if (this.#turns.get(root) !== turn) return null;
      const decision = JSON.parse(text);
      this.#place(root, slots, decision);
      this.#told = "";
      return decision;
    } catch (error) {
      if (this.#turns.get(root) !== turn) return null;
      this.#empty(root);
      this.#failed(error);
      return null;
    }
  }

  #place(root, slots, { placements, signals, receipt }) {
    const view = this.#views.get(root);
    const remembers = this.#keepsHistory(signals.purposes);
    if (!remembers) {
      view.noted.clear();
      view.gone.clear();
      this.#customer.forget();
    }
    for (const [name, elements] of slots) {
      // Under a policy without a cool-off it would come back at once.
      const chosen = placements.filter(({ placeholder, action }) => placeholder === name && !view.gone.has(action));
      this.#explained.set(name, { placeholder: name, placements: chosen, signals, receipt });
      for (const element of elements) {
        if (chosen.length === 0) {
          restore(element);
          continue;
        }
        const told = remembers ? (kind, placement) => this.#note(root, element, kind, placement) : undefined;
        const cards = show(element, chosen, told);
        if (told) cards.forEach((card, i) => watch(card, () => told("impression", chosen[i])));
      }
    }
  }

  /** Keeps what the customer did with a placement, once in a view. */
  async #note(root, element, kind, { placeholder, action }) {
    const view = this.#views.get(root);
    const what = JSON.stringify([kind, placeholder, action]);
    if (!view || view.noted.has(what)) return;
    view.noted.add(what);
    const { channel } = this.#about.placeholders.find(({ id }) => id === placeholder);
    const kept = this.#customer.remember(kind, action, channel, this.#options.clock());
    if (kind === "dismissal") await this.#wavedAway(view, element, action);
    const detail = { placeholder, event: await kept };
    element.dispatchEvent(new CustomEvent("nearfield:interaction", { bubbles: true, detail }));
  }

  /** Decides anew, as the customer's wish counts at once. */
  async #wavedAway(view, element, action) {
    view.gone.add(action);
    const held = element.contains(document.activeElement);
    await this.#refill();
    // The button is gone; the keyboard stays at its place.
    if (held && document.activeElement === document.body) focus(element);
  }

  #empty(root) {
    this.#turns.delete(root);
    for (const [name, elements] of placeholders(root)) {
      this.#explained.delete(name);
      elements.forEach(restore);
    }
  }

  /** Nothing runs any more: the page is the bank's own. */
  #off() {
    this.#engine = null;
    for (const root of this.#views.keys()) this.clear(root);
  }

  #failed(error) {
    if (error.code === "deadline" || error.code === "worker" || error.code === "engine") {
      // Several questions may hear of one death: it is told once.
      if (!this.#engine && this.#about) return;
      this.#off();
    }
    if (error.code === "closed" || error.message === this.#told) return;
    this.#told = error.message;
    report(error.code ?? "page", error.message);
  }

  #now() {
    return this.#customer.now(this.#options.clock());
  }
}

/** One showing of a root: from its `fill` to the next. */
function view(context) {
  return { context, noted: new Set(), gone: new Set() };
}

/** Minutes that this device's clock is ahead of UTC at that time. */
function ahead(at) {
  return Math.round(-new Date(at).getTimezoneOffset());
}

async function load(bundle) {
  if (bundle instanceof ArrayBuffer || ArrayBuffer.isView(bundle)) return bundle;
  const answer = await fetch(bundle).catch((error) => {
    throw new NearfieldError("bundle-missing", `the bundle at ${bundle} cannot be fetched: ${error.message}`);
  });
  if (!answer.ok) throw new NearfieldError("bundle-missing", `the bundle at ${bundle} cannot be fetched: status ${answer.status}`);
  return answer.arrayBuffer();
}

function unhex(key) {
  if (!/^[0-9a-f]{64}$/i.test(key)) throw new NearfieldError("bundle-untrusted", "a public key is not 64 hexadecimal digits");
  return Uint8Array.from(key.match(/../g), (pair) => parseInt(pair, 16));
}

/** One diagnostic: an event, and unless the page took care of it, a line in the console. */
function report(code, message) {
  const event = new CustomEvent("nearfield:diagnostic", { cancelable: true, detail: { code, message } });
  if (document.dispatchEvent(event)) console.warn(`nearfield: ${message} (${code})`);
}
