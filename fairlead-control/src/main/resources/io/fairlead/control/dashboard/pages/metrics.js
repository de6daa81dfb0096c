// Every metric that is exported, with its help and its values.
import { h } from "../lib.js";
import { hub, place } from "../hub.js";
import { copy, count, download, Empty, Filter, Page } from "../view.js";

/** Reads the text form of the exporter: # HELP, # TYPE, then samples. */
export function parse(text) {
  const families = new Map();
  const family = (name) => {
    if (!families.has(name)) families.set(name, { name, help: "", type: "untyped", samples: [] });
    return families.get(name);
  };
  let current = null;
  for (const line of text.split("\n")) {
    const meta = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line);
    if (meta) {
      current = family(meta[2]);
      if (meta[1] === "HELP") current.help = meta[3];
      else current.type = meta[3];
      continue;
    }
    const sample = /^([a-zA-Z_:][\w:]*)(\{.*\})? (\S+)/.exec(line);
    if (!sample) continue;
    const [, name, labels = "", value] = sample;
    const owner = current && name.startsWith(current.name) ? current : family(name);
    owner.samples.push({ name, labels, value: Number(value) });
  }
  return [...families.values()];
}

function promql(one) {
  if (one.type === "counter") return `rate(${one.name}[5m])`;
  if (one.type === "histogram") return `histogram_quantile(0.99, sum by (le) (rate(${one.name}_bucket[5m])))`;
  return one.name;
}

const SHOWN = 60;

export class Metrics extends Page {
  every = 5000;
  state = { data: null, error: null, shown: SHOWN };
  #before = new Map();
  #beforeAt = 0;

  async load() {
    const { data } = await hub.ask("GET", "metrics", { headers: { Accept: "text/plain" } });
    const families = parse(data);
    const now = Date.now();
    const rates = new Map();
    for (const one of families) {
      const total = one.samples.reduce((sum, sample) => sum + sample.value, 0);
      if (one.type === "counter" && this.#before.has(one.name)) {
        rates.set(one.name, Math.max(0, total - this.#before.get(one.name)) / ((now - this.#beforeAt) / 1000));
      }
      this.#before.set(one.name, total);
    }
    this.#beforeAt = now;
    return { families, rates, text: data };
  }

  show({ families, rates, text }) {
    const words = (place().params.get("q") || "").toLowerCase().split(/\s+/).filter(Boolean);
    const found = families.filter((one) => words.every((word) => `${one.name} ${one.help}`.toLowerCase().includes(word)));
    const { shown } = this.state;
    return [
      h(
        "div",
        { key: "tools", class: "tools" },
        h(Filter, { label: "Name or help has the words", placeholder: "http requests" }),
        h("button", { type: "button", class: "small secondary", onClick: () => download("metrics.txt", "text/plain", text) }, "Download"),
      ),
      h("p", { key: "count", class: "quiet" }, `${found.length} of ${families.length} metrics`),
      !found.length && h(Empty, { key: "none", title: "No metric has these words." }),
      h(
        "div",
        { key: "list", class: "metrics" },
        found.slice(0, shown).map((one) =>
          h(
            "details",
            { key: one.name },
            h(
              "summary",
              null,
              h("code", null, one.name),
              h("span", { class: "value" }, rates.has(one.name) ? `${count(rates.get(one.name))}/s` : one.samples.length === 1 ? count(one.samples[0].value) : `${one.samples.length} values`),
              h("span", { class: "quiet" }, one.help),
            ),
            h("p", null, h("span", { class: "quiet" }, one.type), " ", h("button", { type: "button", class: "link", "aria-label": `copy PromQL of ${one.name}`, onClick: () => copy(promql(one)) }, "copy PromQL"), " ", h("code", null, promql(one))),
            h(
              "div",
              { class: "scroll", tabIndex: 0, role: "region", "aria-label": `Values of ${one.name}` },
              h(
                "table",
                null,
                h("thead", null, h("tr", null, h("th", { scope: "col" }, "Sample"), h("th", { scope: "col", class: "num" }, "Value"))),
                h("tbody", null, one.samples.slice(0, 200).map((sample) => h("tr", { key: sample.name + sample.labels }, h("td", null, h("code", null, sample.name.slice(one.name.length) + sample.labels || "–")), h("td", { class: "num" }, String(sample.value))))),
              ),
            ),
          ),
        ),
      ),
      found.length > shown && h("button", { key: "more", type: "button", class: "link", onClick: () => this.setState({ shown: shown + SHOWN }) }, "show more"),
    ];
  }
}
