// What all pages share: who is logged in, asking the API, the one stream of events, and how old
// what is shown may be. Nothing here draws.

const base = new URL("..", document.baseURI);
const BACKOFF_MIN = 1000;
const BACKOFF_MAX = 30000;
const CONFIG_AGE = 15000;
const EVENTS_KEPT = 1000;
const SILENCE_MAX = 40000; // the stream says something every 15 s

/** A refusal of the API. */
export class ApiError extends Error {
  constructor(status, body) {
    super(body.message || `the gateway answered ${status}`);
    this.status = status;
    this.code = body.code || "";
    this.hint = body.hint || "";
    this.errors = body.errors || [];
    this.warnings = body.warnings || [];
  }
}

const NOTE = "fairlead-logged-in";

function noted() {
  try {
    return localStorage.getItem(NOTE) !== null;
  } catch {
    return true;
  }
}

function note(loggedIn) {
  try {
    if (loggedIn) localStorage.setItem(NOTE, "yes");
    else localStorage.removeItem(NOTE);
  } catch {
    // Then every visit asks.
  }
}

/** The gateway could not be asked. */
export class Unreachable extends Error {
  constructor() {
    super("the gateway cannot be reached");
  }
}

class Hub extends EventTarget {
  session = null; // {who, role, csrf}
  events = []; // newest first
  heardAt = Date.now();
  lost = false;
  #lastId = "";
  #since = "1h";
  #stream = null;
  #backoff = BACKOFF_MIN;
  #seen = new Set();
  #config = null;
  #configAt = 0;

  constructor() {
    super();
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#rest() : this.#wake()));
  }

  on(name, listener) {
    this.addEventListener(name, listener);
    return () => this.removeEventListener(name, listener);
  }

  tell(name) {
    this.dispatchEvent(new Event(name));
  }

  /** Whether this role may do what needs that one. */
  can(role) {
    const order = ["viewer", "operator", "admin"];
    return this.session !== null && order.indexOf(this.session.role) >= order.indexOf(role);
  }

  /** Asks; JSON comes back as a tree, anything else as text. */
  async ask(method, path, { body, type = "application/json", headers = {}, signal } = {}) {
    const sent = { Accept: "application/json, */*", ...headers };
    if (method !== "GET" && this.session) sent["X-Fairlead-CSRF"] = this.session.csrf;
    if (body !== undefined) sent["Content-Type"] = type;
    let answer;
    try {
      answer = await fetch(new URL(path, base), {
        method,
        headers: sent,
        body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
        cache: "no-store",
        redirect: "error",
        signal,
      });
    } catch (failure) {
      if (failure.name === "AbortError") throw failure;
      this.#lose();
      throw new Unreachable();
    }
    this.#hear();
    const text = await answer.text();
    const json = (answer.headers.get("Content-Type") || "").includes("json");
    let tree = {};
    try {
      if (json && text) tree = JSON.parse(text);
    } catch {
      // Something between us and the gateway answered; its status is all we know.
    }
    if (answer.ok) return { status: answer.status, headers: answer.headers, data: json ? tree : text };
    if (answer.status === 401 && this.session && path !== "v1/login") this.end();
    throw new ApiError(answer.status, tree);
  }

  async get(path) {
    return (await this.ask("GET", path)).data;
  }

  /** The running configuration as a tree, some seconds old at most; what is not there is undefined. */
  async config() {
    if (!this.#config || Date.now() - this.#configAt > CONFIG_AGE) {
      this.#config = await this.get("v1/config/effective");
      this.#configAt = Date.now();
    }
    return this.#config;
  }

  /**
   * Whether the browser holds a session from before. Its cookie is not ours to see, so that there
   * was a login is noted; without the note nobody is asked, and no refusal clutters the console.
   */
  async resume() {
    if (!noted()) return;
    try {
      this.#begin(await this.get("v1/session"));
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      note(false);
    }
  }

  async login(body) {
    this.#begin((await this.ask("POST", "v1/login", { body })).data);
  }

  async logout() {
    try {
      await this.ask("POST", "v1/logout");
    } finally {
      this.end();
    }
  }

  end() {
    this.session = null;
    note(false);
    this.#config = null;
    this.events = [];
    this.#seen.clear();
    this.#lastId = "";
    this.#rest();
    this.tell("session");
  }

  /** Seconds since the gateway was last heard. */
  age() {
    return Math.max(0, Math.round((Date.now() - this.heardAt) / 1000));
  }

  #begin(session) {
    this.session = session;
    note(true);
    this.tell("session");
    if (!document.hidden) this.#follow();
  }

  #hear() {
    this.heardAt = Date.now();
    if (!this.lost) return;
    this.lost = false;
    this.tell("health");
    this.tell("wake");
  }

  #lose() {
    if (this.lost) return;
    this.lost = true;
    this.tell("health");
  }

  #rest() {
    if (this.#stream) this.#stream.abort();
    this.#stream = null;
  }

  #wake() {
    if (this.session) this.#follow();
    this.tell("wake");
  }

  async #follow() {
    this.#rest();
    const mine = (this.#stream = new AbortController());
    while (this.session && this.#stream === mine) {
      const cut = new AbortController();
      mine.signal.addEventListener("abort", () => cut.abort());
      try {
        await this.#read(cut);
      } catch {
        // Whatever ended it: it is begun again below, unless it was meant to end.
      }
      if (this.#stream !== mine) return;
      this.#lose();
      await new Promise((done) => setTimeout(done, this.#backoff));
      this.#backoff = Math.min(BACKOFF_MAX, this.#backoff * 2);
      if (this.session && this.#stream === mine) await this.#stillUs();
    }
  }

  /** A gateway that was started again knows no session of before. */
  async #stillUs() {
    try {
      await this.get("v1/session");
    } catch {
      // Told by ask(): either lost, or logged out.
    }
  }

  async #read(cut) {
    const headers = { Accept: "text/event-stream" };
    if (this.#lastId) headers["Last-Event-ID"] = this.#lastId;
    const path = this.#lastId ? "v1/events" : `v1/events?since=${this.#since}`;
    const answer = await fetch(new URL(path, base), { headers, cache: "no-store", signal: cut.signal });
    if (!answer.ok) throw new ApiError(answer.status, {});
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    let silence = 0;
    try {
      for (;;) {
        clearTimeout(silence);
        silence = setTimeout(() => cut.abort(), SILENCE_MAX);
        const { done, value } = await reader.read();
        if (done) return;
        this.#backoff = BACKOFF_MIN;
        this.#hear();
        const frames = (rest + value).split("\n\n");
        rest = frames.pop();
        this.#take(frames);
      }
    } finally {
      clearTimeout(silence);
    }
  }

  #take(frames) {
    let any = false;
    for (const frame of frames) {
      let id = "";
      let data = "";
      let kind = "";
      for (const line of frame.split("\n")) {
        if (line.startsWith("id: ")) id = line.slice(4);
        else if (line.startsWith("event: ")) kind = line.slice(7);
        else if (line.startsWith("data: ")) data += line.slice(6);
      }
      if (!data || (id && this.#seen.has(id))) continue;
      if (id) {
        this.#lastId = id;
        this.#seen.add(id);
      }
      const event = JSON.parse(data);
      this.events.unshift({ at: new Date().toISOString(), ...event, kind, id: id || `${kind}-${Date.now()}` });
      any = true;
      if (kind.startsWith("config.")) this.#config = null;
    }
    if (!any) return;
    for (const gone of this.events.splice(EVENTS_KEPT)) this.#seen.delete(gone.id);
    this.tell("events");
  }
}

export const hub = new Hub();

// ---- the address bar is the state of the page ---------------------------------------------------

/** The page's name, and its parameters. */
export function place() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  return { page: path || "overview", params: new URLSearchParams(query) };
}

/** Changes one parameter of the page without a step in the history. */
export function setParam(name, value) {
  const { page, params } = place();
  if (value) params.set(name, value);
  else params.delete(name);
  const query = params.toString();
  history.replaceState(null, "", `#/${page}${query ? `?${query}` : ""}`);
  hub.tell("place");
}
