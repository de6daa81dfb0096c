package io.fairlead.app.cli;

import static io.fairlead.app.cli.Option.flag;
import static io.fairlead.app.cli.Option.value;

import io.fairlead.app.cli.Command.Positional;
import io.fairlead.app.cli.ControlCommands.Request;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code mqtt broker | pub | sub | rr | bench}, which talk MQTT, and {@code clients | bridges |
 * kick | retained | trace}, which ask the running gateway.
 */
final class MqttCommands {
  private final OneLiners oneLiners;
  private final ControlCommands control;

  MqttCommands(OneLiners oneLiners, ControlCommands control) {
    this.oneLiners = oneLiners;
    this.control = control;
  }

  Command group() {
    Option qos = value("N", "0, 1 or 2", "--qos");
    Positional topic = new Positional("TOPIC", true, List.of(), "e.g. sensors/1");
    Positional payload =
        new Positional("PAYLOAD", false, List.of(), "else standard input, all of it");
    return Command.group(
        "mqtt",
        "a broker, and clients for any broker",
        List.of(
            Command.leaf(
                "broker",
                "an MQTT broker, no configuration file",
                List.of(
                    value("ADDR", "HOST:PORT or :PORT (loopback)", "--listen"),
                    value("FILE", "accounts, one a line: name:hash", "--users"),
                    flag("print the configuration instead of running it", "--print-config")),
                List.of(),
                oneLiners::broker),
            Command.leaf(
                "pub",
                "publish one message, or one for each line",
                with(
                    qos,
                    flag("the broker keeps it for later subscribers", "--retain"),
                    flag("each line of standard input is a message", "--lines")),
                List.of(topic, payload),
                MqttTalk::publish),
            Command.leaf(
                "sub",
                "print messages as they come; -v adds the topic",
                with(
                    qos,
                    value("N", "end after so many", "-C", "--count"),
                    value("D", "end after that time; 75 when fewer came", "-W", "--wait"),
                    flag("end once subscribed", "-E", "--end"),
                    flag("only what the broker had kept", "--retained-only"),
                    flag("payloads as they are, whatever their bytes", "--raw"),
                    value(
                        "TEXT",
                        "a line with {t} {p} {x} {j} {q} {r} {ts} {len} {props}",
                        "--format"),
                    flag("end with 69 when the connection is lost", "--no-reconnect")),
                List.of(new Positional("FILTER", true, List.of(), "e.g. 'sensors/#'")),
                call -> new MqttWatch(call).run()),
            Command.leaf(
                "rr",
                "publish a request and print the answer (MQTT 5.0)",
                with(qos, value("D", "how long to wait for it", "-W", "--wait")),
                List.of(topic, payload),
                MqttTalk::request),
            Command.leaf(
                "bench",
                "measure a broker: each client gets what it publishes",
                with(
                    qos,
                    value("N", "clients", "--clients"),
                    value("N", "messages a second, of all together", "--rate"),
                    value("N", "bytes of a message", "--size"),
                    value("D", "how long", "-d", "--duration")),
                List.of(),
                call -> new MqttBench(call).run()),
            Command.leaf(
                "clients",
                "who is connected or has a session",
                List.of(),
                List.of(),
                this::clients),
            Command.leaf(
                "bridges",
                "connections to other brokers, and what waits for them",
                List.of(),
                List.of(),
                this::bridges),
            Command.leaf(
                "kick",
                "end a client's connection",
                List.of(
                    flag("and forget its session", "--session"),
                    value("HOST:PORT", "send it there instead (version 5)", "--to"),
                    flag("with --to: for good", "--moved")),
                List.of(new Positional("ID", true, List.of(), "client id")),
                this::kick),
            Command.leaf(
                "retained",
                "messages the broker keeps for later subscribers",
                List.of(flag("delete them; needs a filter", "--delete")),
                List.of(new Positional("FILTER", false, List.of(), "e.g. 'sensors/#'")),
                this::retained),
            new MqttTrace(control).leaf(),
            MqttStoreCommands.group(),
            PasswordCommand.leaf()));
  }

  private static List<Option> with(Option... more) {
    List<Option> options = new ArrayList<>(MqttTarget.OPTIONS);
    options.addAll(List.of(more));
    return options;
  }

  private int clients(Call call) throws CommandFailure, IOException {
    Map<String, @Nullable Object> report = answered(call, new Request("GET", "/v1/mqtt/clients"));
    if (call.json()) {
      call.terminal().data(Json.print(report));
      return Exit.OK;
    }
    for (var client : Json.children(report, "clients")) {
      boolean connected = Boolean.TRUE.equals(client.get("connected"));
      call.terminal()
          .data(
              line(
                  Json.text(client, "client_id").orElse(""),
                  connected
                      ? Json.text(client, "remote").orElse("")
                      : Boolean.TRUE.equals(client.get("frozen")) ? "frozen" : "away",
                  Json.text(client, "version").orElse("-"),
                  Json.text(client, "principal").orElse(""),
                  "queued=" + Json.number(client, "queued").orElse(0L),
                  "inflight=" + Json.number(client, "inflight").orElse(0L)));
    }
    return Exit.OK;
  }

  private int bridges(Call call) throws CommandFailure, IOException {
    Map<String, @Nullable Object> report = answered(call, new Request("GET", "/v1/mqtt/bridges"));
    if (call.json()) {
      call.terminal().data(Json.print(report));
      return Exit.OK;
    }
    for (var bridge : Json.children(report, "bridges")) {
      call.terminal()
          .data(
              String.join(
                  "  ",
                  Json.text(bridge, "name").orElse(""),
                  Json.text(bridge, "state").orElse(""),
                  Json.text(bridge, "address").orElse(""),
                  "queued=" + Json.number(bridge, "queued").orElse(0L),
                  "sent=" + Json.number(bridge, "sent").orElse(0L),
                  "received=" + Json.number(bridge, "received").orElse(0L),
                  "dropped=" + Json.number(bridge, "dropped").orElse(0L),
                  Json.text(bridge, "trouble").orElse("")));
    }
    return Exit.OK;
  }

  private static String line(String... cells) {
    return MqttTrace.shown(String.join("  ", cells));
  }

  private int kick(Call call) throws CommandFailure, IOException {
    String id = call.word(0).orElse("");
    boolean elsewhere = call.value("--to").isPresent();
    if (elsewhere && call.flag("--session")) {
      throw CommandFailure.usage("--session and --to", "give one of them");
    }
    if (!elsewhere && call.flag("--moved")) {
      throw CommandFailure.usage("--moved needs --to", "say where: --to HOST:PORT");
    }
    List<String> query = new ArrayList<>();
    if (call.flag("--session")) query.add("session=1");
    call.value("--to").ifPresent(to -> query.add("to=" + encoded(to)));
    if (call.flag("--moved")) query.add("moved=1");
    var report = answered(call, new Request("DELETE", "/v1/mqtt/clients/" + encoded(id), query));
    if (call.json()) call.terminal().data(Json.print(report));
    else call.terminal().data(MqttTrace.shown(id) + " was let go");
    return Exit.OK;
  }

  private int retained(Call call) throws CommandFailure, IOException {
    if (call.flag("--delete") && call.word(0).isEmpty()) {
      throw CommandFailure.usage("--delete needs a filter", "'#' means all");
    }
    String filter = call.word(0).orElse("#");
    List<String> query = List.of("filter=" + encoded(filter));
    if (call.flag("--delete")) {
      var report = answered(call, new Request("DELETE", "/v1/mqtt/retained", query));
      if (call.json()) call.terminal().data(Json.print(report));
      else call.terminal().data(Json.number(report, "count").orElse(0L) + " deleted");
      return Exit.OK;
    }
    var report = answered(call, new Request("GET", "/v1/mqtt/retained", query));
    if (call.json()) {
      call.terminal().data(Json.print(report));
      return Exit.OK;
    }
    for (var message : Json.children(report, "messages")) {
      String payload =
          Json.text(message, "payload")
              .orElseGet(() -> "base64:" + Json.text(message, "payload_base64").orElse(""));
      call.terminal().data(line(Json.text(message, "topic").orElse(""), payload));
    }
    return Exit.OK;
  }

  private Map<String, @Nullable Object> answered(Call call, Request request)
      throws CommandFailure, IOException {
    return answered(control, call, request);
  }

  static Map<String, @Nullable Object> answered(ControlCommands control, Call call, Request request)
      throws CommandFailure, IOException {
    ControlClient.Answer answer = control.ask(call, request);
    if (answer.status() != 200) throw ControlCommands.refused(call, answer);
    return ControlCommands.understood(answer);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
