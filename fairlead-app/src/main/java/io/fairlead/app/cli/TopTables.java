package io.fairlead.app.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The tables of {@code top}, made of two moments. Stateless. */
final class TopTables {
  /** Names that a command line may give, in the order they are shown. */
  static final List<String> NAMES = List.of("listeners", "upstreams", "connections");

  private static final String UNKNOWN = "-";

  private TopTables() {}

  /** How a column is printed. */
  enum Form {
    TEXT,
    COUNT,
    BYTES,
    SECONDS,
    MILLIS,
    PER_SECOND,
    BYTES_PER_SECOND
  }

  record Column(String name, Form form) {}

  /**
   * @param rows one cell for each column; a number, a text, or nothing that is known
   */
  record Table(String name, List<Column> columns, List<List<@Nullable Object>> rows) {}

  /**
   * What to look at.
   *
   * @param sort name of a column; other tables keep their own order
   * @param filter text that a row must hold; empty for all
   */
  record View(List<String> tables, Optional<String> sort, String filter) {}

  /** Columns of a table, in order. */
  static List<String> columns(String table) {
    TopSample none = new TopSample(0, Map.of(), List.of(), List.of(), List.of());
    return table(table, none, Optional.empty()).columns().stream().map(Column::name).toList();
  }

  /** Header and tables, each line for a person; {@code before} is what rates are measured from. */
  static List<String> lines(TopSample now, Optional<TopSample> before, View view, int rowsMax) {
    List<String> lines = new ArrayList<>(StatusScreen.headline(now.status()));
    for (String name : view.tables()) {
      Table table = table(name, now, before);
      lines.add("");
      lines.addAll(printed(shown(table, view), rowsMax));
    }
    return lines;
  }

  static Table table(String name, TopSample now, Optional<TopSample> before) {
    Rates rates = new Rates(now, before);
    return switch (name) {
      case "listeners" -> listeners(now, rates);
      case "upstreams" -> endpoints(now, rates);
      default -> connections(now, rates);
    };
  }

  private static Table listeners(TopSample now, Rates rates) {
    List<List<@Nullable Object>> rows = new ArrayList<>();
    for (Map<String, @Nullable Object> each : now.listeners()) {
      rows.add(
          row(
              each.get("id"),
              each.get("service"),
              each.get("addresses") instanceof List<?> list
                  ? String.join(",", list.stream().map(String::valueOf).toList())
                  : null,
              each.get("open_connections"),
              each.get("accepted_total"),
              rates.of("listener " + each.get("id"))));
    }
    return new Table(
        "listeners",
        List.of(
            new Column("listener", Form.TEXT),
            new Column("service", Form.TEXT),
            new Column("address", Form.TEXT),
            new Column("open", Form.COUNT),
            new Column("accepted", Form.COUNT),
            new Column("new/s", Form.PER_SECOND)),
        rows);
  }

  private static Table endpoints(TopSample now, Rates rates) {
    List<List<@Nullable Object>> rows = new ArrayList<>();
    for (Map<String, @Nullable Object> each : now.endpoints()) {
      rows.add(
          row(
              each.get("upstream"),
              each.get("name"),
              each.get("address"),
              each.get("state"),
              each.get("active"),
              each.get("requests"),
              rates.of("endpoint " + each.get("upstream") + " " + each.get("name")),
              each.get("failures"),
              each.get("latency_ms"),
              each.get("reason")));
    }
    return new Table(
        "upstreams",
        List.of(
            new Column("upstream", Form.TEXT),
            new Column("endpoint", Form.TEXT),
            new Column("address", Form.TEXT),
            new Column("state", Form.TEXT),
            new Column("active", Form.COUNT),
            new Column("requests", Form.COUNT),
            new Column("req/s", Form.PER_SECOND),
            new Column("failed", Form.COUNT),
            new Column("latency", Form.MILLIS),
            new Column("reason", Form.TEXT)),
        rows);
  }

  private static Table connections(TopSample now, Rates rates) {
    List<List<@Nullable Object>> rows = new ArrayList<>();
    for (Map<String, @Nullable Object> each : now.connections()) {
      rows.add(
          row(
              each.get("id"),
              each.get("listener"),
              each.get("kind"),
              each.get("remote"),
              each.get("user"),
              each.get("destination"),
              each.get("age"),
              each.get("received_bytes"),
              each.get("sent_bytes"),
              rates.of("in " + each.get("id")),
              rates.of("out " + each.get("id"))));
    }
    return new Table(
        "connections",
        List.of(
            new Column("id", Form.COUNT),
            new Column("listener", Form.TEXT),
            new Column("kind", Form.TEXT),
            new Column("client", Form.TEXT),
            new Column("user", Form.TEXT),
            new Column("destination", Form.TEXT),
            new Column("age", Form.SECONDS),
            new Column("in", Form.BYTES),
            new Column("out", Form.BYTES),
            new Column("in/s", Form.BYTES_PER_SECOND),
            new Column("out/s", Form.BYTES_PER_SECOND)),
        rows);
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // copied at once
  private static List<@Nullable Object> row(@Nullable Object... cells) {
    List<@Nullable Object> row = new ArrayList<>();
    for (Object cell : cells) row.add(cell);
    return row;
  }

  /** Filtered and sorted: numbers the greatest first, texts by letter. */
  private static Table shown(Table table, View view) {
    List<List<@Nullable Object>> rows = new ArrayList<>(table.rows());
    String wanted = view.filter().toLowerCase(Locale.ROOT);
    if (!wanted.isEmpty()) {
      rows.removeIf(
          row ->
              row.stream()
                  .noneMatch(
                      cell -> String.valueOf(cell).toLowerCase(Locale.ROOT).contains(wanted)));
    }
    int column =
        view.sort()
            .map(name -> table.columns().stream().map(Column::name).toList().indexOf(name))
            .orElse(-1);
    if (column >= 0) {
      boolean text = table.columns().get(column).form() == Form.TEXT;
      Comparator<List<@Nullable Object>> order =
          text
              ? Comparator.comparing(row -> String.valueOf(row.get(column)))
              : Comparator.comparingDouble(row -> -number(row.get(column)));
      rows.sort(order);
    }
    return new Table(table.name(), table.columns(), rows);
  }

  private static double number(@Nullable Object cell) {
    return cell instanceof Number number ? number.doubleValue() : Double.NEGATIVE_INFINITY;
  }

  private static List<String> printed(Table table, int rowsMax) {
    List<List<String>> cells = new ArrayList<>();
    cells.add(
        table.columns().stream().map(column -> column.name().toUpperCase(Locale.ROOT)).toList());
    int count = Math.min(rowsMax, table.rows().size());
    for (List<@Nullable Object> row : table.rows().subList(0, count)) {
      List<String> texts = new ArrayList<>();
      for (int i = 0; i < row.size(); i++) {
        texts.add(cell(row.get(i), table.columns().get(i).form()));
      }
      cells.add(texts);
    }
    List<String> lines = new ArrayList<>();
    for (List<String> row : cells) lines.add(line(row, cells, table.columns()));
    int more = table.rows().size() - count;
    if (more > 0) lines.add("… " + more + " more " + table.name());
    return lines;
  }

  private static String line(List<String> row, List<List<String>> all, List<Column> columns) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < row.size(); i++) {
      int index = i;
      int width = all.stream().mapToInt(each -> each.get(index).length()).max().orElse(0);
      String pad = " ".repeat(width - row.get(i).length());
      boolean right = columns.get(i).form() != Form.TEXT;
      line.append(right ? pad + row.get(i) : row.get(i) + pad).append("  ");
    }
    return line.toString().stripTrailing();
  }

  private static String cell(@Nullable Object value, Form form) {
    if (value == null || value.equals("")) return UNKNOWN;
    if (!(value instanceof Number number)) return clean(String.valueOf(value));
    double amount = number.doubleValue();
    return switch (form) {
      case TEXT, COUNT -> Long.toString(number.longValue());
      case SECONDS -> Durations.print(number.longValue());
      case MILLIS -> String.format(Locale.ROOT, "%.1f ms", amount);
      case PER_SECOND -> String.format(Locale.ROOT, "%.1f", amount);
      case BYTES -> bytes(amount);
      case BYTES_PER_SECOND -> bytes(amount) + "/s";
    };
  }

  /** Peers choose some of these texts; none of them may steer the terminal. */
  private static String clean(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }

  private static String bytes(double amount) {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
    int unit = 0;
    double left = amount;
    while (left >= 1024 && unit < units.length - 1) {
      left /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", left, units[unit]);
  }

  /** How fast counters grew between two moments. */
  private static final class Rates {
    private final Map<String, Double> now;
    private final Map<String, Double> before;
    private final double seconds;

    Rates(TopSample now, Optional<TopSample> before) {
      this.now = now.counters();
      this.before = before.map(TopSample::counters).orElse(Map.of());
      this.seconds = before.map(then -> (now.atNanos() - then.atNanos()) / 1e9).orElse(0.0);
    }

    @Nullable Double of(String name) {
      Double first = before.get(name);
      Double last = now.get(name);
      if (first == null || last == null || seconds <= 0) return null;
      return Math.max(0, last - first) / seconds;
    }
  }
}
