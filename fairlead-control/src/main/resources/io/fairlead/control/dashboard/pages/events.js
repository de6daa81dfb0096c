// What happened, as it happens.
import { h, Component } from "../lib.js";
import { hub, place } from "../hub.js";
import { Ago, download, Empty, Filter } from "../view.js";

function text(value) {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(text).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function words(event) {
  return Object.entries(event)
    .filter(([name, value]) => !["at", "kind", "id"].includes(name) && value !== "")
    .map(([name, value]) => [name.replaceAll("_", " "), text(value)]);
}

export function EventList({ events }) {
  return h(
    "ol",
    { class: "events" },
    events.map((event) =>
      h(
        "li",
        { key: event.id },
        h(Ago, { at: event.at }),
        h("code", null, event.kind),
        h("span", null, words(event).map(([name, value]) => h("span", { key: name, class: "pair" }, h("span", { class: "quiet" }, name), " ", value, " "))),
      ),
    ),
  );
}

export class Events extends Component {
  state = { held: null, shown: 200 };

  componentDidMount() {
    this.off = [hub.on("events", () => this.forceUpdate()), hub.on("place", () => this.forceUpdate())];
    this.timer = setInterval(() => this.forceUpdate(), 5000); // ages grow
  }

  componentWillUnmount() {
    this.off.forEach((off) => off());
    clearInterval(this.timer);
  }

  render(_, { held, shown }) {
    const all = held || hub.events;
    const params = place().params;
    const kind = params.get("type") || "";
    const wanted = (params.get("q") || "").toLowerCase().split(/\s+/).filter(Boolean);
    const found = all.filter((event) => {
      if (kind && !event.kind.startsWith(kind)) return false;
      const line = `${event.kind} ${words(event).flat().join(" ")}`.toLowerCase();
      return wanted.every((word) => line.includes(word));
    });
    const lines = () => found.map((event) => JSON.stringify(event)).join("\n");
    return [
      h(
        "div",
        { key: "tools", class: "tools" },
        h(Filter, { name: "type", label: "Kind begins with", placeholder: "config." }),
        h(Filter, { label: "Has the words", placeholder: "generation 7" }),
        h(
          "button",
          { type: "button", class: "small secondary", "aria-pressed": held ? "true" : "false", onClick: () => this.setState({ held: held ? null : [...hub.events] }) },
          held ? `Go on (${Math.max(0, hub.events.length - held.length)} new)` : "Pause",
        ),
        h("button", { type: "button", class: "small secondary", onClick: () => download("events.jsonl", "application/jsonl", lines()) }, "Download"),
      ),
      h("p", { key: "count", class: "quiet" }, `${found.length} of the ${all.length} that this page has seen or been told of since an hour before it was opened, at most 1000`),
      found.length
        ? h(EventList, { key: "list", events: found.slice(0, shown) })
        : h(Empty, { key: "list", title: all.length ? "Nothing matches the filter." : "Nothing happened in the last hour." }, "Reloads, endpoints that change, tunnel agents, brokers' clients, certificates and members are told here. Lines of the log are where `logs` sends them."),
      found.length > shown && h("button", { key: "more", type: "button", class: "link", onClick: () => this.setState({ shown: shown + 200 }) }, "show more"),
    ];
  }
}
