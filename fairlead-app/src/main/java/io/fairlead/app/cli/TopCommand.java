package io.fairlead.app.cli;

import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code top}: listeners, endpoints and connections of the running gateway, again and again; once
 * with {@code --once}, or when the output is no terminal.
 *
 * <p>Keys: {@code q} ends, {@code s} sorts by the next column, {@code /} takes a filter up to
 * Enter.
 */
final class TopCommand {
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final Duration INTERVAL_MIN = Duration.ofMillis(100);
  private static final Duration KEY_PAUSE = Duration.ofMillis(50);
  private static final int ROWS_ONCE = 500;
  private static final String CLEAR = "\033[H\033[J";
  private static final String OTHER_SCREEN = "\033[?1049h\033[?25l";
  private static final String FIRST_SCREEN = "\033[?25h\033[?1049l";

  private final ControlCommands control;

  TopCommand(ControlCommands control) {
    this.control = control;
  }

  int top(Call call) throws CommandFailure, IOException, InterruptedException {
    TopTables.View view = view(call);
    Duration interval = call.duration("--interval").orElse(INTERVAL);
    if (interval.compareTo(INTERVAL_MIN) < 0) {
      throw CommandFailure.usage("--interval: less than 100ms", "e.g. --interval 1s");
    }
    if (call.json()) {
      call.terminal().data(Json.print(document(sample(call))));
      return Exit.OK;
    }
    if (call.flag("--once") || !call.terminal().outTty()) {
      TopTables.lines(sample(call), Optional.empty(), view, ROWS_ONCE)
          .forEach(call.terminal()::data);
      return Exit.OK;
    }
    Optional<RawKeys> keys = RawKeys.open();
    if (keys.isEmpty()) {
      throw CommandFailure.usage("the keyboard is no terminal", "use --once");
    }
    try (RawKeys open = keys.get()) {
      return follow(call, open, view, interval);
    }
  }

  private static TopTables.View view(Call call) throws CommandFailure {
    List<String> tables = call.word(0).map(List::of).orElse(TopTables.NAMES);
    if (!TopTables.NAMES.containsAll(tables)) {
      throw CommandFailure.usage(
          "no table `" + tables.getFirst() + "`",
          "use one of " + String.join(", ", TopTables.NAMES));
    }
    Optional<String> sort = call.value("--sort");
    List<String> columns = tables.stream().flatMap(t -> TopTables.columns(t).stream()).toList();
    if (sort.isPresent() && !columns.contains(sort.get())) {
      throw CommandFailure.usage(
          "--sort: no column `" + sort.get() + "`", "use one of " + String.join(", ", columns));
    }
    return new TopTables.View(tables, sort, call.value("--filter").orElse(""));
  }

  // --- on a terminal

  private int follow(Call call, RawKeys keys, TopTables.View first, Duration interval)
      throws CommandFailure, IOException, InterruptedException {
    Clock clock = Clock.system();
    TopTables.View view = first;
    boolean typing = false;
    Optional<TopSample> before = Optional.empty();
    var out = call.terminal().out();
    out.print(OTHER_SCREEN);
    try {
      while (true) {
        TopSample now = sample(call);
        draw(call, now, before, view, typing);
        long next = now.atNanos() + interval.toNanos();
        while (clock.nanos() - next < 0) {
          Optional<Character> key = keys.next();
          if (key.isEmpty()) {
            Pause.system().sleep(KEY_PAUSE);
            continue;
          }
          if (!typing && key.get() == 'q') return Exit.OK;
          if (!typing && key.get() == '/') typing = true;
          else if (typing && key.get() == '\n') typing = false;
          else view = typing ? typed(view, key.get()) : sorted(view, key.get());
          draw(call, now, before, view, typing);
        }
        before = Optional.of(now);
      }
    } finally {
      out.print(FIRST_SCREEN);
      out.flush();
    }
  }

  private static TopTables.View sorted(TopTables.View view, char key) {
    if (key != 's') return view;
    List<String> columns = TopTables.columns(view.tables().getLast());
    int next = view.sort().map(columns::indexOf).orElse(-1) + 1;
    return new TopTables.View(
        view.tables(), Optional.of(columns.get(next % columns.size())), view.filter());
  }

  private static TopTables.View typed(TopTables.View view, char key) {
    String filter = view.filter();
    boolean back = key == '\b' || key == 127;
    if (back) filter = filter.isEmpty() ? "" : filter.substring(0, filter.length() - 1);
    else if (key >= ' ' && filter.length() < 100) filter += key;
    return new TopTables.View(view.tables(), view.sort(), filter);
  }

  private static void draw(
      Call call, TopSample now, Optional<TopSample> before, TopTables.View view, boolean typing)
      throws InterruptedException {
    int[] size = RawKeys.size();
    List<String> lines = new ArrayList<>(TopTables.lines(now, before, view, size[0]));
    int room = Math.max(1, size[0] - 1);
    StringBuilder screen = new StringBuilder(CLEAR);
    for (String line : lines.subList(0, Math.min(room, lines.size()))) {
      screen.append(line, 0, Math.min(line.length(), size[1])).append("\r\n");
    }
    String foot =
        typing || !view.filter().isEmpty()
            ? "/" + view.filter()
            : "q quit   s sort"
                + view.sort().map(name -> " (" + name + ")").orElse("")
                + "   / filter";
    screen.append(foot, 0, Math.min(foot.length(), size[1]));
    call.terminal().out().print(screen);
    call.terminal().out().flush();
  }

  // --- asking

  private TopSample sample(Call call) throws CommandFailure, IOException {
    Map<String, @Nullable Object> status = asked(call, "/v1/status");
    return new TopSample(
        Clock.system().nanos(),
        status,
        Json.children(asked(call, "/v1/listeners"), "listeners"),
        Json.children(asked(call, "/v1/upstreams"), "upstreams"),
        Json.children(asked(call, "/v1/connections"), "connections"));
  }

  private Map<String, @Nullable Object> asked(Call call, String path)
      throws CommandFailure, IOException {
    ControlClient.Answer answer = control.ask(call, ControlCommands.Request.get(path));
    if (answer.status() != 200) throw ControlCommands.refused(call, answer);
    return ControlCommands.understood(answer);
  }

  private static Map<String, @Nullable Object> document(TopSample sample) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("schema", "fairlead.top/1");
    document.put("status", sample.status());
    document.put("listeners", sample.listeners());
    document.put("upstreams", sample.upstreams());
    document.put("connections", sample.connections());
    return document;
  }
}
