package io.fairlead.registry.action;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Pause;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An action and its tries: three, one and five seconds apart. One thread at a time. */
public final class Reloading {
  private static final Logger log = LoggerFactory.getLogger(Reloading.class);
  private static final List<Duration> BETWEEN =
      List.of(Duration.ofSeconds(1), Duration.ofSeconds(5));

  private final ReloadAction action;
  private final Pause pause;
  private final Meters meters;

  Reloading(ReloadAction action, Pause pause, Meters meters) {
    this.action = action;
    this.pause = pause;
    this.meters = meters;
  }

  public String type() {
    return action.type();
  }

  /** See {@link ReloadAction#holdsTheFileItself}. */
  public boolean holdsTheFileItself(Path file) throws InterruptedException {
    return action.holdsTheFileItself(file);
  }

  /** Tries until it works or must not be tried again. */
  public ActionResult run(Occasion occasion) throws InterruptedException {
    for (int tries = 0; ; tries++) {
      ActionResult result = action.run(occasion);
      count(result);
      Optional<String> failure = failure(result);
      if (failure.isEmpty()) return result;
      log.atWarn()
          .addKeyValue("target", occasion.target())
          .addKeyValue("type", action.type())
          .addKeyValue("reason", failure.get())
          .log("reload failed");
      boolean last = tries == BETWEEN.size() || result instanceof ActionResult.Refused;
      if (last) return result;
      pause.sleep(BETWEEN.get(tries));
    }
  }

  private void count(ActionResult result) {
    String word =
        switch (result) {
          case ActionResult.Done _ -> "done";
          case ActionResult.Failed _ -> "failed";
          case ActionResult.Refused _ -> "refused";
        };
    meters
        .counter(
            "registry.reload.tries",
            "Tries to make a process of somebody else reload.",
            "type",
            action.type(),
            "result",
            word)
        .increment();
  }

  private static Optional<String> failure(ActionResult result) {
    return switch (result) {
      case ActionResult.Done _ -> Optional.empty();
      case ActionResult.Failed(String reason) -> Optional.of(reason);
      case ActionResult.Refused(String reason) -> Optional.of(reason);
    };
  }
}
