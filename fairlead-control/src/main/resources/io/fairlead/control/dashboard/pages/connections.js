// Live connections. The gateway filters and pages; the page asks for more when it is told to.
import { h } from "../lib.js";
import { hub, place } from "../hub.js";
import { Act, bytes, Choice, count, Empty, Filter, Page, seconds } from "../view.js";
import { Table } from "../table.js";

const PAGE = 500;
const ASKED_MAX = 100000;

export class Connections extends Page {
  every = 4000;
  #asked = "";

  async load() {
    const params = place().params;
    const query = new URLSearchParams({ limit: String(PAGE) });
    for (const key of ["service", "user", "older"]) {
      if (params.get(key)) query.set(key, params.get(key).trim());
    }
    this.#asked = this.wish();
    const wanted = Math.min(ASKED_MAX, (this.state && this.state.wanted) || PAGE);
    const rows = [];
    let more;
    do {
      const answer = await hub.get(`v1/connections?${query}`);
      rows.push(...answer.connections);
      more = answer.next_cursor;
      if (more) query.set("cursor", more);
    } while (more && rows.length < wanted);
    return { rows, more: Boolean(more) };
  }

  wish() {
    const params = place().params;
    return ["service", "user", "older"].map((key) => params.get(key) || "").join("|");
  }

  componentDidUpdate() {
    if (this.#asked === this.wish()) return;
    this.#asked = this.wish();
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.refresh(), 300);
  }

  show({ rows, more }) {
    const cut = (row) =>
      h(Act, {
        label: "Cut",
        title: `Cut connection ${row.id} of ${row.remote}`,
        ask: `The connection of ${row.remote} to ${row.listener} ends now, with whatever is under way on it.`,
        danger: true,
        run: async () => {
          await hub.ask("DELETE", `v1/connections/${row.id}`);
          return `connection ${row.id} was cut`;
        },
      });
    return [
      h(
        "div",
        { key: "tools", class: "tools" },
        h(Filter, { name: "service", label: "Listener or kind", placeholder: "web" }),
        h(Filter, { name: "user", label: "User" }),
        h(Choice, {
          name: "older",
          label: "Open for",
          options: [["", "any time"], ["10s", "10 s and more"], ["1m", "1 min and more"], ["10m", "10 min and more"], ["1h", "1 h and more"]],
        }),
        h(Filter, { label: "Has the words", placeholder: "192.0.2.7" }),
      ),
      h(Table, {
        key: "table",
        name: "connections",
        label: "Connections",
        rows,
        initial: "-id",
        keyOf: (row) => row.id,
        empty: h(Empty, { title: "No connection is open that matches." }, "They appear here while they live; what they did is in the access log."),
        actions: (row) => (hub.can("operator") ? cut(row) : null),
        columns: [
          { key: "id", label: "Id", num: true, get: (row) => row.id },
          { key: "remote", label: "From", get: (row) => row.remote, show: (row) => h("code", null, row.remote) },
          { key: "listener", label: "Listener", get: (row) => row.listener },
          { key: "kind", label: "Kind", get: (row) => row.kind },
          { key: "user", label: "User", get: (row) => (row.entry ? `${row.user} ${row.entry}` : row.user) },
          { key: "destination", label: "To", get: (row) => row.destination },
          { key: "received", label: "Received", num: true, get: (row) => row.received_bytes, show: (row) => bytes(row.received_bytes) },
          { key: "sent", label: "Sent", num: true, get: (row) => row.sent_bytes, show: (row) => bytes(row.sent_bytes) },
          { key: "age", label: "Open for", num: true, get: (row) => row.age, show: (row) => seconds(row.age) },
        ],
      }),
      more &&
        h(
          "p",
          { key: "more" },
          h("button", { type: "button", class: "small secondary", onClick: () => this.setState({ wanted: rows.length + PAGE }, () => this.refresh()) }, `Ask for more than the first ${count(rows.length)}`),
        ),
    ];
  }
}
