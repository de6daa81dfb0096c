// Agents, what they expose, and the tokens they come with.
import { h } from "../lib.js";
import { hub } from "../hub.js";
import { Act, bytes, copy, count, Empty, Facts, Filter, Page, seconds, Section, State } from "../view.js";
import { Table } from "../table.js";

export class Tunnels extends Page {
  async load() {
    const { tunnels } = await hub.config();
    const report = await hub.get("v1/tunnels");
    return { ...report, tokens: tunnels && tunnels.server ? await hub.get("v1/tunnel-tokens") : null };
  }

  heard() {
    if (hub.events[0].kind === "tunnel.agent") this.refresh();
  }

  show({ agents, agent, tokens }) {
    const services = agents.flatMap((one) => one.services.map((service) => ({ ...service, agent: one.name })));
    return [
      h(
        Section,
        { key: "agents", title: "Agents", aside: h(Filter, { label: "Filter" }) },
        h(Table, {
          name: "agents",
          label: "Agents",
          rows: agents,
          keyOf: (row) => row.name,
          empty: tokens
            ? h(Empty, { title: "No agent is known." }, "On the machine to be reached: `fairlead tunnel expose http PORT --server HOST:PORT --token-file FILE`")
            : h(Empty, { title: "This gateway is no tunnel server." }, "The section `tunnels.server` makes it one."),
          actions: (row) =>
            hub.can("operator") && row.connected
              ? h(Act, {
                  label: "Cut",
                  title: `Cut agent ${row.name}`,
                  ask: `The connections of agent ${row.name} end now. It comes back by itself unless its token is revoked.`,
                  danger: true,
                  run: async () => {
                    await hub.ask("DELETE", `v1/tunnels/${encodeURIComponent(row.name)}`);
                    return `${row.name} was cut`;
                  },
                })
              : null,
          columns: [
            { key: "name", label: "Agent", get: (row) => (row.entry ? `${row.name} (${row.entry})` : row.name) },
            { key: "connected", label: "State", get: (row) => (row.connected ? "connected" : "away"), show: (row) => h(State, { kind: row.connected ? "good" : "warn" }, row.connected ? "connected" : "away") },
            { key: "since", label: "For", num: true, get: (row) => row.since_seconds, show: (row) => seconds(row.since_seconds) },
            { key: "remote", label: "From", get: (row) => row.remote },
            { key: "rtt", label: "Round trip", num: true, get: (row) => row.rtt_seconds, show: (row) => seconds(row.rtt_seconds) },
            { key: "carriers", label: "Carriers", num: true, get: (row) => row.carriers },
            { key: "streams", label: "Streams", num: true, get: (row) => row.streams },
          ],
        }),
      ),
      h(
        Section,
        { key: "services", title: "Services" },
        h(Table, {
          name: "services",
          label: "Services",
          sort: "ssort",
          rows: services,
          keyOf: (row) => `${row.agent}/${row.name}`,
          empty: h(Empty, { title: "Nothing is exposed." }),
          columns: [
            { key: "agent", label: "Agent", get: (row) => row.agent },
            { key: "name", label: "Service", get: (row) => row.name },
            { key: "type", label: "Type", get: (row) => row.type },
            {
              key: "at",
              label: "Public address",
              get: (row) => row.at,
              show: (row) => [h("code", { key: "at" }, row.at), " ", row.at && h("button", { key: "copy", type: "button", class: "link", "aria-label": `copy ${row.at}`, onClick: () => copy(row.at) }, "copy")],
            },
            { key: "streams", label: "Open", num: true, get: (row) => row.streams },
            { key: "opened", label: "Opened", num: true, get: (row) => row.opened, show: (row) => count(row.opened) },
            { key: "failed", label: "Failed", num: true, get: (row) => row.failed, show: (row) => count(row.failed) },
            { key: "received", label: "Received", num: true, get: (row) => row.received_bytes, show: (row) => bytes(row.received_bytes) },
            { key: "sent", label: "Sent", num: true, get: (row) => row.sent_bytes, show: (row) => bytes(row.sent_bytes) },
          ],
        }),
      ),
      tokens &&
        h(
          Section,
          { key: "tokens", title: "Tokens" },
          h(Table, {
            name: "tokens",
            label: "Tokens",
            sort: "tsort",
            rows: tokens.tokens,
            keyOf: (row) => row.name + row.created,
            empty: h(Empty, { title: "No token was made." }, "`fairlead tunnel token new NAME` makes one."),
            actions: (row) =>
              hub.can("operator") && !row.revoked
                ? h(Act, {
                    label: "Revoke",
                    title: `Revoke the token of ${row.name}`,
                    ask: `Agent ${row.name} is cut and cannot come back with this token.`,
                    danger: true,
                    run: async () => {
                      await hub.ask("DELETE", `v1/tunnel-tokens/${encodeURIComponent(row.name)}`);
                      return `the token of ${row.name} is revoked`;
                    },
                  })
                : null,
            columns: [
              { key: "name", label: "Agent", get: (row) => row.name },
              { key: "state", label: "State", get: (row) => (row.revoked ? "revoked" : "in force"), show: (row) => h(State, { kind: row.revoked ? "calm" : "good" }, row.revoked ? "revoked" : "in force") },
              { key: "hosts", label: "Hosts", get: (row) => row.http_hosts },
              { key: "tcp", label: "TCP ports", get: (row) => row.tcp_ports },
              { key: "udp", label: "UDP ports", get: (row) => row.udp_ports },
            ],
          }),
        ),
      agent &&
        h(
          Section,
          { key: "own", title: "This gateway as an agent" },
          h(Facts, {
            facts: [
              ["Name", agent.name],
              ["State", h(State, { kind: agent.connected ? "good" : "bad" }, agent.connected ? "connected" : "not connected")],
              ["Server", agent.server],
              ["Carriers", agent.carriers],
              ["Round trip", seconds(agent.rtt_seconds)],
              ["Exposed", JSON.stringify(agent.exposed)],
              ["Refused", JSON.stringify(agent.refused)],
            ],
          }),
        ),
    ];
  }
}
