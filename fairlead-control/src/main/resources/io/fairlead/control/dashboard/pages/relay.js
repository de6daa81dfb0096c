// Whether others can reach this node, through whom, and whom it carries for.
import { h } from "../lib.js";
import { hub } from "../hub.js";
import { Act, Ago, bytes, copy, Empty, Facts, Page, seconds, Section, State } from "../view.js";
import { Table } from "../table.js";

const VERDICTS = { public: ["good", "others can dial it"], private: ["warn", "others cannot dial it: relays are needed"], unknown: ["calm", "not known yet"] };

function limit(limits) {
  const parts = [];
  if (limits && limits.duration_seconds) parts.push(seconds(limits.duration_seconds));
  if (limits && limits.data_bytes) parts.push(bytes(limits.data_bytes));
  return parts.join(", ") || "none";
}

const peer = { key: "peer", label: "Peer", get: (row) => row.peer, show: (row) => h("code", { title: row.peer }, row.peer) };

export class Relay extends Page {
  every = 4000;

  async load() {
    return hub.get("v1/relay");
  }

  heard() {
    if (hub.events[0].kind.startsWith("relay.")) this.refresh();
  }

  show(report) {
    if (!report.enabled) return h(Empty, { title: "No relay node runs here." }, "The section `relay` with `enabled: true` starts one.");
    const [kind, words] = VERDICTS[report.reachability] || ["calm", report.reachability];
    return [
      h(
        Section,
        {
          key: "node",
          title: "This node",
          aside: h(Act, { label: "Probe now", run: async () => (await hub.ask("POST", "v1/relay/probe"), "others are asked to dial this node") }),
        },
        h(Facts, {
          facts: [
            ["Peer id", [h("code", { key: "id" }, report.peer_id), " ", h("button", { key: "copy", type: "button", class: "link", "aria-label": "copy the peer id", onClick: () => copy(report.peer_id) }, "copy")]],
            ["Reachability", h(State, { kind }, `${report.reachability}: ${words}`)],
            report.last_probe && ["Last probe", h(Ago, { at: report.last_probe })],
            ["Listens on", (report.listening || []).join(", ") || "nothing"],
          ],
        }),
      ),
      h(
        Section,
        { key: "addresses", title: "Addresses it tells" },
        h(Table, {
          name: "addresses",
          label: "Addresses",
          rows: report.addresses,
          keyOf: (row) => row.address,
          empty: h(Empty, { title: "It tells none." }),
          columns: [
            { key: "address", label: "Address", get: (row) => row.address, show: (row) => h("code", null, row.address) },
            { key: "reason", label: "Kind", get: (row) => row.reason },
            { key: "reachability", label: "Verdict", get: (row) => row.reachability || "not probed" },
          ],
        }),
      ),
      report.auto && this.auto(report.auto),
      this.service(report.service),
      h(
        Section,
        { key: "connections", title: "Connections" },
        h(Table, {
          name: "peers",
          label: "Connections",
          sort: "csort",
          rows: report.connections,
          keyOf: (row) => `${row.peer} ${row.address}`,
          empty: h(Empty, { title: "No peer is connected." }),
          actions: (row) =>
            hub.can("operator")
              ? h(Act, {
                  label: "Disconnect",
                  title: `Disconnect ${row.peer}`,
                  ask: `Every connection with ${row.peer} ends.`,
                  danger: true,
                  run: async () => (await hub.ask("DELETE", `v1/relay/peers/${encodeURIComponent(row.peer)}`), "disconnected"),
                })
              : null,
          columns: [
            peer,
            { key: "address", label: "Address", get: (row) => row.address, show: (row) => h("code", null, row.address) },
            { key: "way", label: "Way", get: (row) => `${row.inbound ? "in" : "out"}${row.relayed ? ", relayed" : ""}${row.limited ? ", limited" : ""}` },
            { key: "streams", label: "Streams", num: true, get: (row) => row.streams },
            { key: "entry", label: "Member", get: (row) => row.entry },
          ],
        }),
      ),
    ];
  }

  auto(auto) {
    return h(
      Section,
      { key: "auto", title: "Relays that keep a place for it" },
      h(Facts, { facts: [["Wanted", auto.num_relays], ["Held", auto.relays.length], ["Search", auto.search]] }),
      h(Table, {
        name: "relays",
        label: "Relays",
        rows: auto.relays,
        keyOf: (row) => row.peer,
        empty: h(Empty, { title: "No relay keeps a place." }, "Places are asked for when others cannot dial this node."),
        actions: (row) =>
          hub.can("operator")
            ? h(Act, {
                label: "Drop",
                title: `Drop relay ${row.peer}`,
                ask: `The place at ${row.peer} is given up; another relay is looked for.`,
                danger: true,
                run: async () => (await hub.ask("DELETE", `v1/relay/relays/${encodeURIComponent(row.peer)}`), "dropped"),
              })
            : null,
        columns: [
          peer,
          { key: "state", label: "State", get: (row) => row.state },
          { key: "expires", label: "Expires", get: (row) => row.expires, show: (row) => h(Ago, { at: row.expires }) },
          { key: "rtt", label: "Round trip", num: true, get: (row) => row.rtt_seconds, show: (row) => seconds(row.rtt_seconds) },
          { key: "limits", label: "Limits", get: (row) => limit(row.limits) },
          { key: "refresh", label: "Last refresh", get: (row) => row.refresh },
        ],
      }),
      h("h3", null, "Candidates"),
      h(Table, {
        name: "candidates",
        label: "Candidates",
        sort: "dsort",
        rows: auto.candidates,
        keyOf: (row) => row.peer,
        empty: h(Empty, { title: "No candidate waits." }),
        columns: [
          peer,
          { key: "age", label: "Known for", num: true, get: (row) => row.age_seconds, show: (row) => seconds(row.age_seconds) },
          { key: "rtt", label: "Round trip", num: true, get: (row) => row.rtt_seconds, show: (row) => seconds(row.rtt_seconds) },
          { key: "score", label: "Score", num: true, get: (row) => row.score && row.score.total, show: (row) => (row.score ? row.score.total.toFixed(2) : "–") },
        ],
      }),
      h("h3", null, "Back-off"),
      h(Table, {
        name: "backoff",
        label: "Back-off",
        sort: "bsort",
        rows: auto.backoff,
        keyOf: (row) => row.peer,
        empty: h(Empty, { title: "Nobody is left alone." }),
        actions: (row) =>
          hub.can("operator")
            ? h(Act, {
                label: "Clear",
                title: `Clear the back-off of ${row.peer}`,
                run: async () => (await hub.ask("DELETE", `v1/relay/backoff/${encodeURIComponent(row.peer)}`), "cleared"),
              })
            : null,
        columns: [
          peer,
          { key: "reason", label: "Reason", get: (row) => row.reason },
          { key: "left", label: "Time left", num: true, get: (row) => row.seconds, show: (row) => seconds(row.seconds) },
        ],
      }),
    );
  }

  service(service) {
    return h(
      Section,
      { key: "service", title: "Places it keeps for others" },
      h("p", null, h(State, { kind: service.serving ? "good" : "calm" }, service.serving ? "It serves as a relay." : "It does not serve as a relay.")),
      h(Table, {
        name: "places",
        label: "Places",
        sort: "psort",
        rows: service.reservations,
        keyOf: (row) => row.peer,
        empty: h(Empty, { title: "Nobody has a place here." }),
        columns: [
          peer,
          { key: "from", label: "From", get: (row) => row.from },
          { key: "expires", label: "Expires", get: (row) => row.expires, show: (row) => h(Ago, { at: row.expires }) },
          { key: "circuits", label: "Circuits", num: true, get: (row) => row.circuits },
        ],
      }),
      h("h3", null, "Circuits"),
      h(Table, {
        name: "circuits",
        label: "Circuits",
        sort: "isort",
        rows: service.circuits,
        keyOf: (row) => `${row.source} ${row.target} ${row.since}`,
        empty: h(Empty, { title: "Nothing is carried now." }),
        columns: [
          { key: "source", label: "From", get: (row) => row.source, show: (row) => h("code", null, row.source) },
          { key: "target", label: "To", get: (row) => row.target, show: (row) => h("code", null, row.target) },
          { key: "since", label: "Since", get: (row) => row.since, show: (row) => h(Ago, { at: row.since }) },
          { key: "limits", label: "Limits", get: (row) => limit(row.limits) },
          { key: "forth", label: "Forth", num: true, get: (row) => row.forth_bytes, show: (row) => bytes(row.forth_bytes) },
          { key: "back", label: "Back", num: true, get: (row) => row.back_bytes, show: (row) => bytes(row.back_bytes) },
        ],
      }),
    );
  }
}
