package io.fairlead.app.cli;

import static io.fairlead.app.cli.Option.flag;
import static io.fairlead.app.cli.Option.value;

import io.fairlead.app.cli.Command.Positional;
import io.fairlead.app.cli.ControlCommands.Request;
import io.fairlead.core.address.HostAndPort;
import io.fairlead.core.time.Pause;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code tunnel server | expose}, which run a gateway without a configuration file, and {@code list
 * | cut | token}, which ask the running one.
 */
final class TunnelCommands {
  private static final Duration LOOK = Duration.ofMillis(100);

  private final OneLiners oneLiners;
  private final ControlCommands control;

  TunnelCommands(OneLiners oneLiners, ControlCommands control) {
    this.oneLiners = oneLiners;
    this.control = control;
  }

  Command group() {
    Option print = flag("print the configuration instead of running it", "--print-config");
    Positional name = new Positional("NAME", true, List.of(), "the agent");
    return Command.group(
        "tunnel",
        "services behind NAT: a server, agents, tokens",
        List.of(
            Command.leaf(
                "server",
                "a tunnel server, no configuration file; prints a line for the agent",
                List.of(
                    value("ADDR", "where agents connect; :7000 when not given", "--listen"),
                    value("ADDR", "where requests arrive; :8080 when not given", "--http"),
                    value("URL", "how users reach that, e.g. https://gw.example.org", "--url"),
                    value("RANGE", "ports given to tcp and udp services", "--ports"),
                    value("NAME", "the agent the printed token is for", "--name"),
                    value("DIR", "where certificate and tokens are kept", "--state"),
                    print),
                List.of(),
                this::server),
            Command.leaf(
                "expose",
                "a service of this machine at a tunnel server; prints its public address",
                List.of(
                    value(
                        "HOST:PORT",
                        "the server; port 7000 when not given; or wss://HOST/PATH",
                        "--server"),
                    value("NAME", "what the service is called", "--name"),
                    value("HOST", "the host it answers for, of http", "--host"),
                    value("N", "the server's port that leads to it, of tcp and udp", "--port"),
                    value("N", "connections to keep to the server", "--connections"),
                    print),
                List.of(
                    new Positional("TYPE", true, List.of("http", "tcp", "udp"), "http, tcp or udp"),
                    new Positional("PORT", true, List.of(), "its port, or HOST:PORT")),
                this::expose),
            Command.leaf(
                "list",
                "agents of the running gateway, and where their services are",
                List.of(),
                List.of(),
                this::list),
            Command.leaf("cut", "end an agent's tunnel", List.of(), List.of(name), this::cut),
            Command.group(
                "token",
                "who may come",
                List.of(
                    Command.leaf(
                        "new",
                        "a fresh token for an agent; a former one is revoked by that",
                        List.of(
                            value("HOST", "it may answer for this host; repeatable", "--host")
                                .many(),
                            value("RANGE", "tcp ports it may ask for; repeatable", "--tcp-ports")
                                .many(),
                            value("RANGE", "udp ports it may ask for; repeatable", "--udp-ports")
                                .many()),
                        List.of(name),
                        this::newToken),
                    Command.leaf(
                        "revoke",
                        "refuse an agent's token from now on, and cut the agent",
                        List.of(),
                        List.of(name),
                        this::revoke),
                    Command.leaf(
                        "list",
                        "tokens that were made here, without their secrets",
                        List.of(),
                        List.of(),
                        this::tokens)))));
  }

  // ---- a gateway of its own ---------------------------------------------------------------

  private int server(Call call) throws CommandFailure, IOException {
    Bind agents = Bind.parse(call.value("--listen").orElse(":7000"));
    Bind http = Bind.parse(call.value("--http").orElse(":8080"));
    String url =
        call.value("--url")
            .orElse(
                "http://"
                    + (http.loopback() ? "localhost" : hostName())
                    + (http.port() == 80 ? "" : ":" + http.port()));
    String agent = call.value("--name").orElse("box");
    Path state = call.path("--state").orElseGet(() -> stateFolder(call.environment()));
    List<String> yaml = new ArrayList<>();
    yaml.add("certs:");
    yaml.add("  tunnel: { internal: true, hosts: [localhost] }");
    yaml.add("listeners:");
    yaml.add("  web: { bind: " + http.quoted() + ", proto: http, service: web }");
    yaml.add("http:");
    yaml.add("  web:");
    yaml.add("    default: true");
    yaml.add(
        "    routes: [ { id: none, match: { path: /* },"
            + " respond: { status: 404, body: \"no such tunnel\\n\" } } ]");
    yaml.add("tunnels:");
    yaml.add("  server:");
    yaml.add("    listen: " + agents.quoted());
    yaml.add("    tls: { cert: tunnel }");
    yaml.add("    expose:");
    yaml.add("      http: web");
    yaml.add("      url: " + Json.quoted(url));
    yaml.add("      bind: " + (http.loopback() ? "127.0.0.1" : "0.0.0.0"));
    String ports = call.value("--ports").orElse("20000-20100");
    yaml.add("      tcp_ports: " + Json.quoted(ports));
    yaml.add("      udp_ports: " + Json.quoted(ports));
    List<String> first = new ArrayList<>();
    first.add("tunnel server on " + agents.shown() + ", requests on " + url);
    first.addAll(agents.note());
    if (!call.flag("--print-config")) Files.createDirectories(state);
    String joined = (agents.loopback() ? "localhost" : hostName()) + ":" + agents.port();
    return oneLiners.run(
        call,
        "tunnel-server",
        yaml,
        first,
        Optional.of(state),
        socket -> tellJoinLine(call, socket, agent, joined));
  }

  private static String hostName() {
    try {
      return java.net.InetAddress.getLocalHost().getCanonicalHostName();
    } catch (java.net.UnknownHostException unnamed) {
      return "localhost";
    }
  }

  private static Path stateFolder(Map<String, String> environment) {
    String base = environment.getOrDefault("XDG_STATE_HOME", "");
    Path folder =
        base.isEmpty()
            ? Path.of(environment.getOrDefault("HOME", "."), ".local", "state")
            : Path.of(base);
    return folder.resolve("fairlead").resolve("tunnel");
  }

  /** The line to paste at the other machine, once the gateway can make tokens. */
  private static void tellJoinLine(Call call, Path socket, String agent, String server) {
    String body = "{\"name\":" + Json.quoted(agent) + "}";
    try {
      while (true) {
        Optional<Map<String, @Nullable Object>> made =
            OwnGateway.asked(socket, "POST", "/v1/tunnel-tokens", Optional.of(body));
        Optional<String> token = made.flatMap(report -> Json.text(report, "token"));
        if (token.isPresent()) {
          tell(
              call,
              "echo '"
                  + token.get()
                  + "' | fairlead tunnel expose http 3000 --server "
                  + server
                  + " --token-file -");
          return;
        }
        Pause.system().sleep(LOOK);
      }
    } catch (InterruptedException over) {
      Thread.currentThread().interrupt();
    }
  }

  /** At once: whoever reads it waits for it while this goes on. */
  private static void tell(Call call, String line) {
    call.terminal().data(line);
    call.terminal().out().flush();
  }

  private int expose(Call call) throws CommandFailure, IOException {
    String type = call.word(0).orElse("").toLowerCase(Locale.ROOT);
    if (!List.of("http", "tcp", "udp").contains(type)) {
      throw CommandFailure.usage("tunnel expose: `" + type + "`", "write http, tcp or udp");
    }
    String target = call.word(1).orElse("");
    if (target.matches("[0-9]{1,5}")) target = "127.0.0.1:" + target;
    String server =
        call.value("--server")
            .orElseThrow(
                () ->
                    CommandFailure.usage(
                        "--server is missing", "e.g. --server gw.example.org:7000"));
    boolean web = server.startsWith("wss://");
    if (!web && HostAndPort.parse(server, 1).isEmpty()) server = server + ":7000";
    String name = call.value("--name").orElse(type);
    String token = token(call);
    List<String> yaml = new ArrayList<>();
    yaml.add("tunnels:");
    yaml.add("  agent:");
    yaml.add("    servers: [" + Json.quoted(server) + "]");
    yaml.add(
        "    token: "
            + (call.flag("--print-config")
                ? "\"${file:" + call.value("--token-file").orElse("agent.token") + "}\""
                : "!secret " + Json.quoted(token)));
    call.value("--connections").ifPresent(count -> yaml.add("    connections: " + count));
    yaml.add("    services:");
    StringBuilder service = new StringBuilder("      - { name: ").append(Json.quoted(name));
    service.append(", type: ").append(type).append(", destination: ").append(Json.quoted(target));
    call.value("--host").ifPresent(host -> service.append(", host: ").append(Json.quoted(host)));
    call.value("--port").ifPresent(port -> service.append(", port: ").append(port));
    yaml.add(service.append(" }").toString());
    List<String> first = List.of(target + " → " + server);
    return oneLiners.run(
        call,
        "tunnel-agent",
        yaml,
        first,
        Optional.empty(),
        socket -> tellAddress(call, socket, name));
  }

  /** From a file, standard input, or the environment: never from the command line. */
  private static String token(Call call) throws CommandFailure, IOException {
    Optional<String> file = call.value("--token-file");
    if (call.flag("--print-config")) return "";
    String text;
    if (file.isEmpty()) {
      text = call.environment().getOrDefault("FAIRLEAD_TUNNEL_TOKEN", "");
    } else if (file.get().equals("-")) {
      text = new String(System.in.readNBytes(4096), StandardCharsets.UTF_8);
    } else {
      text = Files.readString(call.workingDir().resolve(file.get()));
    }
    if (text.isBlank()) {
      throw CommandFailure.usage(
          "a token is due",
          "--token-file FILE, --token-file - for standard input, or FAIRLEAD_TUNNEL_TOKEN; a"
              + " server prints one: fairlead tunnel token new NAME");
    }
    return text.strip();
  }

  /** The public address, alone on standard output, once there is one; then each change of it. */
  private static void tellAddress(Call call, Path socket, String service) {
    String told = "";
    String refused = "";
    try {
      while (true) {
        Map<String, @Nullable Object> agent =
            OwnGateway.asked(socket, "GET", "/v1/tunnels", Optional.empty())
                .map(report -> Json.child(report, "agent"))
                .orElse(Map.of());
        String now = addresses(agent, service);
        if (!now.isEmpty() && !now.equals(told)) tell(call, now);
        if (!now.isEmpty()) told = now;
        Map<String, @Nullable Object> refusals = Json.child(agent, "refused");
        String why = Json.text(refusals, service).or(() -> Json.text(refusals, "")).orElse("");
        if (!why.isEmpty() && !why.equals(refused)) {
          call.terminal().say("fairlead: the server refused: " + why);
        }
        refused = why;
        Pause.system().sleep(told.isEmpty() ? LOOK : Duration.ofSeconds(1));
      }
    } catch (InterruptedException over) {
      Thread.currentThread().interrupt();
    }
  }

  private static String addresses(Map<String, @Nullable Object> agent, String service) {
    Object at = Json.child(agent, "exposed").get(service);
    if (!(at instanceof List<?> list)) return "";
    List<String> texts = new ArrayList<>();
    for (Object each : list) texts.add(String.valueOf(each));
    return String.join(" ", texts);
  }

  // ---- the running gateway ----------------------------------------------------------------

  private int list(Call call) throws CommandFailure, IOException {
    var report = answered(call, new Request("GET", "/v1/tunnels"));
    if (call.json()) {
      call.terminal().data(Json.print(report));
      return Exit.OK;
    }
    for (var agent : Json.children(report, "agents")) {
      call.terminal()
          .data(
              String.join(
                  "  ",
                  Json.text(agent, "name").orElse(""),
                  Boolean.TRUE.equals(agent.get("connected"))
                      ? Json.text(agent, "remote").orElse("")
                      : "away",
                  "carriers=" + Json.number(agent, "carriers").orElse(0L),
                  "streams=" + Json.number(agent, "streams").orElse(0L)));
      for (var service : Json.children(agent, "services")) {
        Object at = service.get("at");
        List<String> shown = new ArrayList<>();
        if (at instanceof List<?> list) list.forEach(each -> shown.add(String.valueOf(each)));
        call.terminal()
            .data(
                String.join(
                    "  ",
                    "  " + Json.text(service, "name").orElse(""),
                    Json.text(service, "type").orElse(""),
                    shown.isEmpty() ? "-" : String.join(" ", shown),
                    "received=" + Json.number(service, "received_bytes").orElse(0L),
                    "sent=" + Json.number(service, "sent_bytes").orElse(0L)));
      }
    }
    return Exit.OK;
  }

  private int cut(Call call) throws CommandFailure, IOException {
    String name = call.word(0).orElse("");
    answered(call, new Request("DELETE", "/v1/tunnels/" + encoded(name)));
    call.terminal().data(name + " was cut");
    return Exit.OK;
  }

  private int newToken(Call call) throws CommandFailure, IOException {
    StringBuilder body = new StringBuilder("{\"name\":");
    body.append(Json.quoted(call.word(0).orElse("")));
    list(body, "http_hosts", call.values("--host"));
    list(body, "tcp_ports", call.values("--tcp-ports"));
    list(body, "udp_ports", call.values("--udp-ports"));
    var report =
        answered(
            call,
            new Request("POST", "/v1/tunnel-tokens", "", List.of(), body.append('}').toString()));
    call.terminal().data(call.json() ? Json.print(report) : Json.text(report, "token").orElse(""));
    return Exit.OK;
  }

  private static void list(StringBuilder body, String key, List<String> values) {
    if (values.isEmpty()) return;
    body.append(",\"").append(key).append("\":[");
    body.append(String.join(",", values.stream().map(Json::quoted).toList())).append(']');
  }

  private int revoke(Call call) throws CommandFailure, IOException {
    String name = call.word(0).orElse("");
    answered(call, new Request("DELETE", "/v1/tunnel-tokens/" + encoded(name)));
    call.terminal().data("the token of " + name + " is refused from now on");
    return Exit.OK;
  }

  private int tokens(Call call) throws CommandFailure, IOException {
    var report = answered(call, new Request("GET", "/v1/tunnel-tokens"));
    if (call.json()) {
      call.terminal().data(Json.print(report));
      return Exit.OK;
    }
    for (var token : Json.children(report, "tokens")) {
      call.terminal()
          .data(
              String.join(
                  "  ",
                  Json.text(token, "name").orElse(""),
                  Json.text(token, "created").orElse(""),
                  Boolean.TRUE.equals(token.get("revoked")) ? "revoked" : "in force"));
    }
    return Exit.OK;
  }

  private Map<String, @Nullable Object> answered(Call call, Request request)
      throws CommandFailure, IOException {
    ControlClient.Answer answer = control.ask(call, request);
    if (answer.status() != 200) throw ControlCommands.refused(call, answer);
    return ControlCommands.understood(answer);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
