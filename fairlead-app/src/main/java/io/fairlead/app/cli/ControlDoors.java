package io.fairlead.app.cli;

import io.fairlead.core.config.Node;
import io.fairlead.core.config.Reading;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.StreamSupport;

/**
 * Where a running gateway may be reached (flag, environment, file, runtime folder, default port),
 * nearest first.
 *
 * @param token for the doors that want one
 */
record ControlDoors(List<ControlEndpoint> endpoints, Optional<String> token) {
  private static final ControlEndpoint DEFAULT = new ControlEndpoint.Port("127.0.0.1", 8837);
  private static final int SOCKETS_MAX = 64;
  private static final int TOKEN_BYTES_MAX = 4096;

  ControlDoors {
    endpoints = List.copyOf(endpoints);
  }

  static ControlDoors of(Call call, Product product) throws CommandFailure {
    Optional<String> token = Optional.empty();
    Optional<Path> tokenFile = call.path("--token-file");
    if (tokenFile.isPresent()) token = Optional.of(readToken(tokenFile.get()));

    Optional<String> named = call.value("--control");
    if (named.isPresent()) {
      ControlEndpoint endpoint =
          ControlEndpoint.parse(named.get(), call.workingDir())
              .orElseThrow(
                  () ->
                      CommandFailure.usage(
                          "--control: `" + named.get() + "` is not an address",
                          "write unix:/path/control.sock or http://127.0.0.1:8837"));
      return new ControlDoors(List.of(endpoint), token);
    }

    Set<ControlEndpoint> endpoints = new LinkedHashSet<>();
    boolean fileNamed = ConfigFiles.named(call).filter(name -> !name.equals("-")).isPresent();
    Optional<Path> file = ConfigFiles.locate(call).filter(each -> !each.endsWith("-"));
    if (file.isPresent()) {
      FromFile found = fromFile(call, product, file.get());
      endpoints.addAll(found.endpoints());
      if (token.isEmpty()) token = found.token();
    }
    if (!fileNamed) {
      endpoints.addAll(runtimeSockets(call.environment()));
      endpoints.add(DEFAULT);
    }
    return new ControlDoors(List.copyOf(endpoints), token);
  }

  private record FromFile(List<ControlEndpoint> endpoints, Optional<String> token) {}

  /**
   * What the file says, or what it says by default when it cannot be read: a broken file must not
   * keep anybody from the gateway that still runs on its last good form.
   */
  private static FromFile fromFile(Call call, Product product, Path file) throws CommandFailure {
    Path absolute = call.workingDir().resolve(file).toAbsolutePath().normalize();
    Path parent = absolute.getParent();
    Path folder = parent == null ? call.workingDir() : parent;
    Reading<?> reading = product.read(ConfigFiles.read(call, file));
    String socket = text(reading, "/control/socket").orElse("run/control.sock");
    Optional<String> listen = text(reading, "/control/listen");
    String stateDir = text(reading, "/runtime/state_dir").orElse("state");

    List<ControlEndpoint> endpoints = new ArrayList<>();
    if (!socket.equals("off")) endpoints.add(new ControlEndpoint.Socket(folder.resolve(socket)));
    listen
        .filter(each -> !each.equals("off"))
        .flatMap(each -> ControlEndpoint.parse(each, folder))
        .ifPresent(endpoints::add);
    if (listen.isEmpty()) endpoints.add(DEFAULT);
    Path tokenFile = folder.resolve(stateDir).resolve("control.token");
    Optional<String> token =
        Files.isReadable(tokenFile) ? Optional.of(readToken(tokenFile)) : Optional.empty();
    return new FromFile(endpoints, token);
  }

  /** As it is in effect; as it is written when the file has errors. */
  private static Optional<String> text(Reading<?> reading, String path) {
    Optional<String> effective =
        reading.effective().at(path).filter(String.class::isInstance).map(String.class::cast);
    return effective.or(
        () ->
            reading
                .document()
                .node(path)
                .filter(Node.Scalar.class::isInstance)
                .map(node -> ((Node.Scalar) node).text()));
  }

  private static List<ControlEndpoint> runtimeSockets(Map<String, String> environment) {
    String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
    if (runtime.isEmpty()) return List.of();
    Path folder = Path.of(runtime, "fairlead");
    if (!Files.isDirectory(folder)) return List.of();
    try (DirectoryStream<Path> sockets = Files.newDirectoryStream(folder, "*.sock")) {
      return StreamSupport.stream(sockets.spliterator(), false)
          .sorted()
          .limit(SOCKETS_MAX)
          .<ControlEndpoint>map(ControlEndpoint.Socket::new)
          .toList();
    } catch (IOException unreadable) {
      return List.of(); // another user's folder: nothing of ours in there
    }
  }

  private static String readToken(Path file) throws CommandFailure {
    try (var in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(TOKEN_BYTES_MAX);
      String token = new String(bytes, java.nio.charset.StandardCharsets.US_ASCII).strip();
      if (token.matches("[\\x21-\\x7e]+")) return token;
    } catch (IOException unreadable) {
      throw new CommandFailure(
          Exit.NO_INPUT, "unreadable", file + ": cannot be read", "see: --token-file");
    }
    throw new CommandFailure(Exit.INVALID, "bad_token", file + ": holds no token", "");
  }
}
