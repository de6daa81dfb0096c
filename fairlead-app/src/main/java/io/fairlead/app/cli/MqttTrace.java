package io.fairlead.app.cli;

import static io.fairlead.app.cli.Option.value;

import io.fairlead.app.cli.ControlCommands.Request;
import io.fairlead.core.time.Pause;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code mqtt trace}: prints what clients say and are told, packet by packet. */
final class MqttTrace {
  private static final Duration LOOK_EVERY = Duration.ofMillis(250);

  private final ControlCommands control;

  MqttTrace(ControlCommands control) {
    this.control = control;
  }

  Command leaf() {
    return Command.leaf(
        "trace",
        "what clients say and are told, packet by packet, without payloads",
        List.of(
            value("ID", "of that client only", "--client"),
            value("FILTER", "only packets with such topics", "--topic"),
            value("IP", "of clients at that address only", "--address"),
            value("D", "how long; else a minute", "--for")),
        List.of(),
        this::run);
  }

  private int run(Call call) throws CommandFailure, IOException, InterruptedException {
    long seconds = Math.max(1, call.duration("--for").orElse(Duration.ofMinutes(1)).toSeconds());
    Map<String, Object> wish = new LinkedHashMap<>();
    call.value("--client").ifPresent(id -> wish.put("client_id", id));
    call.value("--topic").ifPresent(filter -> wish.put("topic", filter));
    call.value("--address").ifPresent(address -> wish.put("address", address));
    wish.put("seconds", seconds);
    Request begin = new Request("POST", "/v1/mqtt/traces", "", List.of(), Json.print(wish));
    var begun = MqttCommands.answered(control, call, begin);
    String trace = "/v1/mqtt/traces/" + Json.number(begun, "id").orElse(0L);
    long last = 0;
    boolean over = false;
    try {
      while (!over) {
        Request more = new Request("GET", trace, List.of("after=" + last));
        Map<String, @Nullable Object> page = MqttCommands.answered(control, call, more);
        List<Map<String, @Nullable Object>> lines = Json.children(page, "lines");
        long missed = Json.number(page, "missed").orElse(0L);
        if (missed > 0) call.terminal().say(missed + " packets were not kept");
        for (var line : lines) {
          show(call, line);
          last = Json.number(line, "number").orElse(last);
        }
        call.terminal().out().flush();
        over = lines.isEmpty() && Boolean.TRUE.equals(page.get("over"));
        if (lines.isEmpty() && !over) Pause.system().sleep(LOOK_EVERY);
      }
    } finally {
      control.ask(call, new Request("DELETE", trace));
    }
    return Exit.OK;
  }

  private static void show(Call call, Map<String, @Nullable Object> line) throws CommandFailure {
    if (call.json()) {
      Map<String, @Nullable Object> document = new LinkedHashMap<>();
      document.put("schema", "fairlead.mqtt.trace_line/1");
      document.putAll(line);
      call.terminal().data(Json.line(document));
      return;
    }
    boolean received = Json.text(line, "direction").orElse("").equals("received");
    StringBuilder text = new StringBuilder(Json.text(line, "at").orElse(""));
    text.append(received ? "  " : "  -> ").append(Json.text(line, "client_id").orElse(""));
    text.append(received ? " -> " : "  ").append(Json.text(line, "packet").orElse(""));
    Json.number(line, "packet_id").ifPresent(id -> text.append(" id=").append(id));
    Json.number(line, "qos").ifPresent(qos -> text.append(" qos=").append(qos));
    if (Boolean.TRUE.equals(line.get("retain"))) text.append(" retain");
    if (Boolean.TRUE.equals(line.get("dup"))) text.append(" dup");
    Json.text(line, "topic").ifPresent(topic -> text.append(' ').append(topic));
    Json.number(line, "payload_bytes").ifPresent(n -> text.append(" (").append(n).append(" B)"));
    Json.text(line, "reason").ifPresent(reason -> text.append("  ").append(reason));
    call.terminal().data(shown(text.toString()));
  }

  /** What a peer chose itself, on one line and without a word to the terminal. */
  static String shown(String text) {
    StringBuilder shown = new StringBuilder(text.length());
    text.codePoints()
        .map(
            c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? 0xFFFD : c)
        .forEach(shown::appendCodePoint);
    return shown.toString();
  }
}
