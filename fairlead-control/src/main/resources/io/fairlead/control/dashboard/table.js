// A table that sorts, filters by the address, exports, and scrolls sideways on a narrow screen.
import { h, Component } from "./lib.js";
import { place, setParam } from "./hub.js";
import { download, Empty } from "./view.js";

const STEP = 200;

function plain(value) {
  if (value === null || value === undefined) return "";
  return Array.isArray(value) ? value.join(" ") : String(value);
}

/** A cell that a spreadsheet would take for a formula stays text (OWASP, "CSV injection"). */
function csvCell(value) {
  const text = plain(value);
  const safe = /^[=+\-@\t\r]/.test(text) && typeof value !== "number" ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function compare(one, other) {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return plain(one).localeCompare(plain(other), "en", { numeric: true });
}

/**
 * columns: {key, label, get(row), show(row), num, wide}; get gives what is sorted and exported, show what
 * is seen. actions(row) gives buttons. sort is the parameter of the address that holds the order.
 */
export class Table extends Component {
  state = { shown: STEP };

  render({ name, label, columns, rows, empty, actions, keyOf, sort = "sort", q = "q", initial = "" }, { shown }) {
    if (!rows.length) return empty;
    const params = place().params;
    const order = params.get(sort) || initial;
    const down = order.startsWith("-");
    const by = columns.find((column) => column.key === order.replace(/^-/, ""));
    const words = (q && params.get(q) ? params.get(q).toLowerCase() : "").split(/\s+/).filter(Boolean);
    let found = rows;
    if (words.length) {
      found = rows.filter((row) => {
        const text = columns.map((column) => plain(column.get(row))).join(" ").toLowerCase();
        return words.every((word) => text.includes(word));
      });
    }
    if (by) {
      found = [...found].sort((one, other) => compare(by.get(one), by.get(other)) * (down ? -1 : 1));
    }
    const act = actions && found.some((row) => actions(row));
    const head = (column) => {
      const current = by === column;
      return h(
        "th",
        {
          key: column.key,
          scope: "col",
          class: column.num ? "num" : "",
          "aria-sort": current ? (down ? "descending" : "ascending") : undefined,
        },
        h(
          "button",
          {
            type: "button",
            class: "sort",
            onClick: () => setParam(sort, current && !down ? `-${column.key}` : column.key),
          },
          column.label,
          h("span", { "aria-hidden": "true" }, current ? (down ? " ↓" : " ↑") : ""),
        ),
      );
    };
    const csv = () =>
      [columns.map((column) => csvCell(column.label)), ...found.map((row) => columns.map((column) => csvCell(column.get(row))))]
        .map((line) => line.join(","))
        .join("\r\n");
    return h(
      "div",
      { class: "table" },
      h(
        "div",
        { class: "scroll", role: "region", "aria-label": label, tabIndex: 0 },
        h(
          "table",
          { class: "striped" },
          h("thead", null, h("tr", null, columns.map(head), act && h("th", { scope: "col", class: "acts" }, "Actions"))),
          h(
            "tbody",
            null,
            found.slice(0, shown).map((row) =>
              h(
                "tr",
                { key: keyOf(row) },
                columns.map((column) =>
                  h("td", { key: column.key, class: column.num ? "num" : column.wide ? "text" : "" }, column.show ? column.show(row) : plain(column.get(row))),
                ),
                act && h("td", { class: "acts" }, actions(row)),
              ),
            ),
          ),
        ),
      ),
      !found.length && h(Empty, { title: "Nothing matches the filter." }),
      h(
        "p",
        { class: "under" },
        h("span", null, found.length === rows.length ? `${rows.length} in all` : `${found.length} of ${rows.length}`),
        found.length > shown &&
          h("button", { type: "button", class: "link", onClick: () => this.setState({ shown: shown + STEP }) }, `show ${Math.min(STEP, found.length - shown)} more`),
        h("button", { type: "button", class: "link", "aria-label": `${label} as CSV`, onClick: () => download(`${name}.csv`, "text/csv", csv()) }, "CSV"),
        h(
          "button",
          { type: "button", class: "link", "aria-label": `${label} as JSON`, onClick: () => download(`${name}.json`, "application/json", JSON.stringify(found, null, 2)) },
          "JSON",
        ),
      ),
    );
  }
}
