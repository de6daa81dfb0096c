package io.fairlead.app.cli;

import static io.fairlead.app.cli.Option.flag;
import static io.fairlead.app.cli.Option.value;

import io.fairlead.app.cli.Command.Positional;
import io.fairlead.app.cli.ControlCommands.Request;
import io.fairlead.core.time.Pause;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code relay node}, which runs a gateway that is a libp2p node without a configuration file, and
 * what is asked of the running one.
 */
final class RelayCommands {
  private static final Duration LOOK = Duration.ofMillis(500);

  private final OneLiners oneLiners;
  private final ControlCommands control;

  RelayCommands(OneLiners oneLiners, ControlCommands control) {
    this.oneLiners = oneLiners;
    this.control = control;
  }

  Command group() {
    List<Command> all = new ArrayList<>();
    all.add(
        Command.leaf(
            "node",
            "a libp2p node, no configuration file; behind NAT it is reached through relays",
            List.of(
                value(
                        "ADDR",
                        "where it is dialled; /ip4/0.0.0.0/tcp/4001 when not given",
                        "--listen")
                    .many(),
                value("ADDR", "a relay to use, ending with /p2p/PEER; repeatable", "--relay")
                    .many(),
                value("FILE", "its key; made when it is not there", "--identity"),
                flag("it is a relay for others", "--service"),
                flag("it knows that nobody can dial it", "--private"),
                flag("print the configuration instead of running it", "--print-config")),
            List.of(),
            this::node));
    all.add(
        Command.leaf(
            "status",
            "how the running gateway's node can be reached, and by which relays",
            List.of(),
            List.of(),
            this::status));
    all.add(
        Command.leaf(
            "find",
            "look for relays now, and show the candidates there are",
            List.of(),
            List.of(),
            this::find));
    all.add(
        Command.leaf(
            "reserve",
            "have the running gateway reserve on a relay",
            List.of(),
            List.of(new Positional("ADDR", true, List.of(), "the relay: …/p2p/PEER")),
            this::reserve));
    all.add(
        Command.leaf(
            "ping",
            "the time to a peer and back, from the running gateway",
            List.of(),
            List.of(new Positional("PEER", true, List.of(), "a peer id, or an address with one")),
            this::ping));
    all.addAll(IdentityCommands.relay());
    return Command.group("relay", "a libp2p node: relays, circuits, its key", all);
  }

  private int node(Call call) throws CommandFailure, IOException {
    List<String> listen = call.values("--listen");
    if (listen.isEmpty()) listen = List.of("/ip4/0.0.0.0/tcp/4001");
    Optional<Path> identity = call.path("--identity");
    List<String> yaml = new ArrayList<>();
    yaml.add("relay:");
    identity.ifPresent(
        file -> yaml.add("  identity: { file: " + Json.quoted(file.toString()) + " }"));
    yaml.add("  listen: " + quoted(listen));
    if (call.flag("--private")) yaml.add("  reachability: { mode: private }");
    List<String> relays = call.values("--relay");
    if (!relays.isEmpty()) yaml.add("  auto: { static: " + quoted(relays) + " }");
    if (call.flag("--service")) yaml.add("  service: { mode: \"on\" }");
    List<String> first = List.of("libp2p node on " + String.join(", ", listen));
    return oneLiners.run(
        call, "relay-node", yaml, first, Optional.empty(), socket -> tellNode(call, socket));
  }

  /** Who it is and how it is reached, once it is there; then each change. */
  private static void tellNode(Call call, Path socket) {
    NodeLines lines = new NodeLines();
    try {
      while (true) {
        OwnGateway.asked(socket, "GET", "/v1/relay", Optional.empty())
            .map(lines::of)
            .ifPresent(all -> all.forEach(call.terminal()::say));
        Pause.system().sleep(LOOK);
      }
    } catch (InterruptedException over) {
      Thread.currentThread().interrupt();
    }
  }

  private static String quoted(List<String> texts) {
    return "[" + String.join(", ", texts.stream().map(Json::quoted).toList()) + "]";
  }

  private int status(Call call) throws CommandFailure, IOException {
    var report = answered(call, new Request("GET", "/v1/relay"));
    if (call.json()) {
      call.terminal().data(Json.print(report));
      return Exit.OK;
    }
    if (!Boolean.TRUE.equals(report.get("enabled"))) {
      call.terminal().data("no libp2p node: the configuration has no section relay");
      return Exit.OK;
    }
    call.terminal().data("peer          " + text(report, "peer_id"));
    call.terminal().data("reachability  " + text(report, "reachability"));
    for (var address : Json.children(report, "addresses")) {
      boolean told = !Boolean.FALSE.equals(address.get("announced"));
      call.terminal()
          .data(
              "address       "
                  + text(address, "address")
                  + "  "
                  + text(address, "reason")
                  + (told ? "" : "  not announced, " + text(address, "reachability")));
    }
    var auto = Json.child(report, "auto");
    for (var relay : Json.children(auto, "relays")) {
      call.terminal()
          .data(
              String.join(
                  "  ",
                  "relay         " + text(relay, "peer"),
                  text(relay, "state"),
                  "until " + text(relay, "expires"),
                  trip(relay)));
    }
    candidates(call, auto);
    var service = Json.child(report, "service");
    if (Boolean.TRUE.equals(service.get("serving"))) {
      call.terminal()
          .data(
              "service       reservations="
                  + Json.children(service, "reservations").size()
                  + "  circuits="
                  + Json.children(service, "circuits").size());
    }
    call.terminal().data("connections   " + Json.children(report, "connections").size());
    return Exit.OK;
  }

  private static void candidates(Call call, Map<String, @Nullable Object> auto) {
    for (var candidate : Json.children(auto, "candidates")) {
      call.terminal().data("candidate     " + text(candidate, "peer") + "  " + trip(candidate));
    }
    for (var left : Json.children(auto, "backoff")) {
      call.terminal()
          .data(
              "left alone    "
                  + text(left, "peer")
                  + "  "
                  + text(left, "reason")
                  + "  for "
                  + Json.number(left, "seconds").orElse(0L)
                  + "s");
    }
  }

  private static String trip(Map<String, @Nullable Object> of) {
    return of.get("rtt_seconds") instanceof Number seconds
        ? "rtt=%.1fms".formatted(seconds.doubleValue() * 1000)
        : "rtt=?";
  }

  private int find(Call call) throws CommandFailure, IOException {
    answered(call, new Request("POST", "/v1/relay/find", "", List.of(), ""));
    var report = answered(call, new Request("GET", "/v1/relay"));
    if (call.json()) call.terminal().data(Json.print(report));
    else candidates(call, Json.child(report, "auto"));
    return Exit.OK;
  }

  private int reserve(Call call) throws CommandFailure, IOException {
    String body = "{\"address\":" + Json.quoted(call.word(0).orElse("")) + "}";
    var report = typed(call, new Request("POST", "/v1/relay/reserve", "", List.of(), body));
    call.terminal().data(call.json() ? Json.print(report) : "reserved on " + text(report, "peer"));
    return Exit.OK;
  }

  private int ping(Call call) throws CommandFailure, IOException {
    String body = "{\"peer\":" + Json.quoted(call.word(0).orElse("")) + "}";
    var report = typed(call, new Request("POST", "/v1/relay/ping", "", List.of(), body));
    String relayed = Boolean.TRUE.equals(report.get("relayed")) ? "  through a relay" : "";
    call.terminal()
        .data(
            call.json()
                ? Json.print(report)
                : text(report, "peer") + "  " + trip(report) + relayed);
    return Exit.OK;
  }

  private static String text(Map<String, @Nullable Object> of, String name) {
    return Json.text(of, name).orElse("");
  }

  private Map<String, @Nullable Object> answered(Call call, Request request)
      throws CommandFailure, IOException {
    return answered(call, control.ask(call, request));
  }

  /** The same with something that was typed, which only the gateway looks at. */
  private Map<String, @Nullable Object> typed(Call call, Request request)
      throws CommandFailure, IOException {
    ControlClient.Answer answer = control.ask(call, request);
    if (answer.status() == 400) {
      throw CommandFailure.usage(
          Json.object(answer.body()).flatMap(body -> Json.text(body, "message")).orElse("refused"),
          "fairlead help relay");
    }
    return answered(call, answer);
  }

  private static Map<String, @Nullable Object> answered(Call call, ControlClient.Answer answer)
      throws CommandFailure {
    if (answer.status() != 200) throw ControlCommands.refused(call, answer);
    return ControlCommands.understood(answer);
  }
}
