package io.fairlead.app.upgrade;

import io.fairlead.control.api.UpgradeRequest;
import io.fairlead.control.api.UpgradeResult;
import io.fairlead.control.api.Upgrading;
import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.time.Clock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where upgrades are asked for: one at a time, and one that succeeds is the last. Thread-safe. */
public final class UpgradeDesk implements Upgrading {
  private static final Logger log = LoggerFactory.getLogger(UpgradeDesk.class);

  private final Estate estate;
  private final Optional<SuccessorCommand> command;
  private final Supplier<Optional<Path>> allowDir;
  private final OptionalInt ownUid;
  private final AuditTrail audit;
  private final Clock clock;
  private final AtomicBoolean busy = new AtomicBoolean();

  /**
   * @param command of this process; empty when a successor cannot be started like it
   * @param allowDir below which a named binary must be; empty: none may be named
   */
  public UpgradeDesk(
      Estate estate,
      Optional<SuccessorCommand> command,
      Supplier<Optional<Path>> allowDir,
      OptionalInt ownUid,
      AuditTrail audit,
      Clock clock) {
    this.estate = estate;
    this.command = command;
    this.allowDir = allowDir;
    this.ownUid = ownUid;
    this.audit = audit;
    this.clock = clock;
  }

  @Override
  public CompletionStage<UpgradeResult> upgrade(UpgradeRequest request) {
    Optional<UpgradeResult> refusal = refusal(request);
    if (refusal.isPresent()) return CompletableFuture.completedStage(refusal.get());
    if (!busy.compareAndSet(false, true)) {
      return CompletableFuture.completedStage(
          new UpgradeResult.Busy(estate.generation(), "an upgrade is under way or done"));
    }
    if (!estate.freeze()) {
      busy.set(false);
      return CompletableFuture.completedStage(
          new UpgradeResult.Busy(
              estate.generation(), "a change of the configuration is under way"));
    }
    record(request, "offered", Map.of());
    CompletableFuture<UpgradeResult> answer = new CompletableFuture<>();
    SuccessorCommand successor = command.orElseThrow();
    SuccessorCommand chosen = request.binary().map(successor::startedBy).orElse(successor);
    Thread.ofVirtual().name("upgrade").start(() -> run(request, chosen, answer));
    return answer;
  }

  private void run(
      UpgradeRequest request, SuccessorCommand successor, CompletableFuture<UpgradeResult> answer) {
    try {
      new Offer(estate, successor::at, this::trusted, clock)
          .run(
              request.timeout(),
              outcome -> {
                if (outcome instanceof Offer.Outcome.Failed(String reason)) {
                  // What succeeds is for the successor to write: the file is its own by now.
                  record(request, "failed", Map.of("reason", reason));
                  free();
                }
                answer.complete(result(outcome));
              });
    } catch (InterruptedException | RuntimeException failure) {
      log.atError().setCause(failure).log("upgrade failed");
      if (!answer.isDone()) {
        free();
        answer.completeExceptionally(failure);
      }
    }
  }

  private void free() {
    estate.thaw();
    busy.set(false);
  }

  private UpgradeResult result(Offer.Outcome outcome) {
    return switch (outcome) {
      case Offer.Outcome.HandedOver done ->
          new UpgradeResult.HandedOver(
              done.successor(), done.generation(), done.sockets(), done.took(), done.passing());
      case Offer.Outcome.Failed(String reason) ->
          new UpgradeResult.Failed(estate.generation(), reason);
    };
  }

  private void record(UpgradeRequest request, String result, Map<String, ?> more) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("who", request.who().name());
    request.binary().ifPresent(binary -> fields.put("binary", binary.toString()));
    fields.put("result", result);
    fields.put("generation", estate.generation());
    fields.putAll(more);
    audit.record("process.upgrade", fields);
  }

  private Optional<UpgradeResult> refusal(UpgradeRequest request) {
    long generation = estate.generation();
    if (command.isEmpty()) {
      return Optional.of(
          new UpgradeResult.Impossible(
              generation,
              "only a gateway started by `fairlead run -c FILE` can be replaced in place",
              "stop it and start the new one"));
    }
    Optional<String> obstacle = estate.obstacle();
    if (obstacle.isPresent()) {
      return Optional.of(
          new UpgradeResult.Impossible(
              generation, obstacle.get(), "set runtime.transport: epoll, on Linux, and restart"));
    }
    return request.binary().isEmpty()
        ? Optional.empty()
        : binaryRefusal(request, request.binary().get(), generation);
  }

  private Optional<UpgradeResult> binaryRefusal(
      UpgradeRequest request, Path binary, long generation) {
    if (!request.local()) {
      return notAllowed(
          generation,
          "only root and the gateway's own user may name a binary, over the unix socket",
          "leave `binary` out, or use the control socket");
    }
    Optional<Path> allowed = allowDir.get();
    if (allowed.isEmpty()) {
      return notAllowed(
          generation, "no binary may be named", "set runtime.upgrade.allow_dir to its folder");
    }
    try {
      if (binary.toRealPath().startsWith(allowed.get().toRealPath())) {
        return Files.isExecutable(binary) && Files.isRegularFile(binary)
            ? Optional.empty()
            : failed(generation, binary + " is not an executable file");
      }
      return notAllowed(
          generation,
          binary + " is outside " + allowed.get(),
          "put it there, or set runtime.upgrade.allow_dir");
    } catch (IOException missing) {
      return failed(generation, binary + " cannot be found or looked at");
    }
  }

  private static Optional<UpgradeResult> notAllowed(long generation, String reason, String hint) {
    return Optional.of(new UpgradeResult.NotAllowed(generation, reason, hint));
  }

  private static Optional<UpgradeResult> failed(long generation, String reason) {
    return Optional.of(new UpgradeResult.Failed(generation, reason));
  }

  private boolean trusted(int uid) {
    return uid == 0 || (ownUid.isPresent() && ownUid.getAsInt() == uid);
  }
}
