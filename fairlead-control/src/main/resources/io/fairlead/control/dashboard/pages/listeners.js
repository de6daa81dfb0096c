// Where traffic comes in and where it goes. What is configured and how it fares are two columns.
import { h, Component } from "../lib.js";
import { hub } from "../hub.js";
import { count, Empty, Failure, Filter, Page, plural, Section, State } from "../view.js";
import { Table } from "../table.js";

/** How the target of a route fares. */
function fate(action, upstreams) {
  const name = /^upstream (\S+)/.exec(action);
  if (!name) return ["calm", "needs no upstream"];
  const upstream = upstreams.find((one) => one.id === name[1]);
  if (!upstream) return ["calm", "not known"];
  const up = upstream.endpoints.filter((one) => one.state === "healthy" || one.state === "unknown").length;
  const all = upstream.endpoints.length;
  if (all === 0) return ["bad", "has no endpoints"];
  if (up === all) return ["good", `${plural(all, "endpoint")} up`];
  return [up === 0 ? "bad" : "warn", `${up} of ${all} up`];
}

class Tester extends Component {
  state = { answer: null, error: null };

  submit = async (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    const headers = {};
    for (const line of form.get("headers").split("\n")) {
      const colon = line.indexOf(":");
      if (colon > 0) headers[line.slice(0, colon).trim()] = line.slice(colon + 1).trim();
    }
    const body = { method: form.get("method"), url: form.get("url"), headers };
    if (form.get("client_ip")) body.client_ip = form.get("client_ip");
    try {
      this.setState({ answer: (await hub.ask("POST", "v1/routes/test", { body })).data, error: null });
    } catch (error) {
      this.setState({ error, answer: null });
    }
  };

  render(_, { answer, error }) {
    return h(
      "div",
      null,
      h(
        "form",
        { class: "tester", onSubmit: this.submit },
        h("label", null, "Method", h("select", { name: "method" }, ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].map((method) => h("option", { key: method }, method)))),
        h("label", { class: "wide" }, "URL", h("input", { name: "url", required: true, placeholder: "http://shop.example/cart", spellcheck: false })),
        h("label", null, "Client address", h("input", { name: "client_ip", placeholder: "127.0.0.1", spellcheck: false })),
        h("label", { class: "wide" }, "Header fields, one a line", h("textarea", { name: "headers", rows: 2, placeholder: "X-Version: 2", spellcheck: false })),
        h("button", { type: "submit", class: "small" }, "Which route?"),
      ),
      h(Failure, { error }),
      h(
        "div",
        { "aria-live": "polite" },
        answer &&
          answer.sites.map((site) =>
            h(
              "div",
              { key: site.site, class: "verdict" },
              h("strong", null, `Site ${site.site}: `),
              site.refused
                ? h(State, { kind: "bad" }, site.refused)
                : site.route
                  ? h(State, { kind: "good" }, `route ${site.route.id} → ${site.route.action}`)
                  : h(State, { kind: "warn" }, "no route takes it: 404"),
              site.passed.length > 0 &&
                h("ul", null, site.passed.map((other) => h("li", { key: other.id }, h("code", null, other.id), ` does not match: ${other.reason}`))),
            ),
          ),
        answer && !answer.sites.length && h(Empty, { title: "No HTTP site is configured." }),
      ),
    );
  }
}

export class Listeners extends Page {
  async load() {
    const [listeners, routes, upstreams, config] = await Promise.all([
      hub.get("v1/listeners"),
      hub.get("v1/routes"),
      hub.get("v1/upstreams"),
      hub.config(),
    ]);
    return { listeners: listeners.listeners, routes: routes.routes, upstreams: upstreams.upstreams, config: config.listeners || {} };
  }

  show({ listeners, routes, upstreams, config }) {
    const wanted = Object.keys(config).filter((id) => !listeners.some((one) => one.id === id));
    const rows = [...listeners, ...wanted.map((id) => ({ id, service: "", addresses: [], open_connections: 0, accepted_total: 0, missing: true }))];
    return [
      h(
        Section,
        { key: "listeners", title: "Listeners", aside: h(Filter, { label: "Filter" }) },
        h(Table, {
          name: "listeners",
          label: "Listeners",
          rows,
          keyOf: (row) => row.id,
          empty: h(Empty, { title: "No listener is configured." }, "Add one to the section `listeners`: a name, an address to bind, and what it speaks."),
          columns: [
            { key: "id", label: "Listener", get: (row) => row.id },
            { key: "service", label: "Service", get: (row) => row.service },
            { key: "addresses", label: "Bound to", get: (row) => row.addresses, show: (row) => row.addresses.map((one) => h("code", { key: one }, one, " ")) },
            { key: "config", label: "Configuration", get: (row) => (config[row.id] ? "in the configuration" : "leaving"), show: (row) => h(State, { kind: config[row.id] ? "good" : "calm" }, config[row.id] ? "in the configuration" : "leaving") },
            { key: "health", label: "Health", get: (row) => (row.missing ? "not bound" : "accepting"), show: (row) => h(State, { kind: row.missing ? "bad" : "good" }, row.missing ? "not bound" : "accepting") },
            { key: "open", label: "Open", num: true, get: (row) => row.open_connections, show: (row) => h("a", { href: `#/connections?service=${encodeURIComponent(row.id)}` }, count(row.open_connections)) },
            { key: "accepted", label: "Accepted", num: true, get: (row) => row.accepted_total, show: (row) => count(row.accepted_total) },
          ],
        }),
      ),
      h(
        Section,
        { key: "routes", title: "Routes" },
        h(Table, {
          name: "routes",
          label: "Routes",
          sort: "rsort",
          rows: routes.map((route, i) => ({ ...route, order: i + 1 })),
          keyOf: (row) => `${row.site}/${row.id}/${row.order}`,
          empty: h(Empty, { title: "No HTTP site is configured." }, "Add one to the section `http`, and name it as the `service` of a listener."),
          columns: [
            { key: "order", label: "Order", num: true, get: (row) => row.order },
            { key: "site", label: "Site", get: (row) => row.site },
            { key: "id", label: "Route", get: (row) => row.id },
            { key: "match", label: "Matches", get: (row) => row.match, show: (row) => h("code", null, row.match) },
            { key: "action", label: "Configuration", get: (row) => row.action },
            { key: "health", label: "Health", get: (row) => fate(row.action, upstreams)[1], show: (row) => h(State, { kind: fate(row.action, upstreams)[0] }, fate(row.action, upstreams)[1]) },
          ],
        }),
      ),
      h(Section, { key: "tester", title: "Which route takes a request?" }, h(Tester)),
    ];
  }
}
