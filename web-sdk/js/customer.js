// One customer on this device: the profile and what they allowed, in memory and, once allowed, at rest.

import { Vault } from "./vault.js";

const EMPTY = { schema_version: 1 };

export class Customer {
  #vault = null;
  #saving = Promise.resolve();
  #profile = EMPTY;
  #events = [];

  /** What is kept of `subject`. Without storage, or when it cannot be read, nothing is known or allowed. */
  static async load(subject, report) {
    const customer = new Customer(report);
    await customer.#attempt(async () => {
      customer.#vault = await Vault.open(subject);
      customer.#profile = (await customer.#vault.get("profile")) ?? EMPTY;
      customer.#events = (await customer.#vault.get("consent")) ?? [];
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

  /** What the engine gets, as JSON text. */
  text() {
    return JSON.stringify({ ...this.#profile, consent: this.consent });
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
