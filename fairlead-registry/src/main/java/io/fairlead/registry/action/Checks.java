package io.fairlead.registry.action;

import io.fairlead.core.dial.Destination;
import io.fairlead.registry.action.Verification.Check;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The looks that a verification can take. */
final class Checks {
  /** Digits of the digest a gateway tells. */
  private static final int HASH_DIGITS = 12;

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private Checks() {}

  static Check of(VerifyConfig config, ProgramRun programs) {
    return switch (config) {
      case VerifyConfig.None _ -> (occasion, digest, timeout) -> Optional.empty();
      case VerifyConfig.Tcp tcp -> (occasion, digest, timeout) -> tcp(tcp.address(), timeout);
      case VerifyConfig.Http http -> (occasion, digest, timeout) -> http(http, timeout);
      case VerifyConfig.Fairlead gateway ->
          (occasion, digest, timeout) -> fairlead(gateway, digest, timeout);
      case VerifyConfig.Exec exec ->
          (occasion, digest, timeout) -> exec(exec, programs, occasion, timeout);
    };
  }

  private static Optional<String> tcp(Destination.HostPort address, Duration timeout) {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(address.host(), address.port()),
          Math.clamp(timeout.toMillis(), 1, 60_000));
      return Optional.empty();
    } catch (IOException failure) {
      return Optional.of("tcp " + address + ": " + failure.getMessage());
    }
  }

  private static Optional<String> http(VerifyConfig.Http config, Duration timeout)
      throws InterruptedException {
    try {
      HttpCall.Answer answer = HttpCall.get(config.url(), Map.of(), timeout);
      if (answer.status() != config.status()) {
        return Optional.of("http " + answer.status() + " instead of " + config.status());
      }
      if (config.pointer().isEmpty()) return Optional.empty();
      JsonNode found = JSON.readTree(answer.body()).at(config.pointer().get());
      String text = found.isValueNode() ? found.asString() : found.toString();
      boolean good =
          !found.isMissingNode() && (config.value().isEmpty() || config.value().get().equals(text));
      return good
          ? Optional.empty()
          : Optional.of(config.pointer().get() + " is not " + config.value().orElse("there"));
    } catch (IOException | JacksonException failure) {
      return Optional.of("http: " + failure.getMessage());
    }
  }

  private static Optional<String> fairlead(
      VerifyConfig.Fairlead config, String digest, Duration timeout) throws InterruptedException {
    try {
      return another(running(config, timeout), digest);
    } catch (IOException | JacksonException failure) {
      return Optional.of("gateway: " + failure.getMessage());
    }
  }

  /** What the gateway says that it runs instead of the file; empty when it says nothing. */
  static Optional<String> runsAnother(VerifyConfig.Fairlead config, String digest, Duration timeout)
      throws InterruptedException {
    try {
      return another(running(config, timeout), digest);
    } catch (IOException | JacksonException silent) {
      return Optional.empty();
    }
  }

  private static Optional<String> another(String hash, String digest) {
    boolean same = digest.startsWith(hash) || hash.startsWith(digest);
    return same ? Optional.empty() : Optional.of("gateway runs " + hash + ", not the new file");
  }

  private static String running(VerifyConfig.Fairlead config, Duration timeout)
      throws IOException, InterruptedException {
    URI status = config.url().resolve("/v1/status");
    Map<String, String> fields =
        config
            .secret()
            .map(secret -> Map.of("Authorization", "Bearer " + secret.reveal()))
            .orElse(Map.of());
    HttpCall.Answer answer = HttpCall.get(status, fields, timeout);
    if (answer.status() != 200) throw new IOException("it answers " + answer.status());
    String hash = JSON.readTree(answer.body()).path("hash").asString("");
    if (hash.length() < HASH_DIGITS) throw new IOException("it does not say what it runs");
    return hash;
  }

  private static Optional<String> exec(
      VerifyConfig.Exec config, ProgramRun programs, Occasion occasion, Duration timeout)
      throws InterruptedException {
    Map<String, String> environment =
        Map.of(
            "FAIRLEAD_TARGET", occasion.target(),
            "FAIRLEAD_PLAN", occasion.plan(),
            "FAIRLEAD_FILE", occasion.file().toString());
    ActionResult result =
        ExecAction.result(
            programs.run(config.argv(), environment, timeout), config.okExit(), config.argv());
    return switch (result) {
      case ActionResult.Done _ -> Optional.empty();
      case ActionResult.Failed(String reason) -> Optional.of(reason);
      case ActionResult.Refused(String reason) -> Optional.of(reason);
    };
  }
}
