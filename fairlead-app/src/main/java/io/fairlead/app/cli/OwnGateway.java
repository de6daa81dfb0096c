package io.fairlead.app.cli;

import io.fairlead.core.time.Clock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The gateway that this very process runs, asked by its socket. */
final class OwnGateway {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private OwnGateway() {}

  /** Its answer; empty while it gives none yet. */
  static Optional<Map<String, @Nullable Object>> asked(
      Path socket, String method, String path, Optional<String> body) {
    if (!Files.exists(socket)) return Optional.empty();
    try {
      ControlClient.Answer answer =
          new ControlClient(Clock.system(), PATIENCE)
              .send(new ControlEndpoint.Socket(socket), method, path, Optional.empty(), body);
      return answer.status() == 200 ? Json.object(answer.body()) : Optional.empty();
    } catch (IOException notYet) {
      return Optional.empty();
    }
  }
}
