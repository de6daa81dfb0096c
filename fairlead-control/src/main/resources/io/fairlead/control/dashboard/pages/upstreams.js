// Endpoints, why they are what they are, and taking them in and out.
import { h, Component } from "../lib.js";
import { hub } from "../hub.js";
import { Act, Ago, count, Empty, Facts, Filter, Page, say, Section, State } from "../view.js";
import { Table } from "../table.js";

const KINDS = { healthy: "good", unknown: "calm", draining: "warn", drain: "warn" };

class Weight extends Component {
  submit = async (event) => {
    event.preventDefault();
    const weight = Number(new FormData(event.target).get("weight"));
    try {
      await this.props.send({ weight });
      say(`weight of ${this.props.name}: ${weight}`);
      this.setState({ typed: undefined });
    } catch (failure) {
      say(failure.message, "bad");
    }
    hub.tell("wake");
  };

  render({ name, weight }, { typed }) {
    if (!hub.can("operator")) return String(weight);
    return h(
      "form",
      { class: "weight", onSubmit: this.submit },
      h("input", {
        name: "weight",
        type: "number",
        min: 1,
        max: 65535,
        value: typed ?? weight,
        "aria-label": `Weight of ${name}`,
        onInput: (event) => this.setState({ typed: event.target.value }),
      }),
      typed !== undefined && String(weight) !== typed && h("button", { type: "submit", class: "small" }, "Set"),
    );
  }
}

export class Upstreams extends Page {
  async load() {
    return hub.get("v1/upstreams");
  }

  heard() {
    if (hub.events[0].kind === "upstream.endpoint") this.refresh();
  }

  show({ upstreams }) {
    if (!upstreams.length) {
      return h(Empty, { title: "No upstream is configured." }, "Add one to the section `upstreams` and name it in a route.");
    }
    return [h(Filter, { key: "filter", label: "Filter endpoints" }), upstreams.map((one) => this.upstream(one))];
  }

  upstream(one) {
    const up = one.endpoints.filter((each) => each.state === "healthy").length;
    const send = (endpoint) => async (body) =>
      hub.ask("POST", `v1/upstreams/${encodeURIComponent(one.id)}/endpoints/${encodeURIComponent(endpoint.name)}`, { body });
    const admin = (endpoint, word, past) =>
      h(Act, {
        key: word,
        label: word[0].toUpperCase() + word.slice(1),
        title: `${word} ${endpoint.name} of ${one.id}`,
        ask: word === "up" ? undefined : `${endpoint.name} (${endpoint.address}) of ${one.id} gets no more requests${word === "down" ? ", and its connections end" : ""}. It stays so until someone says "up".`,
        danger: word === "down",
        run: async () => {
          await send(endpoint)({ admin: word });
          return `${endpoint.name}: ${past}`;
        },
      });
    return h(
      Section,
      { key: one.id, title: one.id },
      h(Facts, {
        facts: [
          ["Healthy", `${up} of ${one.endpoints.length}`],
          ["Balance", one.balance],
          ["In flight", count(one.active)],
          ["Waiting", count(one.waiting)],
          ["Refused", count(one.refused)],
          ["Breaker", one.breaker],
          one.panic && ["Panic", h(State, { kind: "warn" }, "too few are healthy: all are used")],
        ],
      }),
      h(Table, {
        name: `upstream-${one.id}`,
        label: `Endpoints of ${one.id}`,
        rows: one.endpoints,
        keyOf: (row) => row.name,
        empty: h(Empty, { title: "It has no endpoints now." }, "They come from the configuration, from a name in DNS or from a registry's list."),
        actions: (row) => (hub.can("operator") ? [admin(row, "up", "up"), admin(row, "drain", "draining"), admin(row, "down", "down")] : null),
        columns: [
          { key: "name", label: "Endpoint", get: (row) => row.name },
          { key: "address", label: "Address", get: (row) => row.address, show: (row) => h("code", null, `${row.tls ? "https " : ""}${row.address}`) },
          { key: "state", label: "State", get: (row) => row.state, show: (row) => h(State, { kind: KINDS[row.state] || "bad" }, row.state) },
          { key: "since", label: "Since", get: (row) => row.since, show: (row) => h(Ago, { at: row.since }) },
          {
            key: "reason",
            label: "Reason, and the last check",
            wide: true,
            get: (row) => `${row.reason}; ${row.last_check || "not checked"}`,
            show: (row) => [row.reason, h("small", { key: "check" }, `last check: ${row.last_check || "none yet"}`)],
          },
          { key: "weight", label: "Weight", num: true, get: (row) => row.weight, show: (row) => h(Weight, { name: row.name, weight: row.weight, send: send(row) }) },
          { key: "active", label: "In flight", num: true, get: (row) => row.active, show: (row) => count(row.active) },
          { key: "requests", label: "Requests", num: true, get: (row) => row.requests, show: (row) => count(row.requests) },
          { key: "failures", label: "Failures", num: true, get: (row) => row.failures, show: (row) => count(row.failures) },
          { key: "latency", label: "Latency", num: true, get: (row) => row.latency_ms, show: (row) => `${row.latency_ms.toFixed(1)} ms` },
        ],
      }),
    );
  }
}
