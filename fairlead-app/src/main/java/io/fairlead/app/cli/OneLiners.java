package io.fairlead.app.cli;

import io.fairlead.app.LaunchOptions;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.time.Clock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * {@code proxy}, {@code reverse}, {@code serve}, {@code mqtt broker}: a configuration text is made
 * from the options and runs as a file would. The gateway opens no control port, only a socket in
 * the runtime folder; its state lives in a temporary folder that goes with it.
 */
final class OneLiners {
  private final Product product;

  OneLiners(Product product) {
    this.product = product;
  }

  int proxy(Call call) throws CommandFailure, IOException {
    Bind bind = Bind.parse(call.value("--listen").orElse(":8090"));
    List<String> yaml = new ArrayList<>();
    yaml.add("listeners:");
    yaml.add("  proxy: { bind: " + bind.quoted() + ", proto: mixed, service: egress }");
    yaml.addAll(AdHocProxy.forward(bind, call.values("--auth"), call.values("--allow")));
    yaml.addAll(OtherProxy.egress(call.values("--upstream")));
    List<String> first = new ArrayList<>();
    first.add(
        "forward proxy on %s (http, https, socks5) — try: curl -x http://%s%s https://example.com"
            .formatted(
                bind.shown(), call.values("--auth").isEmpty() ? "" : "USER:PASS@", bind.shown()));
    first.addAll(bind.note());
    return run(call, "proxy", yaml, first);
  }

  int reverse(Call call) throws CommandFailure, IOException {
    Bind bind = Bind.parse(required(call, "--from", ":8080"));
    List<Upstream> upstreams = new ArrayList<>();
    for (String each : required(call, "--to", "127.0.0.1:3000").split(",", -1)) {
      upstreams.add(Upstream.parse(each));
    }
    Optional<String> host = call.value("--host");
    Optional<Secured> tls = tls(call);
    List<String> yaml = new ArrayList<>(tls.map(Secured::yaml).orElse(List.of()));
    yaml.add("listeners:");
    yaml.add(
        "  web: { bind: " + bind.quoted() + ", proto: http, service: site" + tlsKey(tls) + " }");
    yaml.add("http:");
    yaml.add("  site:");
    yaml.add(
        host.map(each -> "    hosts: [" + Json.quoted(each) + "]").orElse("    default: true"));
    yaml.add("    routes:");
    yaml.add("      - { id: all, match: { path: /* }, upstream: app, websocket: true }");
    yaml.add("upstreams:");
    yaml.add("  app:");
    yaml.add("    endpoints:");
    upstreams.forEach(each -> yaml.add("      - { url: " + Json.quoted(each.url()) + " }"));
    List<String> first = new ArrayList<>();
    if (!call.flag("--print-config")) {
      String shownHost = host.orElse(bind.loopback() ? "localhost" : bind.host());
      String from = (tls.isPresent() ? "https://" : "http://") + shownHost + ":" + bind.port();
      for (Upstream each : upstreams) {
        first.add(from + " → " + each.authority() + " (" + each.probe(Clock.system()) + ")");
      }
      first.addAll(bind.note());
    }
    return run(call, "reverse", yaml, first);
  }

  int serve(Call call) throws CommandFailure, IOException {
    String what = call.word(0).orElse(".");
    return what.equals("echo") ? echo(call) : files(call, call.workingDir().resolve(what));
  }

  private int echo(Call call) throws CommandFailure, IOException {
    if (call.value("--tls").isPresent()) {
      throw CommandFailure.usage(
          "serve echo: --tls is not possible", "use: fairlead serve DIR --tls");
    }
    Bind bind = Bind.parse(call.value("--listen").orElse(":8081"));
    List<String> yaml =
        List.of("listeners:", "  echo: { bind: " + bind.quoted() + ", proto: echo }");
    List<String> first = new ArrayList<>();
    first.add(
        "echo on http://%1$s, ws://%1$s, tcp and udp %1$s — try: curl http://%1$s/hello"
            .formatted(bind.shown()));
    first.addAll(bind.note());
    return run(call, "echo", yaml, first);
  }

  private int files(Call call, Path folder) throws CommandFailure, IOException {
    if (!Files.isDirectory(folder)) {
      throw new CommandFailure(
          Exit.NO_INPUT, "no_folder", folder.normalize() + ": no such folder", "");
    }
    Bind bind = Bind.parse(call.value("--listen").orElse(":8080"));
    Optional<Secured> tls = tls(call);
    Path root = folder.toRealPath();
    List<String> yaml = new ArrayList<>(tls.map(Secured::yaml).orElse(List.of()));
    yaml.add("listeners:");
    yaml.add(
        "  web: { bind: " + bind.quoted() + ", proto: http, service: site" + tlsKey(tls) + " }");
    yaml.add("http:");
    yaml.add("  site:");
    yaml.add("    default: true");
    yaml.add("    routes:");
    yaml.add(
        "      - { id: files, match: { path: /* }, files: { root: "
            + Json.quoted(root.toString())
            + (call.flag("--browse") ? ", browse: true" : "")
            + (call.flag("--spa") ? ", spa_fallback: /index.html" : "")
            + " } }");
    long count;
    try (Stream<Path> entries = Files.list(root)) {
      count = entries.filter(Files::isRegularFile).count();
    }
    List<String> first = new ArrayList<>();
    first.add(
        "%s://%s → %s (%s at the top level)"
            .formatted(
                tls.isPresent() ? "https" : "http",
                bind.shown(),
                root,
                count == 1 ? "1 file" : count + " files"));
    first.addAll(bind.note());
    return run(call, "serve", yaml, first);
  }

  int broker(Call call) throws CommandFailure, IOException {
    Bind bind = Bind.parse(call.value("--listen").orElse(":1883"));
    Optional<Path> users = call.path("--users");
    List<String> yaml = new ArrayList<>();
    yaml.add("listeners:");
    yaml.add("  mqtt: { bind: " + bind.quoted() + ", proto: mqtt }");
    yaml.add("mqtt:");
    // Nobody is slowed down who tries it out; a gateway has bounds.
    yaml.add("  limits: { publish_rate: off, publish_bytes: off }");
    // Its state directory goes when it ends, and what it kept there with it.
    yaml.add("  persistence: { durability: memory }");
    users.ifPresent(
        file -> {
          yaml.add("  auth: [ { type: file, path: " + Json.quoted(file.toString()) + " } ]");
          yaml.add("  acl: { default: allow }");
        });
    if (users.isPresent()) yaml.add("  anonymous: false");
    List<String> first = new ArrayList<>();
    first.add(
        "mqtt://%1$s, ws://%1$s/mqtt (%2$s) — try: fairlead mqtt sub --url mqtt://%1$s 'sensors/#'"
            .formatted(
                bind.shown(),
                users.isPresent() ? "with an account" : "anonymous, from this machine only"));
    first.addAll(bind.note());
    return run(call, "mqtt", yaml, first);
  }

  private int run(Call call, String name, List<String> yaml, List<String> first)
      throws CommandFailure, IOException {
    return run(call, name, yaml, first, Optional.empty(), _ -> {});
  }

  /**
   * Runs a configuration text as a gateway.
   *
   * @param kept a folder for its state that stays; empty: a temporary one
   * @param beside begins on a thread of its own, with the control socket, before the gateway does
   */
  int run(
      Call call,
      String name,
      List<String> yaml,
      List<String> first,
      Optional<Path> kept,
      Consumer<Path> beside)
      throws CommandFailure, IOException {
    String body = String.join("\n", yaml) + "\n";
    if (call.flag("--print-config")) {
      call.terminal().data(("version: 1\nname: " + name + "\n" + body).stripTrailing());
      return Exit.OK;
    }
    Path state = Files.createTempDirectory("fairlead-");
    Path stateDir = kept.orElse(state);
    Optional<Path> found = runtimeDir(call);
    Path socket = found.orElse(state).resolve(name + "-" + ProcessHandle.current().pid() + ".sock");
    List<String> said = new ArrayList<>(first);
    // Elsewhere other commands find it by themselves.
    if (found.isEmpty()) said.add("for other commands: --control unix:" + socket);
    // A signal that comes before the gateway listens to signals ends the process at once.
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  try {
                    remove(socket, state);
                  } catch (IOException left) {
                    call.terminal().say("fairlead: left behind: " + state);
                  }
                }));
    try {
      String head =
          """
          version: 1
          name: %s
          runtime: { state_dir: %s, drain: { announce: 0s } }
          control: { listen: off, socket: %s }
          """
              .formatted(name, Json.quoted(stateDir.toString()), Json.quoted(socket.toString()));
      ConfigSource source = new ConfigSource("<generated>", head + body, call.workingDir());
      Thread.ofVirtual().name("beside").start(() -> beside.accept(socket));
      return product.run(
          new LaunchOptions(
              source, true, false, said, Optional.empty(), RunCommands.logFormat(call)),
          CliConsole.of(call));
    } finally {
      remove(socket, state);
    }
  }

  private static void remove(Path socket, Path state) throws IOException {
    Files.deleteIfExists(socket);
    if (Files.exists(state)) deleteTree(state);
  }

  /** The user's folder for sockets, where the CLI looks for running gateways. */
  private static Optional<Path> runtimeDir(Call call) {
    String runtime = call.environment().getOrDefault("XDG_RUNTIME_DIR", "");
    if (runtime.isEmpty() || !Files.isDirectory(Path.of(runtime))) return Optional.empty();
    Path folder = Path.of(runtime, "fairlead");
    try {
      Files.createDirectories(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      return Optional.of(folder);
    } catch (IOException | UnsupportedOperationException notPossible) {
      return Optional.empty(); // the temporary folder serves as well
    }
  }

  private static void deleteTree(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(each);
    }
  }

  private static String required(Call call, String option, String example) throws CommandFailure {
    return call.value(option)
        .orElseThrow(
            () -> CommandFailure.usage(option + " is missing", "e.g. " + option + " " + example));
  }

  private static Optional<Secured> tls(Call call) throws CommandFailure {
    Optional<String> text = call.value("--tls");
    if (text.isEmpty()) return Optional.empty();
    if (text.get().equals("internal")) {
      List<String> hosts = new ArrayList<>(List.of("localhost", "127.0.0.1"));
      call.value("--host").ifPresent(hosts::add);
      return Optional.of(
          new Secured(
              "{ internal: true, hosts: ["
                  + String.join(", ", hosts.stream().map(Json::quoted).toList())
                  + "] }"));
    }
    if (text.get().equals("acme")) {
      throw CommandFailure.usage(
          "--tls acme: a certificate must outlive the command",
          "write a configuration with certs: { pub: { acme: { hosts: [...] } } }");
    }
    int colon = text.get().indexOf(':');
    if (colon < 1 || colon == text.get().length() - 1) {
      throw CommandFailure.usage(
          "--tls: `" + text.get() + "`",
          "write internal, or two PEM files: --tls site.crt:site.key");
    }
    Path cert = call.workingDir().resolve(text.get().substring(0, colon));
    Path key = call.workingDir().resolve(text.get().substring(colon + 1));
    return Optional.of(
        new Secured(
            "{ files: { cert: "
                + Json.quoted(cert.toString())
                + ", key: "
                + Json.quoted(key.toString())
                + " } }"));
  }

  private static String tlsKey(Optional<Secured> tls) {
    return tls.isPresent() ? ", tls: { cert: site }" : "";
  }

  /** One entry of section {@code certs}. */
  private record Secured(String cert) {
    List<String> yaml() {
      return List.of("certs:", "  site: " + cert);
    }
  }
}
