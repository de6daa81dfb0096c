// Chains, lists that are read from them, and what is done because of them.
import { h } from "../lib.js";
import { hub } from "../hub.js";
import { Act, Ago, count, Empty, Facts, Filter, Page, seconds, Section, State } from "../view.js";
import { Table } from "../table.js";

const KINDS = { in_sync: "good", applied: "good", hold: "warn", held: "warn", stale: "warn", drift: "warn", init: "calm", off: "calm" };
const OPS = { add: ["+", "to be added"], remove: ["−", "to be removed"], keep: ["=", "stays"], update: ["~", "to be changed"] };

function endpoints(chain) {
  return (Array.isArray(chain.endpoints) ? chain.endpoints : []).map((one) =>
    typeof one === "string" ? { name: one } : one,
  );
}

export class Registry extends Page {
  every = 4000;

  async load() {
    const [registry, chains, audit] = await Promise.all([
      hub.get("v1/registry"),
      hub.get("v1/pubsub/chains"),
      hub.get("v1/registry/audit"),
    ]);
    return { ...registry, chains: chains.chains, audit: audit.lines || [] };
  }

  heard() {
    if (/^(registry|member)\./.test(hub.events[0].kind)) this.refresh();
  }

  show({ sources, targets, chains, audit }) {
    return [
      h(
        Section,
        { key: "chains", title: "Chains" },
        chains.length
          ? chains.map((chain) => this.chain(chain))
          : h(Empty, { title: "No chain is configured." }, "Add one to the section `pubsub.chains`."),
      ),
      h(
        Section,
        {
          key: "sources",
          title: "Sources",
          aside: h(Act, { label: "Read all now", run: async () => (await hub.ask("POST", "v1/registry/sync"), "every source was read") }),
        },
        h(Table, {
          name: "sources",
          label: "Sources",
          rows: sources,
          keyOf: (row) => row.name,
          empty: h(Empty, { title: "No list is followed." }, "Add a source to `registry.sources`: a file, an address, a contract."),
          columns: [
            { key: "name", label: "Source", get: (row) => row.name },
            { key: "state", label: "State", get: (row) => row.state, show: (row) => h(State, { kind: row.state === "ok" ? "good" : row.state === "init" ? "calm" : "warn" }, row.state) },
            { key: "entries", label: "Entries", num: true, get: (row) => row.entries, show: (row) => count(row.entries) },
            { key: "position", label: "Read at", get: (row) => row.position, show: (row) => h("code", null, row.position || "–") },
            { key: "age", label: "Age", num: true, get: (row) => row.age_s, show: (row) => seconds(row.age_s) },
            { key: "why", label: "Trouble", get: (row) => row.why || (row.warnings || []).join(" ") },
          ],
        }),
      ),
      h(
        Section,
        { key: "targets", title: "Targets: wanted and actual" },
        targets.length ? targets.map((target) => this.target(target)) : h(Empty, { title: "No list does anything here." }, "A target in `registry.targets` says what follows a source."),
      ),
      h(
        Section,
        { key: "audit", title: "What was done", aside: h(Filter, { label: "Filter" }) },
        h(Table, {
          name: "registry-audit",
          label: "What was done",
          sort: "asort",
          rows: [...audit].reverse().map((line, i) => ({ ...line, line: i })),
          keyOf: (row) => row.line,
          empty: h(Empty, { title: "Nothing was changed yet." }),
          columns: [
            { key: "at", label: "When", get: (row) => row.time, show: (row) => h(Ago, { at: row.time }) },
            { key: "what", label: "What", get: (row) => Object.entries(row).filter(([name]) => !["time", "line"].includes(name)).map(([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : value}`).join(", ") },
          ],
        }),
      ),
    ];
  }

  chain(chain) {
    return h(
      "div",
      { key: chain.name, class: "card" },
      h("h3", null, chain.name),
      h(Facts, {
        facts: [
          ["State", h(State, { kind: /^(live|connected|up|running|ready)$/.test(chain.state) ? "good" : "warn" }, chain.state)],
          ["Chain id", String(chain.chain_id)],
          ["Head", count(chain.head_number)],
          ["Age of the head", chain.head_age_seconds < 0 ? "not known" : seconds(chain.head_age_seconds)],
          ["Endpoint in use", chain.endpoint || "none"],
          ["Subscriptions", chain.subscriptions],
        ],
      }),
      endpoints(chain).length > 0 &&
        h(
          "ul",
          { class: "chips" },
          endpoints(chain).map((one, i) =>
            h("li", { key: i }, Object.entries(one).map(([name, value]) => `${name} ${value}`).join(" · ")),
          ),
        ),
      h(Act, {
        label: "Reconnect",
        title: `Reconnect ${chain.name}`,
        ask: `The connection of ${chain.name} ends and is made again.`,
        run: async () => (await hub.ask("POST", `v1/pubsub/chains/${encodeURIComponent(chain.name)}/reconnect`), `${chain.name} reconnects`),
      }),
    );
  }

  target(target) {
    const decide = (word, past, danger) =>
      h(Act, {
        key: word,
        label: word[0].toUpperCase() + word.slice(1),
        title: `${word} plan ${target.plan.id}`,
        danger,
        ask: word === "approve" ? `The ${target.plan.changes.length} changes of this plan are made now.` : "This plan is dropped. What the list says later is looked at anew.",
        run: async () => {
          await hub.ask("POST", `v1/registry/plans/${encodeURIComponent(target.plan.id)}/${word}`);
          return `${target.plan.id} was ${past}`;
        },
      });
    return h(
      "div",
      { key: target.name, class: "card" },
      h("h3", null, target.name),
      h(Facts, {
        facts: [
          ["State", h(State, { kind: KINDS[target.state] || "warn" }, target.state.replaceAll("_", " "))],
          ["Since", h(Ago, { at: target.since })],
          ["Kind", target.kind],
          ["Policy", target.policy],
          ["Source", target.source],
          ["Lines", count(target.lines)],
          target.rail && ["Held by", target.rail],
        ],
      }),
      target.why && h("p", null, target.why),
      target.unknown && target.unknown.length > 0 && h("p", { class: "quiet" }, `Not in the target: ${target.unknown.join(", ")}`),
      target.plan &&
        h(
          "div",
          { class: "plan" },
          h("p", null, h("strong", null, `Plan ${target.plan.id} waits: ${target.plan.changes.length} changes`)),
          h(
            "ul",
            { class: "diff" },
            target.plan.changes.map((change, i) => {
              const [mark, word] = OPS[change.op] || ["~", change.op];
              return h(
                "li",
                { key: i, class: change.op },
                h("span", { class: "op" }, h("span", { "aria-hidden": "true" }, mark), " ", word),
                h("code", null, change.text),
                h("span", { class: "quiet" }, change.reason),
              );
            }),
          ),
          hub.can("operator") ? h("div", { class: "tools" }, decide("approve", "approved", false), decide("reject", "rejected", true)) : h("p", { class: "quiet" }, "Deciding needs the role operator."),
        ),
    );
  }
}
