// The frame: who is logged in, which page is shown, how fresh what it shows is.
import { h, render, Component, createRef } from "./lib.js";
import { hub, place } from "./hub.js";
import { Notes, Failure } from "./view.js";
import { Login } from "./pages/login.js";
import { Overview } from "./pages/overview.js";
import { Listeners } from "./pages/listeners.js";
import { Upstreams } from "./pages/upstreams.js";
import { Connections } from "./pages/connections.js";
import { Config } from "./pages/config.js";
import { Events } from "./pages/events.js";
import { Tunnels } from "./pages/tunnels.js";
import { Mqtt } from "./pages/mqtt.js";
import { Registry } from "./pages/registry.js";
import { Relay } from "./pages/relay.js";
import { Metrics } from "./pages/metrics.js";

const PAGES = {
  overview: ["Overview", Overview],
  listeners: ["Listeners & routes", Listeners],
  upstreams: ["Upstreams", Upstreams],
  connections: ["Connections", Connections],
  tunnels: ["Tunnels", Tunnels],
  mqtt: ["MQTT", Mqtt],
  registry: ["Chain & registry", Registry],
  relay: ["Relay", Relay],
  config: ["Config", Config],
  events: ["Events", Events],
  metrics: ["Metrics", Metrics],
};

/** Live, or how old what is shown is. */
class Freshness extends Component {
  componentDidMount() {
    this.off = hub.on("health", () => this.forceUpdate());
    this.timer = setInterval(() => hub.lost && this.forceUpdate(), 1000);
  }

  componentWillUnmount() {
    this.off();
    clearInterval(this.timer);
  }

  render() {
    document.documentElement.classList.toggle("stale", hub.lost);
    return h(
      "span",
      { class: hub.lost ? "fresh lost" : "fresh" },
      h("span", { class: "dot", "aria-hidden": "true" }),
      hub.lost ? `reconnecting, data from ${hub.age()} s ago` : "live",
    );
  }
}

class Theme extends Component {
  choose = (event) => {
    const theme = event.target.value;
    try {
      localStorage.setItem("fairlead-theme", theme);
    } catch {
      // It holds until the page is left.
    }
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    this.forceUpdate();
  };

  render() {
    const theme = document.documentElement.dataset.theme || "auto";
    return h(
      "select",
      { class: "theme", "aria-label": "Colours", value: theme, onChange: this.choose },
      h("option", { value: "auto" }, "Auto"),
      h("option", { value: "light" }, "Light"),
      h("option", { value: "dark" }, "Dark"),
    );
  }
}

class App extends Component {
  heading = createRef();
  state = { ready: false, name: "", error: null };

  async componentDidMount() {
    hub.on("session", () => this.known());
    addEventListener("hashchange", () => this.moved());
    await this.begin();
  }

  begin = async () => {
    try {
      await hub.resume();
      this.setState({ ready: true, error: null });
    } catch (error) {
      this.setState({ error });
      setTimeout(this.begin, 3000);
    }
  };

  async known() {
    this.forceUpdate();
    if (!hub.session) return;
    try {
      this.setState({ name: (await hub.get("v1/status")).name });
    } catch {
      // The page below says so.
    }
  }

  moved() {
    this.forceUpdate(() => this.heading.current && this.heading.current.focus());
    hub.tell("place");
  }

  render(_, { ready, name, error }) {
    const { page } = place();
    const [title, View] = PAGES[page] || ["No such page", null];
    const shown = hub.session ? title : "Log in";
    document.title = `${shown} – ${name && hub.session ? name : "Fairlead"}`;
    if (!ready) {
      return h("main", { class: "plain" }, h("h1", null, "Fairlead"), error ? h(Failure, { error }) : h("p", { "aria-busy": "true" }, "Asking the gateway…"));
    }
    if (!hub.session) return [h("main", { class: "plain", key: "login" }, h(Login)), h(Notes, { key: "notes" })];
    const skip = (event) => {
      event.preventDefault();
      this.heading.current.focus();
    };
    return [
      h("a", { key: "skip", class: "skip", href: "#main", onClick: skip }, "Skip to the page"),
      h(
        "header",
        { key: "head", class: "top" },
        h("a", { class: "brand", href: "#/overview" }, h("img", { src: "icon.svg", alt: "", width: 24, height: 24 }), h("strong", null, name || "Fairlead")),
        h(Freshness),
        h("span", { class: "grow" }),
        h("span", { class: "who" }, `${hub.session.who} (${hub.session.role})`),
        h(Theme),
        h("button", { type: "button", class: "small secondary outline", onClick: () => hub.logout().catch(() => {}) }, "Log out"),
      ),
      h(
        "nav",
        { key: "nav", class: "side", "aria-label": "Pages" },
        h(
          "ul",
          null,
          Object.entries(PAGES).map(([key, [label]]) =>
            h("li", { key }, h("a", { href: `#/${key}`, "aria-current": key === page ? "page" : undefined }, label)),
          ),
        ),
      ),
      h(
        "main",
        { key: "main", id: "main", class: "page" },
        h("h1", { ref: this.heading, tabIndex: -1 }, title),
        View ? h(View, { key: page }) : h("p", null, "There is no page of this name. ", h("a", { href: "#/overview" }, "To the overview")),
      ),
      h(Notes, { key: "notes" }),
    ];
  }
}

const root = document.getElementById("app");
root.replaceChildren();
render(h(App), root);
