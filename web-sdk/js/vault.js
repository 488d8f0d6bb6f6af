// What is kept on the device: one encrypted record per name and customer, in IndexedDB.
//
// AES-256-GCM under a key that cannot be exported, a random 96-bit nonce for each write, and the
// record's name and version as associated data, so that records cannot be swapped.
// What this protects: a copied browser profile's database cannot be read without the browser that made
// the key, and script cannot carry the key away. What it does not: script that runs in this origin can
// ask for decryption like we do; whether the browser keeps the key in hardware is its own affair; an old
// copy of a record, put back whole, still opens. Dropping the key makes every copy unreadable.

const DATABASE = "nearfield";

export class Vault {
  #database;
  #subject;

  /** Opens the vault of one customer; rejects where the browser has no storage or no cryptography. */
  static async open(subject) {
    if (!globalThis.crypto?.subtle) throw new Error("cryptography needs a secure context (https or localhost)");
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore("keys");
      opening.result.createObjectStore("records");
    };
    return new Vault(await done(opening), subject);
  }

  constructor(database, subject) {
    this.#database = database;
    this.#subject = subject;
  }

  /** The record's value, or undefined when there is none that can be read. */
  async get(name) {
    const [key, record] = await Promise.all([
      done(this.#store("keys", "readonly").get(this.#subject)),
      done(this.#store("records", "readonly").get([this.#subject, name])),
    ]);
    if (!key || !record) return undefined;
    const { version, nonce, data } = record;
    const plain = await crypto.subtle.decrypt(this.#algorithm(name, version, nonce), key, data);
    return JSON.parse(new TextDecoder().decode(plain));
  }

  /** Writes the record. */
  async put(name, value) {
    const key = await this.#key();
    const before = await done(this.#store("records", "readonly").get([this.#subject, name]));
    const version = (before?.version ?? 0) + 1;
    const nonce = crypto.getRandomValues(new Uint8Array(12));
    const plain = new TextEncoder().encode(JSON.stringify(value));
    const data = await crypto.subtle.encrypt(this.#algorithm(name, version, nonce), key, plain);
    await done(this.#store("records", "readwrite").put({ version, nonce, data }, [this.#subject, name]));
  }

  /** Drops the record. */
  async remove(name) {
    await done(this.#store("records", "readwrite").delete([this.#subject, name]));
  }

  /** Drops the customer's key first, which makes any copy of the records unreadable, then the records. */
  async erase() {
    await done(this.#store("keys", "readwrite").delete(this.#subject));
    const all = IDBKeyRange.bound([this.#subject], [this.#subject, []]);
    await done(this.#store("records", "readwrite").delete(all));
  }

  close() {
    this.#database.close();
  }

  async #key() {
    const found = await done(this.#store("keys", "readonly").get(this.#subject));
    if (found) return found;
    const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    const store = this.#store("keys", "readwrite");
    // Another tab may have been quicker: the first key stays.
    const winner = await done(store.get(this.#subject));
    if (winner) return winner;
    await done(store.put(made, this.#subject));
    return made;
  }

  #algorithm(name, version, iv) {
    const additionalData = new TextEncoder().encode(JSON.stringify([DATABASE, this.#subject, name, version]));
    return { name: "AES-GCM", iv, additionalData };
  }

  #store(name, mode) {
    return this.#database.transaction(name, mode).objectStore(name);
  }
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
