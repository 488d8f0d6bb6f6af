// One customer on this device: the profile, what they allowed and what they did with what they were shown,
// in memory and, once allowed, at rest.

import { Vault } from "./vault.js";

const EMPTY = { schema_version: 1 };

/** The engine's limit on the events of a profile. */
const EVENTS = 50_000;
/** How many interactions are kept, the newest, and for how long: no variable looks back further. */
const INTERACTIONS = 2_000;
const KEPT = 400 * 86_400_000;

export class Customer {
  #vault = null;
  #saving = Promise.resolve();
  #profile = EMPTY;
  #events = [];
  #interactions = [];
  /** The write of interactions that has not begun: what comes until then goes with it. */
  #noting = null;

  /** What is kept of `subject`. Without storage, or when it cannot be read, nothing is known or allowed. */
  static async load(subject, report) {
    const customer = new Customer(report);
    await customer.#attempt(async () => {
      customer.#vault = await Vault.open(subject);
      customer.#profile = (await customer.#vault.get("profile")) ?? EMPTY;
      customer.#events = (await customer.#vault.get("consent")) ?? [];
      customer.#interactions = (await customer.#vault.get("interactions")) ?? [];
    });
    return customer;
  }

  constructor(report) {
    this.report = report;
  }

  get profile() {
    return structuredClone(this.#profile);
  }

  set profile(profile) {
    this.#profile = structuredClone(profile);
  }

  /** Consent events that came with the profile and those given here. */
  get consent() {
    return { events: structuredClone([...(this.#profile.consent?.events ?? []), ...this.#events]) };
  }

  /** Events of what the customer saw, followed and waved away here, the oldest first. */
  get interactions() {
    return structuredClone(this.#interactions);
  }

  /** What the engine gets, as JSON text. */
  text() {
    const profile = { ...this.#profile, consent: this.consent };
    if (this.#interactions.length > 0) {
      const own = [].concat(profile.events ?? []);
      profile.events = own.concat(newest(this.#interactions, EVENTS - own.length));
    }
    return JSON.stringify(profile);
  }

  /** Times have whole seconds: what the customer says later must count as later, so the clock of the
   * customer never stands before the newest thing they said here. */
  now(clock) {
    const last = this.#events.reduce((last, event) => Math.max(last, Date.parse(event.event_time)), -Infinity);
    return time(Math.max(Date.parse(clock), last));
  }

  /** Notes that consent was given (`notice_version` set) or withdrawn. */
  note(purposes, state, clock) {
    const last = this.#events.length > 0 ? Date.parse(this.now(clock)) + 1000 : Date.parse(clock);
    const event_time = time(last);
    for (const { id, notice_version } of purposes) {
      const given = state === "given" ? { notice_version } : {};
      this.#events.push({ event_time, purpose: id, event_state: state, ...given });
    }
  }

  /** Notes that the customer saw (`impression`), followed (`click`) or waved away (`dismissal`) an action, and
   * gives the event once it is kept. */
  async remember(kind, action, channel, clock) {
    const at = this.now(clock);
    const event = { at, kind, action, channel, id: unique() };
    this.#interactions.push(event);
    await (this.#noting ??= this.#queue(async (vault) => {
      this.#noting = null;
      // Another tab may have added some.
      const known = new Set(this.#interactions.map(({ id }) => id));
      const others = ((await vault.get("interactions")) ?? []).filter(({ id }) => !known.has(id));
      const recent = [...others, ...this.#interactions].filter((event) => Date.parse(event.at) > Date.parse(at) - KEPT);
      this.#interactions = newest(recent, INTERACTIONS);
      await vault.put("interactions", this.#interactions);
    }));
    return event;
  }

  /** Forgets what the customer did with what they were shown. */
  forget() {
    if (this.#interactions.length === 0) return this.#saving;
    this.#interactions = [];
    return this.#queue(async (vault) => {
      this.#interactions = [];
      await vault.remove("interactions");
    });
  }

  /** Writes the consent record, and the profile only while it `may` be kept: to store it is itself a use. */
  save(may) {
    return this.#queue(async (vault) => {
      if (this.#events.length > 0) await vault.put("consent", this.#events);
      if (may) await vault.put("profile", this.#profile);
      else await vault.remove("profile");
    });
  }

  /** Forgets everything, here and on the device. */
  erase() {
    this.#profile = EMPTY;
    this.#events = [];
    this.#interactions = [];
    return this.#queue((vault) => vault.erase());
  }

  /** Ends the use of the storage, after what is under way. */
  close() {
    return this.#queue((vault) => vault.close());
  }

  #queue(work) {
    this.#saving = this.#saving.then(() => this.#attempt(() => this.#vault && work(this.#vault)));
    return this.#saving;
  }

  async #attempt(work) {
    try {
      await work();
    } catch (error) {
      this.#vault = null;
      this.report("storage", `nothing is kept on this device: ${error.message || error.name}`);
    }
  }
}

function time(milliseconds) {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
}

/** The last `count` of a list in which the newest are last. */
function newest(list, count) {
  return list.slice(Math.max(0, list.length - Math.max(0, count)));
}

/** A number that no other event has: of one second there may be several, and they are not one. */
function unique() {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
