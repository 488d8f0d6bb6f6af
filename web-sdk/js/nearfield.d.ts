/** A consent event, with the names of ISO/IEC TS 27560. */
export interface ConsentEvent {
  event_time: string;
  purpose: string;
  event_state: "given" | "withdrawn";
  notice_version?: string;
  valid_until?: string;
}

export interface ConsentRecord {
  events: ConsentEvent[];
}

/** A purpose of the bundle, in words for the customer. */
export interface Purpose {
  id: string;
  notice_version: string;
  title: string;
  description: string;
  granted: boolean;
}

/** What is known of a customer; `schemas/profile.schema.json` has it in full. */
export interface Profile {
  schema_version: 1;
  ids?: { kind: "customer" | "device" | "login"; value: string }[];
  consent?: ConsentRecord;
  facts?: object[];
  holdings?: object[];
  events?: object[];
  /** What the customer does not want to see. */
  preferences?: { at: string; about: string; state: "allow" | "stop"; until?: string }[];
}

/** What the customer did with an action: saw it, followed it, or waved it away. */
export interface Interaction {
  at: string;
  kind: "impression" | "click" | "dismissal";
  action: string;
  channel: Channel;
  /** Of this event alone. */
  id: string;
}

export type Channel = "web" | "app" | "call-centre" | "relationship-manager";

/** The circumstances of a request; `schemas/context.schema.json`. */
export interface Context {
  channel?: Channel;
  page?: string;
  placeholders?: string[];
  /** Minutes that the customer's clock is ahead of UTC; this device's when left out. */
  utc_offset_minutes?: number;
  /** BCP 47 tag. */
  locale?: string;
}

export interface Breakdown {
  propensity: number;
  intent: number;
  urgency: number;
  persona: number;
  value: number;
  life_stage: number;
  focus: number;
  /** propensity × intent × urgency × persona */
  need: number;
  /** value × life_stage × focus */
  bank: number;
  /** 1 when nothing is explored. */
  exploration: number;
}

export type Reason =
  | { kind: "trigger"; id: string; condition: string; text: string }
  | { kind: "intent"; id: string; strength: number; team: string; want: string; bid: number; trigger: string; text: string }
  | { kind: "model"; model: string; variable: string; value: number | null; contribution: number; text: string }
  | { kind: "score"; model: string; score: number; text: string }
  | { kind: "persona"; id: string; affinity: number; text: string }
  | { kind: "everyone" };

export interface Placement {
  placeholder: string;
  action: string;
  life_stage: "activation" | "engagement" | "cross-sell" | "attrition-prevention";
  product: string;
  /** need × bank × exploration, or what the policy's own formula makes of the breakdown. */
  score: number;
  breakdown: Breakdown;
  reasons: Reason[];
  pitch: { locale: string; title: string; body: string; call_to_action: string };
}

export interface Signals {
  purposes: string[];
  persona: { id: string; share: number } | null;
  triggers: string[];
  intents: { id: string; strength: number; trigger: string }[];
  experiments: { challenger: string | null; control: boolean; exploring: boolean };
  scores: { model: string; score: number }[];
  /** The steps that customers like this one take next, each if the one before was taken; week 1 is the first from now. */
  plan: { step: string; title: string; week: number; share: number }[];
}

/** Enough to make the same decision again. Hashes are BLAKE3 in hexadecimal. */
export interface Receipt {
  engine: string;
  bundle: string;
  profile: string;
  context: string;
  at: string;
  seed: number;
}

/** `schemas/decision.schema.json`. */
export interface Decision {
  placements: Placement[];
  unfilled: string[];
  /** False when the search for the best placement was cut short. */
  optimal: boolean;
  signals: Signals;
  receipt: Receipt;
}

/** Why a placeholder shows what it shows. */
export interface Explanation {
  placeholder: string;
  placements: Placement[];
  signals: Signals;
  receipt: Receipt;
}

/** What the open bundle says about itself. */
export interface About {
  name: string;
  /** BLAKE3 of its body. */
  hash: string;
  engine: string;
  locales: string[];
  currency: string;
  /** The purposes that let it be kept what the customer does with what is shown. */
  history: string[];
  placeholders: { id: string; channel: Channel; page: string; capacity: number }[];
}

export interface Options {
  /** The signed bundle: its address, or its bytes. */
  bundle: string | URL | ArrayBuffer | ArrayBufferView;
  /** Public keys that may sign it, each 64 hexadecimal digits. */
  keys: string[];
  /** The worker's script; by default `worker.js` beside this module. */
  worker?: string | URL;
  /** Whose profile and consent are kept, on a device with several customers. */
  subject?: string;
  /** The time as RFC 3339; by default the device's. */
  clock?: () => string;
  /** The seed of every chance, 0 to 2^53 - 1. */
  seed?: number;
  /** Milliseconds that a decision may take before the page goes on without; by default 2,000. */
  deadline?: number;
}

/** Why something was refused. Codes of the engine: `bundle-untrusted`, `bundle-unreadable`, `profile`,
 * `context`, `clock`, `decide`, `request`; of the page: `bundle-missing`, `worker`, `engine`, `deadline`,
 * `storage`, `page`, `closed`. */
export declare class NearfieldError extends Error {
  readonly code: string;
}

export declare class Nearfield {
  /** Starts the worker and opens the bundle. Does not reject when that fails: the page keeps its own
   * content, and the document gets a `nearfield:diagnostic` event. */
  static open(options: Options): Promise<Nearfield>;

  /** The open bundle; null when nothing runs. */
  readonly bundle: About | null;

  readonly consent: {
    /** Everything the customer said, as it goes into the profile. */
    record(): ConsentRecord;
    /** The purposes in a language, and which are granted now. */
    list(locale?: string): Promise<Purpose[]>;
    /** Resolves when the page shows the difference and the record is kept. */
    give(...purposes: string[]): Promise<void>;
    withdraw(...purposes: string[]): Promise<void>;
  };

  readonly profile: {
    get(): Profile;
    /** Takes a profile over. It is kept on the device, encrypted, while any purpose is granted. */
    set(profile: Profile): Promise<void>;
    /** What the customer saw, followed and waved away on this device, beside the profile that `set` took. */
    interactions(): Interaction[];
    /** Forgets profile, interactions and consent: drops the key, then the records. */
    erase(): Promise<void>;
  };

  /** Makes another customer the subject. */
  use(subject: string): Promise<void>;
  /** Fills the placeholders under `root`, now and after each change. Null when it could not. Each call
   * begins a view: within one, a card is seen once and followed once, however often it is filled again. */
  fill(root?: Document | Element, context?: Context): Promise<Decision | null>;
  /** Puts the bank's own content back, until the next `fill`. */
  clear(root?: Document | Element): void;
  /** Why a placeholder shows what it shows; null when it was not asked for. */
  explain(placeholder: string): Explanation | null;
  /** A decision as the engine's canonical JSON text; profile and context as objects or as JSON texts, which
   * are taken as they are. Without a profile it is the customer of this page, by this device's clock. */
  decide(request?: { profile?: Profile | string; context?: Context | string; at?: string; seed?: number }): Promise<string>;
  /** Ends the worker and puts the bank's own content back. */
  close(): Promise<void>;
}

declare global {
  interface DocumentEventMap {
    /** Something failed; the page shows its own content. Cancel it to keep it out of the console. */
    "nearfield:diagnostic": CustomEvent<{ code: string; message: string }>;
    /** A placeholder was filled. */
    "nearfield:filled": CustomEvent<{ placeholder: string; placements: Placement[] }>;
    /** The customer followed an action. */
    "nearfield:action": CustomEvent<{ placeholder: string; placement: Placement }>;
    /** What the customer did with an action was kept. */
    "nearfield:interaction": CustomEvent<{ placeholder: string; event: Interaction }>;
    /** The customer asked why they see an action. */
    "nearfield:why": CustomEvent<{ placeholder: string; placement: Placement }>;
  }
}
