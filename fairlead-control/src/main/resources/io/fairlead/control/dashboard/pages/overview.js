// How it goes, in words and lines.
import { h } from "../lib.js";
import { hub } from "../hub.js";
import { Ago, bytes, count, Empty, Facts, Page, plural, seconds, Section, State } from "../view.js";
import { Chart } from "../chart.js";
import { EventList } from "./events.js";

const WINDOWS = [
  ["15m", "15 minutes"],
  ["24h", "24 hours"],
];

/** Growth a second between neighbours; a counter that fell began again. */
function rate(values, step) {
  return values.map((value, i) => {
    if (i === 0 || value === null || values[i - 1] === null) return null;
    return Math.max(0, value - values[i - 1]) / step;
  });
}

function last(values) {
  return values.findLast((value) => value !== null) ?? NaN;
}

/** What is wrong, or that nothing is, as an operator would say it. */
export function sentences(status, upstreams) {
  const wrong = [...status.degraded];
  const endpoints = upstreams.flatMap((one) => one.endpoints);
  const down = endpoints.filter((one) => one.state === "unhealthy" || one.state === "ejected" || one.state === "down");
  if (down.length) wrong.push(`${down.length} of ${plural(endpoints.length, "upstream endpoint")} ${down.length === 1 ? "is" : "are"} down`);
  const modules = Object.entries(status.modules).filter(([, state]) => state !== "running");
  if (modules.length) wrong.push(modules.map(([name, state]) => `${name} is ${state}`).join(", "));
  return wrong;
}

export class Overview extends Page {
  async load() {
    const window = this.window();
    const [status, upstreams, past] = await Promise.all([
      hub.get("v1/status"),
      hub.get("v1/upstreams"),
      hub.get(`v1/metrics/series?window=${window}`),
    ]);
    return { status, upstreams: upstreams.upstreams, past };
  }

  window() {
    return (this.state && this.state.window) || "15m";
  }

  heard() {
    this.forceUpdate();
  }

  charts(past) {
    const { step, end, series } = past;
    const of = (name) => series[name] || [];
    const grow = (name) => rate(of(name), step);
    const ratio = bytes(last(of('fairlead_memory_budget_bytes{kind="limit"}')));
    const requests = grow("fairlead_http_requests_total");
    const received = grow('fairlead_bytes_total{direction="received"}');
    const sent = grow('fairlead_bytes_total{direction="sent"}');
    const failed = grow('fairlead_http_requests_total{code="5xx"}');
    const slow = of('fairlead_http_request_duration_seconds{quantile="0.99"}');
    const open = of("fairlead_connections_open");
    const used = of('fairlead_memory_budget_bytes{kind="used"}');
    const messages = grow('fairlead_mqtt_messages_total{direction="received"}');
    const perSecond = (value) => `${count(value)}/s`;
    const bytesPerSecond = (value) => `${bytes(value)}/s`;
    const line = (title, now, format, ...lines) =>
      h(Chart, { key: title, title, now, format, step, end, series: lines.map(([name, values]) => ({ name, values })) });
    return [
      line("HTTP requests", perSecond(last(requests)), perSecond, ["requests", requests]),
      line("HTTP errors", perSecond(last(failed)), perSecond, ["server errors (5xx)", failed], ["client errors (4xx)", grow('fairlead_http_requests_total{code="4xx"}')]),
      line("Time to answer", `p99 ${seconds(last(slow))}`, seconds, ["half within", of('fairlead_http_request_duration_seconds{quantile="0.5"}')], ["99 % within", slow]),
      line("Open connections", count(last(open)), count, ["open", open]),
      line("Bytes", `${bytesPerSecond(last(received))} in`, bytesPerSecond, ["received", received], ["sent", sent]),
      line("Memory budget", `${bytes(last(used))} of ${ratio}`, bytes, ["used", used]),
      line("MQTT messages", perSecond(last(messages)), perSecond, ["received", messages], ["sent", grow('fairlead_mqtt_messages_total{direction="sent"}')]),
    ];
  }

  show({ status, upstreams, past }) {
    const wrong = sentences(status, upstreams);
    const more = wrong.filter((text) => !status.sentence.includes(text));
    return [
      h(
        "div",
        { key: "health", class: `health ${wrong.length ? "warn" : "good"}` },
        h(State, { kind: wrong.length ? "warn" : "good" }, `${status.sentence[0].toUpperCase()}${status.sentence.slice(1)}.`),
        more.length > 0 && h("ul", null, more.map((text) => h("li", { key: text }, text))),
      ),
      h(Facts, {
        key: "facts",
        facts: [
          ["Version", status.version],
          ["Up for", seconds(status.uptime)],
          ["Generation", h("a", { href: "#/config" }, `${status.generation} (${status.hash})`)],
          ["Connections", h("a", { href: "#/connections" }, count(status.connections))],
          ["Process", status.pid],
        ],
      }),
      h(
        Section,
        {
          key: "charts",
          title: "Now and before",
          aside: h(
            "select",
            {
              "aria-label": "How far back",
              value: this.window(),
              onChange: (event) => this.setState({ window: event.target.value }, () => this.refresh()),
            },
            WINDOWS.map(([value, label]) => h("option", { key: value, value }, label)),
          ),
        },
        h("div", { class: "charts" }, this.charts(past)),
      ),
      h(
        Section,
        { key: "events", title: "Last events", aside: h("a", { href: "#/events" }, "all events") },
        hub.events.length
          ? h(EventList, { events: hub.events.slice(0, 10) })
          : h(Empty, { title: "Nothing happened in the last hour." }, "Reloads, endpoints that come and go, members that leave and the like are told here."),
      ),
      h(
        Section,
        { key: "modules", title: "Parts" },
        h(
          "ul",
          { class: "chips" },
          Object.entries(status.modules).map(([name, state]) =>
            h("li", { key: name }, h(State, { kind: state === "running" ? "good" : "warn" }, state === "running" ? name : `${name}: ${state}`)),
          ),
        ),
        h("p", { class: "quiet" }, "Started ", h(Ago, { at: status.started_at }), "."),
      ),
    ];
  }
}
