// The page's line to the worker: questions with a deadline, and nothing left hanging when it dies.

/** A failure with a name to compare and a sentence to read. */
export class NearfieldError extends Error {
  constructor(code, message) {
    super(message);
    this.name = "NearfieldError";
    this.code = code;
  }
}

/** Under Trusted Types a worker's address is a script: this policy passes those of our own origin only. */
const ownScripts = globalThis.trustedTypes?.createPolicy("nearfield", {
  createScriptURL(url) {
    if (new URL(url).origin === location.origin) return url;
    throw new NearfieldError("worker", `the worker at ${url} is of another origin`);
  },
});

export class EngineClient {
  #worker;
  #waiting = new Map();
  #next = 1;
  #dead = null;
  #onDeath;

  /** Resolves when the worker answers. `onDeath(error)` is called if it dies later. */
  static async start(url, deadline, onDeath) {
    const client = new EngineClient(url, onDeath);
    await client.#ask(0, deadline);
    return client;
  }

  constructor(url, onDeath) {
    this.#onDeath = onDeath;
    const address = new URL(url, location.href).href;
    this.#worker = new Worker(ownScripts?.createScriptURL(address) ?? address, { type: "module" });
    this.#worker.onmessage = ({ data }) => this.#hear(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#die(new NearfieldError("worker", `the worker at ${url} fails: ${event.message || "it does not load"}`));
    };
  }

  /** Asks one thing and resolves with the answer. */
  call(call, fields, deadline, transfer = []) {
    if (this.#dead) return Promise.reject(this.#dead);
    const id = this.#next++;
    const answer = this.#ask(id, deadline);
    try {
      this.#worker.postMessage({ id, call: { [call]: fields } }, transfer);
    } catch (error) {
      this.#settle(id, { error: { code: "request", message: error.message } });
    }
    return answer;
  }

  /** Ends the worker and whatever it was doing. */
  stop(error = new NearfieldError("closed", "the engine was closed")) {
    this.#dead ??= error;
    this.#worker.terminate();
    for (const id of [...this.#waiting.keys()]) this.#settle(id, { error });
  }

  #ask(id, deadline) {
    return new Promise((resolve, reject) => {
      // A worker that is late may be late for ever, and cannot be interrupted: it is ended.
      const late = () => this.#die(new NearfieldError("deadline", `the engine did not answer within ${deadline} ms`));
      this.#waiting.set(id, { resolve, reject, timer: setTimeout(late, deadline) });
    });
  }

  #hear(message) {
    if (message.ready) this.#settle(0, {});
    else if (message.id === undefined) this.#die(new NearfieldError(message.error.code, message.error.message));
    else this.#settle(message.id, message);
  }

  #settle(id, { result, error }) {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    if (error) waiting.reject(new NearfieldError(error.code, error.message));
    else waiting.resolve(result);
  }

  #die(error) {
    if (this.#dead) return;
    this.#dead = error;
    // During the start or a call the asker hears of it; otherwise nobody would.
    const heard = this.#waiting.size > 0;
    this.stop(error);
    if (!heard) this.#onDeath(error);
  }
}
