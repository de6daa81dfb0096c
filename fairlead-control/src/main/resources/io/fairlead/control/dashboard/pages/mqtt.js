// The broker: who is there, what they listen to, what is retained.
import { h, Component } from "../lib.js";
import { hub, place, ApiError } from "../hub.js";
import { Act, count, Empty, Failure, Filter, Page, say, seconds, Section, State } from "../view.js";
import { Table } from "../table.js";

class Publish extends Component {
  state = { error: null };

  submit = async (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    const body = { topic: form.get("topic"), payload: form.get("payload"), qos: Number(form.get("qos")), retain: form.get("retain") === "on" };
    try {
      await hub.ask("POST", "v1/mqtt/publish", { body });
      say(`published to ${body.topic}`);
      this.setState({ error: null });
    } catch (error) {
      this.setState({ error });
    }
    hub.tell("wake");
  };

  render(_, { error }) {
    return h(
      "form",
      { class: "tester", onSubmit: this.submit },
      h("label", { class: "wide" }, "Topic", h("input", { name: "topic", required: true, spellcheck: false, autocomplete: "off" })),
      h("label", null, "QoS", h("select", { name: "qos" }, [0, 1, 2].map((qos) => h("option", { key: qos, value: qos }, qos)))),
      h("label", { class: "check" }, h("input", { name: "retain", type: "checkbox" }), "Retain"),
      h("label", { class: "wide" }, "Message", h("textarea", { name: "payload", rows: 2, spellcheck: false })),
      h("button", { type: "submit", class: "small" }, "Publish"),
      h(Failure, { error }),
    );
  }
}

export class Mqtt extends Page {
  every = 4000;

  async load() {
    const { listeners = {} } = await hub.config();
    if (!Object.values(listeners).some((one) => one.proto === "mqtt")) return { none: true };
    try {
      const filter = place().params.get("filter") || "#";
      const [clients, subscriptions, bridges] = await Promise.all([hub.get("v1/mqtt/clients"), hub.get("v1/mqtt/subscriptions"), hub.get("v1/mqtt/bridges")]);
      let retained = [];
      let wrong = null;
      try {
        retained = (await hub.get(`v1/mqtt/retained?filter=${encodeURIComponent(filter)}`)).messages;
      } catch (failure) {
        if (!(failure instanceof ApiError) || failure.status !== 400) throw failure;
        wrong = failure;
      }
      return { clients: clients.clients, subscriptions: subscriptions.subscriptions, bridges: bridges.bridges, retained, wrong };
    } catch (failure) {
      if (failure instanceof ApiError && failure.code === "no_broker") return { none: true };
      throw failure;
    }
  }

  heard() {
    if (hub.events[0].kind.startsWith("mqtt.")) this.refresh();
  }

  show({ none, clients, subscriptions, bridges, retained, wrong }) {
    if (none) return h(Empty, { title: "No broker runs." }, "A listener with `proto: mqtt` starts one.");
    const kick = (row, session) =>
      h(Act, {
        key: session ? "forget" : "kick",
        label: session ? "Forget" : "Kick",
        title: session ? `Forget the session of ${row.client_id}` : `Kick ${row.client_id}`,
        danger: session,
        ask: session
          ? `The session of ${row.client_id} ends: its subscriptions and ${row.queued} queued messages are lost.`
          : `The connection of ${row.client_id} ends. Its session stays, and it may come back.`,
        run: async () => {
          await hub.ask("DELETE", `v1/mqtt/clients/${encodeURIComponent(row.client_id)}${session ? "?session=1" : ""}`);
          return session ? `${row.client_id} is forgotten` : `${row.client_id} was kicked`;
        },
      });
    return [
      h(
        Section,
        { key: "clients", title: "Clients", aside: h(Filter, { label: "Filter" }) },
        h(Table, {
          name: "clients",
          label: "Clients",
          rows: clients,
          keyOf: (row) => row.client_id,
          empty: h(Empty, { title: "No client is known." }, "Clients that are connected, and sessions that wait for theirs, stand here."),
          actions: (row) => (hub.can("operator") ? [row.connected && kick(row, false), kick(row, true)] : null),
          columns: [
            { key: "id", label: "Client", get: (row) => row.client_id },
            { key: "principal", label: "User", get: (row) => row.principal },
            { key: "state", label: "State", get: (row) => (row.connected ? "connected" : "away"), show: (row) => h(State, { kind: row.connected ? "good" : "calm" }, row.connected ? "connected" : "away") },
            { key: "version", label: "Version", get: (row) => row.version },
            { key: "remote", label: "From", get: (row) => row.remote },
            { key: "keep", label: "Keep alive", num: true, get: (row) => row.keep_alive_seconds, show: (row) => (row.keep_alive_seconds ? seconds(row.keep_alive_seconds) : "none") },
            { key: "queued", label: "Queued", num: true, get: (row) => row.queued, show: (row) => count(row.queued) },
            { key: "inflight", label: "In flight", num: true, get: (row) => row.inflight, show: (row) => count(row.inflight) },
            { key: "subscriptions", label: "Filters", num: true, get: (row) => row.subscriptions.length },
          ],
        }),
      ),
      h(
        Section,
        { key: "subscriptions", title: "Subscriptions" },
        h(Table, {
          name: "subscriptions",
          label: "Subscriptions",
          sort: "ssort",
          rows: subscriptions,
          keyOf: (row) => `${row.client_id} ${row.filter}`,
          empty: h(Empty, { title: "Nobody has subscribed." }),
          columns: [
            { key: "filter", label: "Filter", get: (row) => row.filter, show: (row) => h("code", null, row.filter) },
            { key: "client", label: "Client", get: (row) => row.client_id },
            { key: "state", label: "State", get: (row) => (row.connected ? "connected" : "away") },
          ],
        }),
      ),
      h(
        Section,
        { key: "retained", title: "Retained messages", aside: h(Filter, { name: "filter", label: "Topic filter", placeholder: "#" }) },
        h(Failure, { error: wrong }),
        h(Table, {
          name: "retained",
          label: "Retained messages",
          sort: "rsort",
          rows: retained,
          keyOf: (row) => row.topic,
          empty: h(Empty, { title: "Nothing is retained there." }),
          actions: (row) =>
            hub.can("operator")
              ? h(Act, {
                  label: "Delete",
                  title: `Delete what is retained on ${row.topic}`,
                  ask: `What is retained on ${row.topic} is deleted for everybody.`,
                  danger: true,
                  run: async () => {
                    await hub.ask("DELETE", `v1/mqtt/retained?filter=${encodeURIComponent(row.topic)}`);
                    return `${row.topic}: deleted`;
                  },
                })
              : null,
          columns: [
            { key: "topic", label: "Topic", get: (row) => row.topic, show: (row) => h("code", null, row.topic) },
            { key: "qos", label: "QoS", num: true, get: (row) => row.qos },
            { key: "payload", label: "Message", get: (row) => row.payload ?? `base64 ${row.payload_base64}`, show: (row) => h("span", { class: "payload" }, (row.payload ?? `base64 ${row.payload_base64}`).slice(0, 300)) },
          ],
        }),
        retained.length >= 1000 && h("p", { class: "quiet" }, "The first 1000; a narrower filter shows others."),
      ),
      hub.can("operator") && h(Section, { key: "publish", title: "Publish" }, h(Publish)),
      bridges.length > 0 &&
        h(
          Section,
          { key: "bridges", title: "Bridges" },
          h(Table, {
            name: "bridges",
            label: "Bridges",
            sort: "bsort",
            rows: bridges,
            keyOf: (row) => row.name,
            columns: [
              { key: "name", label: "Bridge", get: (row) => row.name },
              { key: "state", label: "State", get: (row) => row.state, show: (row) => h(State, { kind: row.trouble ? "warn" : "good" }, row.state) },
              { key: "address", label: "To", get: (row) => row.address },
              { key: "queued", label: "Queued", num: true, get: (row) => row.queued },
              { key: "sent", label: "Sent", num: true, get: (row) => row.sent },
              { key: "received", label: "Received", num: true, get: (row) => row.received },
              { key: "trouble", label: "Trouble", get: (row) => row.trouble },
            ],
          }),
        ),
    ];
  }
}
