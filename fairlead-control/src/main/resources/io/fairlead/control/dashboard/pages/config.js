// What runs, trying out and writing another, going back.
import { h, Component } from "../lib.js";
import { hub, place, setParam } from "../hub.js";
import { Act, Ago, copy, download, Empty, Failure, Page, plural, Section, State } from "../view.js";
import { Table } from "../table.js";

const TABS = [
  ["effective", "Running"],
  ["source", "File"],
  ["history", "History"],
];

const OPS = { add: ["+", "added"], remove: ["−", "removed"], update: ["~", "changed"] };

function shown(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What differs, with words as well as colours. */
function Changes({ changes }) {
  if (!changes.length) return h(Empty, { title: "Nothing differs." });
  return h(
    "ul",
    { class: "diff" },
    changes.map((change) => {
      const [mark, word] = OPS[change.op] || ["~", change.op];
      return h(
        "li",
        { key: change.path, class: change.op },
        h("span", { class: "op" }, h("span", { "aria-hidden": "true" }, mark), " ", word),
        h("code", null, change.path),
        change.secret && h("span", null, "a secret"),
        change.before !== undefined && h("del", null, shown(change.before)),
        change.after !== undefined && h("ins", null, shown(change.after)),
        change.effect && h("span", { class: "quiet" }, change.effect),
      );
    }),
  );
}

/** Diagnostics at their lines. */
function Problems({ problems, kind, text }) {
  const lines = text === undefined ? [] : text.split("\n");
  return problems.map((problem, i) =>
    h(
      "div",
      { key: `${kind}${i}`, class: `problem ${kind}` },
      h(State, { kind: kind === "error" ? "bad" : "warn" }, `${problem.code} ${problem.line ? `line ${problem.line}, column ${problem.column}` : problem.path || ""}`),
      h("p", null, problem.message),
      problem.line && lines[problem.line - 1] !== undefined &&
        h("pre", null, `${String(problem.line).padStart(5)} | ${lines[problem.line - 1]}\n${" ".repeat(8 + Math.max(0, problem.column - 1))}^`),
      problem.hint && h("p", { class: "quiet" }, problem.hint),
    ),
  );
}

function reloadText(report) {
  if (report.dry_run) return `it would become generation ${report.generation}`;
  if (report.unchanged) return `nothing changed: generation ${report.generation} goes on`;
  return `generation ${report.generation} runs, ${plural(report.changed.length, "change")}, ${report.took_ms} ms`;
}

/** Reload of the file, with a way back when nobody confirms. */
class Reload extends Component {
  state = { within: "" };

  render(_, { within }) {
    if (!hub.can("operator")) return null;
    return h(
      "div",
      { class: "tools" },
      h(
        "label",
        { class: "filter" },
        "Undo unless confirmed within",
        h(
          "select",
          { value: within, onChange: (event) => this.setState({ within: event.target.value }) },
          [["", "keep at once"], ["30s", "30 s"], ["60s", "60 s"], ["5m", "5 min"]].map(([value, text]) => h("option", { key: value, value }, text)),
        ),
      ),
      h(Act, {
        label: "Reload the file",
        ask: `The gateway reads its file again${within ? `, and goes back in ${within} unless someone confirms` : ""}.`,
        run: async () => reloadText((await hub.ask("POST", `v1/reload${within ? `?confirm_within=${within}` : ""}`)).data),
      }),
      h(Act, { label: "Confirm", title: "Confirm the change that waits", run: async () => `generation ${(await hub.ask("POST", "v1/confirm")).data.generation} stays` }),
    );
  }
}

class Effective extends Page {
  every = 10000;

  async load() {
    const answer = await hub.ask("GET", "v1/config/effective?format=yaml", { headers: { Accept: "application/yaml" } });
    return { text: answer.data, generation: answer.headers.get("X-Fairlead-Generation") };
  }

  show({ text, generation }) {
    return [
      h(Reload, { key: "reload" }),
      h(
        "p",
        { key: "what", class: "quiet" },
        `Generation ${generation}, defaults written out, secrets as ***. `,
        h("button", { type: "button", class: "link", onClick: () => copy(text) }, "copy"),
        " ",
        h("button", { type: "button", class: "link", onClick: () => download("effective.yaml", "application/yaml", text) }, "download"),
      ),
      h("pre", { key: "text", class: "text", tabIndex: 0, role: "region", "aria-label": "Running configuration" }, text),
    ];
  }
}

class Source extends Component {
  state = { text: null, was: "", tag: "", error: null, verdict: null, busy: "" };

  async componentDidMount() {
    try {
      const answer = await hub.ask("GET", "v1/config/source", { headers: { Accept: "application/yaml" } });
      this.setState({ text: answer.data, was: answer.data, tag: answer.headers.get("ETag") });
    } catch (error) {
      this.setState({ error });
    }
  }

  check = async () => {
    this.setState({ busy: "check", error: null });
    try {
      const { data } = await hub.ask("POST", "v1/adapt", { body: this.state.text, type: "application/yaml" });
      this.setState({ verdict: data, busy: "" });
    } catch (error) {
      if (error.status === 422) this.setState({ verdict: { valid: false, errors: error.errors, warnings: error.warnings }, busy: "" });
      else this.setState({ error, verdict: null, busy: "" });
    }
  };

  write = async () => {
    try {
      const { data } = await hub.ask("PUT", "v1/config/source", { body: this.state.text, type: "application/yaml", headers: { "If-Match": this.state.tag } });
      const again = await hub.ask("GET", "v1/config/source", { headers: { Accept: "application/yaml" } });
      this.setState({ text: again.data, was: again.data, tag: again.headers.get("ETag"), verdict: null });
      return reloadText(data);
    } catch (error) {
      if (error.status === 422) this.setState({ verdict: { valid: false, errors: error.errors, warnings: error.warnings } });
      throw error;
    }
  };

  render(_, { text, was, error, verdict, busy }) {
    if (text === null) return error ? h(Failure, { error }) : h("p", { "aria-busy": "true" }, "Asking the gateway…");
    const writes = hub.can("admin");
    return h(
      "div",
      null,
      !writes && h("p", { class: "quiet" }, hub.can("operator") ? "You may try out changes; writing them needs the role admin." : "Trying out changes needs the role operator, writing them the role admin."),
      h("label", null, "The file as it is", h("textarea", {
        class: "text",
        rows: 24,
        value: text,
        spellcheck: false,
        wrap: "off",
        readOnly: !hub.can("operator"),
        onInput: (event) => this.setState({ text: event.target.value, verdict: null }),
      })),
      h(
        "div",
        { class: "tools" },
        hub.can("operator") && h("button", { type: "button", class: "small", "aria-busy": busy === "check" ? "true" : undefined, onClick: this.check }, "Validate"),
        h(Act, {
          role: "admin",
          label: "Write and reload",
          disabled: text === was,
          ask: "The file is replaced by this text, and the gateway takes it over. What is refused leaves both as they are.",
          run: this.write,
        }),
        text !== was && h("button", { type: "button", class: "small secondary", onClick: () => this.setState({ text: was, verdict: null }) }, "Undo my changes"),
      ),
      h(Failure, { error }),
      h(
        "div",
        { "aria-live": "polite" },
        verdict &&
          h(
            "div",
            null,
            h(State, { kind: verdict.valid ? "good" : "bad" }, verdict.valid ? "It is valid." : `It is not valid: ${plural(verdict.errors.length, "problem")}.`),
            h(Problems, { problems: verdict.errors || [], kind: "error", text }),
            h(Problems, { problems: verdict.warnings || [], kind: "warning", text }),
            verdict.valid && h(Section, { title: "Against what runs", level: 3 }, verdict.disruptive && h("p", null, h(State, { kind: "warn" }, "Connections would be cut.")), h(Changes, { changes: verdict.diff })),
          ),
      ),
    );
  }
}

class History extends Page {
  every = 15000;
  state = { data: null, error: null, diff: null };

  async load() {
    return hub.get("v1/config/history");
  }

  compare = async (from, to) => {
    try {
      this.setState({ diff: await hub.get(`v1/config/history/${from}..${to}`), diffError: null });
    } catch (diffError) {
      this.setState({ diffError, diff: null });
    }
  };

  show({ generations }) {
    const running = Math.max(...generations.map((one) => one.generation));
    const { diff, diffError } = this.state;
    return [
      h(Table, {
        key: "table",
        name: "history",
        label: "Generations",
        rows: generations,
        initial: "-generation",
        keyOf: (row) => row.generation,
        empty: h(Empty, { title: "No generation is stored." }),
        actions: (row) => [
          row.parent > 0 && h("button", { key: "diff", type: "button", class: "small secondary", onClick: () => this.compare(row.parent, row.generation) }, "Changes", h("span", { class: "hidden" }, ` of generation ${row.generation}`)),
          row.generation !== running && h("button", { key: "now", type: "button", class: "small secondary", onClick: () => this.compare(row.generation, running) }, "To now", h("span", { class: "hidden" }, ` from generation ${row.generation}`)),
          row.generation !== running &&
            h(Act, {
              key: "back",
              role: "admin",
              label: "Roll back",
              title: `Roll back to generation ${row.generation}`,
              danger: true,
              ask: `What generation ${row.generation} was becomes a new generation and runs at once.`,
              run: async () => reloadText((await hub.ask("POST", "v1/rollback", { body: { to: row.generation } })).data),
            }),
        ],
        columns: [
          { key: "generation", label: "Generation", num: true, get: (row) => row.generation },
          { key: "at", label: "When", get: (row) => row.at, show: (row) => h(Ago, { at: row.at }) },
          { key: "who", label: "By", get: (row) => `${row.who.kind} ${row.who.name}`.trim() },
          { key: "changes", label: "Changes", num: true, get: (row) => row.changes },
          { key: "result", label: "Result", get: (row) => row.result, show: (row) => h(State, { kind: row.result === "applied" ? "good" : "warn" }, row.result) },
          { key: "comment", label: "Comment", get: (row) => row.comment },
          { key: "took", label: "Took", num: true, get: (row) => row.took_ms, show: (row) => `${row.took_ms} ms` },
        ],
      }),
      h(
        "div",
        { key: "diff", "aria-live": "polite" },
        h(Failure, { error: diffError }),
        diff && h(Section, { title: `From generation ${diff.from} to ${diff.to}` }, h(Changes, { changes: diff.changes })),
      ),
    ];
  }
}

export class Config extends Component {
  componentDidMount() {
    this.off = hub.on("place", () => this.forceUpdate());
  }

  componentWillUnmount() {
    this.off();
  }

  render() {
    const tab = place().params.get("tab") || "effective";
    const View = { effective: Effective, source: Source, history: History }[tab] || Effective;
    return h(
      "div",
      null,
      h(
        "ul",
        { class: "tabs" },
        TABS.map(([key, label]) =>
          h("li", { key }, h("button", { type: "button", "aria-pressed": key === tab ? "true" : "false", onClick: () => setParam("tab", key === "effective" ? "" : key) }, label)),
        ),
      ),
      h(View, { key: tab }),
    );
  }
}
