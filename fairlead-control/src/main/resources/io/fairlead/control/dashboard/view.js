// Small pieces that pages are made of. Text goes in as text: nothing here takes markup.
import { h, Component, createRef } from "./lib.js";
import { hub, place, setParam } from "./hub.js";

// ---- words for numbers --------------------------------------------------------------------------

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

export function bytes(count) {
  if (count === null || count === undefined || Number.isNaN(count)) return "–";
  let unit = 0;
  let value = count;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(value < 10 ? 1 : 0)} ${UNITS[unit]}`;
}

export function count(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (Math.abs(value) >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString("en");
  return value.toFixed(value < 10 ? 2 : 1);
}

export function seconds(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (value < 0.001) return `${Math.round(value * 1e6)} µs`;
  if (value < 1) return `${(value * 1000).toFixed(value < 0.01 ? 1 : 0)} ms`;
  if (value < 60) return `${value < 10 && !Number.isInteger(value) ? value.toFixed(1) : Math.round(value)} s`;
  if (value < 3600) return `${Math.floor(value / 60)} min ${Math.floor(value % 60)} s`;
  if (value < 86400) return `${Math.floor(value / 3600)} h ${Math.floor((value % 3600) / 60)} min`;
  return `${Math.floor(value / 86400)} d ${Math.floor((value % 86400) / 3600)} h`;
}

export function plural(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}

/** "3 min ago", the moment itself on hover. */
export function Ago({ at }) {
  const then = Date.parse(at);
  if (Number.isNaN(then)) return h("span", null, "–");
  const age = (Date.now() - then) / 1000;
  const words = age < 0 ? `in ${seconds(-age)}` : age < 2 ? "just now" : `${seconds(Math.round(age))} ago`;
  return h("time", { dateTime: at, title: new Date(then).toString() }, words);
}

// ---- pieces -------------------------------------------------------------------------------------

const MARKS = { good: "✓", bad: "✕", warn: "!", calm: "•" };

/** A state as a mark and a word: never by colour alone. */
export function State({ kind, children }) {
  return h("span", { class: `state ${kind}` }, h("span", { "aria-hidden": "true" }, MARKS[kind]), " ", children);
}

/** Words between backticks are code. */
function prose(text) {
  return text.split("`").map((part, i) => (i % 2 ? h("code", { key: i }, part) : part));
}

export function Empty({ title, children }) {
  return h("div", { class: "empty" }, h("p", null, h("strong", null, title)), children && h("p", null, [children].flat().map((one) => (typeof one === "string" ? prose(one) : one))));
}

export function Failure({ error }) {
  if (!error) return null;
  return h(
    "div",
    { class: "failure", role: "alert" },
    h("strong", null, error.message),
    error.hint && h("span", null, ` – ${error.hint}`),
  );
}

/** Numbers with their names. */
export function Facts({ facts }) {
  return h(
    "dl",
    { class: "facts" },
    facts
      .filter(Boolean)
      .map(([name, value]) => h("div", { key: name }, h("dt", null, name), h("dd", null, value))),
  );
}

export function Section({ title, level = 2, children, aside }) {
  return h(
    "section",
    { class: "panel" },
    h("div", { class: "panel-head" }, h(`h${level}`, null, title), aside),
    children,
  );
}

/** A text field that lives in the address. */
export function Filter({ name = "q", label, placeholder = "" }) {
  return h(
    "label",
    { class: "filter" },
    label,
    h("input", {
      type: "search",
      value: place().params.get(name) || "",
      placeholder,
      autocomplete: "off",
      spellcheck: false,
      onInput: (event) => setParam(name, event.target.value),
    }),
  );
}

export function Choice({ name, label, options }) {
  return h(
    "label",
    { class: "filter" },
    label,
    h(
      "select",
      { value: place().params.get(name) || "", onChange: (event) => setParam(name, event.target.value) },
      options.map(([value, text]) => h("option", { key: value, value }, text)),
    ),
  );
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    say("copied");
  } catch {
    say("could not copy: the browser does not allow it here", "bad");
  }
}

export function download(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// ---- what happened, for eyes and for screen readers ---------------------------------------------

let told = [];
let tellers = 0;

/** Says how something went. */
export function say(text, kind = "good") {
  const note = { id: ++tellers, text, kind };
  told = [...told.slice(-2), note];
  hub.tell("notes");
  setTimeout(() => {
    told = told.filter((other) => other !== note);
    hub.tell("notes");
  }, kind === "bad" ? 12000 : 6000);
}

export class Notes extends Component {
  componentDidMount() {
    this.off = hub.on("notes", () => this.forceUpdate());
  }

  componentWillUnmount() {
    this.off();
  }

  render() {
    return h(
      "div",
      { class: "notes", role: "status", "aria-live": "polite" },
      told.map((note) => h("div", { key: note.id, class: `note ${note.kind}` }, h(State, { kind: note.kind }, note.text))),
    );
  }
}

/** Asks before it acts. {@code run} may throw; what it throws is said. */
export class Act extends Component {
  dialog = createRef();

  run = async () => {
    if (this.dialog.current) this.dialog.current.close();
    this.setState({ busy: true });
    try {
      say((await this.props.run()) || "done");
    } catch (failure) {
      say(failure.hint ? `${failure.message} – ${failure.hint}` : failure.message, "bad");
    }
    this.setState({ busy: false });
    hub.tell("wake");
  };

  render({ role = "operator", label, title, ask, danger, disabled }, { busy, asking }) {
    if (!hub.can(role)) return null;
    const begin = () => {
      if (!ask) return this.run();
      this.setState({ asking: true }, () => this.dialog.current.showModal());
      return undefined;
    };
    return h(
      "span",
      { class: "act" },
      h(
        "button",
        {
          type: "button",
          class: danger ? "small danger" : "small secondary",
          title,
          "aria-label": title,
          "aria-busy": busy ? "true" : undefined,
          disabled: disabled || busy,
          onClick: begin,
        },
        label,
      ),
      asking &&
        h(
          "dialog",
          { ref: this.dialog, "aria-label": title || label, onClose: () => this.setState({ asking: false }) },
          h(
            "article",
            null,
            h("p", null, ask),
            h(
              "footer",
              null,
              h("button", { type: "button", class: "secondary", onClick: () => this.dialog.current.close() }, "Cancel"),
              h("button", { type: "button", class: danger ? "danger" : "", onClick: this.run }, label),
            ),
          ),
        ),
    );
  }
}

// ---- pages --------------------------------------------------------------------------------------

/**
 * A page that asks for its data again and again: at once when it opens, when the tab is looked at
 * again and after an action, and every so often while it is seen. What a later answer says counts,
 * whatever order answers come in.
 */
export class Page extends Component {
  every = 3000;
  state = { data: null, error: null };
  #timer = 0;
  #turn = 0;
  #off = [];

  async load() {
    return {};
  }

  componentDidMount() {
    this.#off = [
      hub.on("wake", () => this.refresh()),
      hub.on("place", () => this.forceUpdate()),
      hub.on("events", () => this.heard()),
    ];
    this.refresh();
  }

  componentWillUnmount() {
    clearTimeout(this.#timer);
    this.#turn = -1;
    this.#off.forEach((off) => off());
  }

  /** Something happened; pages that show events, or what events are about, override this. */
  heard() {}

  async refresh() {
    clearTimeout(this.#timer);
    if (this.#turn < 0 || !hub.session) return;
    const turn = ++this.#turn;
    let next;
    try {
      next = { data: await this.load(), error: null };
    } catch (error) {
      next = { error };
    }
    if (turn !== this.#turn) return;
    this.setState(next);
    if (!document.hidden && this.every) this.#timer = setTimeout(() => this.refresh(), this.every);
  }

  /** The page, or why it cannot be shown yet. */
  render() {
    const { data, error } = this.state;
    if (!data) return error ? h(Failure, { error }) : h("p", { "aria-busy": "true" }, "Asking the gateway…");
    return [h(Failure, { error, key: "error" }), h("div", { key: "body" }, this.show(data))];
  }
}
