// Lines over time, drawn by Chart.js, with a table of the same numbers for who cannot see them.
import { h, Component, createRef } from "./lib.js";
import { Failure } from "./view.js";

let library = null;

function drawing() {
  library ||= import("./lib/chart.js/4.5.1/dist/chart.umd.min.js").then(() => globalThis.Chart);
  return library;
}

const DASHES = [[], [6, 4], [2, 3]]; // lines differ by more than their colour

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** series: [{name, values}], oldest first; step in seconds; end the moment of the last value. */
export class Chart extends Component {
  canvas = createRef();
  #chart = null;
  #theme = null;
  #gone = false;

  async componentDidMount() {
    try {
      const Library = await drawing();
      if (this.#gone) return;
      this.#draw(Library);
      this.#theme = new MutationObserver(() => this.#paint());
      this.#theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    } catch (error) {
      this.setState({ error });
    }
  }

  componentDidUpdate() {
    this.#paint();
  }

  componentWillUnmount() {
    this.#gone = true;
    if (this.#theme) this.#theme.disconnect();
    if (this.#chart) this.#chart.destroy();
  }

  #labels() {
    const { series, step, end } = this.props;
    const last = Date.parse(end);
    const size = Math.max(0, ...series.map((one) => one.values.length));
    const labels = [];
    const clock = { hour: "2-digit", minute: "2-digit", second: step < 60 ? "2-digit" : undefined, hourCycle: "h23" };
    for (let i = size - 1; i >= 0; i--) labels.push(new Date(last - i * step * 1000).toLocaleTimeString([], clock));
    return labels;
  }

  #sets() {
    const lines = ["--chart-1", "--chart-2", "--chart-3"];
    return this.props.series.map((one, i) => ({
      label: one.name,
      data: one.values,
      borderColor: colour(lines[i % 3]),
      borderDash: DASHES[i % 3],
      borderWidth: 1.6,
      pointRadius: 0,
      pointHitRadius: 8,
      tension: 0,
      spanGaps: false,
    }));
  }

  #draw(Library) {
    const format = this.props.format || String;
    this.#chart = new Library(this.canvas.current, {
      type: "line",
      data: { labels: this.#labels(), datasets: this.#sets() },
      options: {
        animation: false,
        responsive: true,
        maintainAspectRatio: false,
        normalized: true,
        interaction: { mode: "index", intersect: false },
        plugins: {
          legend: { display: this.props.series.length > 1, position: "bottom", labels: { boxWidth: 24, boxHeight: 0, padding: 8 } },
          tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${format(item.parsed.y)}` } },
        },
        scales: {
          x: { ticks: { maxTicksLimit: 4, maxRotation: 0, autoSkip: true }, grid: { display: false } },
          y: { beginAtZero: true, suggestedMax: this.props.most || undefined, ticks: { maxTicksLimit: 4, callback: (value) => format(value) } },
        },
      },
    });
    this.#paint();
  }

  #paint() {
    const chart = this.#chart;
    if (!chart) return;
    chart.data.labels = this.#labels();
    chart.data.datasets = this.#sets();
    const ink = colour("--ink-2");
    const line = colour("--line");
    chart.options.plugins.legend.labels.color = ink;
    for (const axis of Object.values(chart.options.scales)) {
      axis.ticks.color = ink;
      axis.border = { color: line };
      axis.grid.color = line;
    }
    chart.update("none");
  }

  render({ title, series, step, format = String, now }, { error, open }) {
    const labels = open ? this.#labels() : [];
    const every = Math.max(1, Math.round(60 / step));
    const rows = labels.map((at, i) => [at, i]).filter(([, i]) => (labels.length - 1 - i) % every === 0);
    const words = series.map((one) => `${one.name} ${format(one.values.at(-1) ?? NaN)}`).join(", ");
    return h(
      "figure",
      { class: "chart" },
      h("figcaption", null, h("span", null, title), h("strong", null, now)),
      h(Failure, { error }),
      h("div", { class: "canvas" }, h("canvas", { ref: this.canvas, role: "img", "aria-label": `${title}: now ${words}. The same numbers are in the table below.` })),
      h(
        "details",
        { onToggle: (event) => this.setState({ open: event.target.open }) },
        h("summary", null, `Table: ${title}`),
        open &&
          h(
            "div",
            { class: "scroll", tabIndex: 0, role: "region", "aria-label": `${title}, minute by minute` },
            h(
              "table",
              null,
              h("thead", null, h("tr", null, h("th", { scope: "col" }, "Time"), series.map((one) => h("th", { key: one.name, scope: "col", class: "num" }, one.name)))),
              h(
                "tbody",
                null,
                rows
                  .reverse()
                  .map(([at, i]) => h("tr", { key: i }, h("td", null, at), series.map((one) => h("td", { key: one.name, class: "num" }, format(one.values[i] ?? NaN))))),
              ),
            ),
          ),
      ),
    );
  }
}
