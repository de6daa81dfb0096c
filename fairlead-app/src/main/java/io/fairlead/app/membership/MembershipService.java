package io.fairlead.app.membership;

import io.fairlead.core.access.Membership;
import io.fairlead.core.config.Diagnostics;
import io.fairlead.core.config.Environment;
import io.fairlead.core.config.Reading;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.lifecycle.StartException.Reason;
import io.fairlead.core.membership.MembershipKeeper;
import io.fairlead.core.meter.Meters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the members file and hands each good picture to the {@link MembershipKeeper}.
 *
 * <p>The file is looked at every {@value #POLL_MILLIS} ms by path, so a rename over it, a swapped
 * symlink and a write in place are all seen, on every file system. A change is read once it has
 * stood still for one more look: a file caught half-written would otherwise remove the members of
 * its missing half. Worst case from the change to the cut: three looks.
 *
 * <p>All state after {@link #start} is owned by the watching thread.
 */
public final class MembershipService implements Service {
  private static final Logger log = LoggerFactory.getLogger(MembershipService.class);
  private static final int POLL_MILLIS = 150;

  /** What tells one state of the file from another without reading it. */
  private record Stamp(long size, FileTime modified, @Nullable Object key) {}

  private final Optional<MembershipConfig> config;
  private final MembershipKeeper keeper;
  private final Environment environment;
  private final ScheduledExecutorService watcher =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("membership").daemon().factory());
  private @Nullable Stamp applied;
  private @Nullable Stamp pending;
  private volatile boolean unreadable;
  private volatile boolean disbelieved;

  public MembershipService(
      Optional<MembershipConfig> config,
      MembershipKeeper keeper,
      Environment environment,
      Meters meters) {
    this.config = config;
    this.keeper = keeper;
    this.environment = environment;
    meters.gauge(
        "membership.entries",
        "Entries of the membership in force.",
        () -> keeper.membership().current().members().size());
    meters.gauge(
        "membership.held",
        "1 while a changed members file is not believed (unreadable, wrong or emptied).",
        () -> held() ? 1 : 0);
  }

  @Override
  public String name() {
    return "membership";
  }

  /** Whether the file on disk is not the membership in force: unreadable, wrong or emptied. */
  public boolean held() {
    return unreadable || disbelieved;
  }

  @Override
  public void start() throws StartException {
    if (config.isEmpty()) return;
    Path file = config.get().file();
    try {
      applied = stamp(file);
      Reading<Membership> reading = MembershipFile.read(file, environment);
      if (reading.value().isEmpty()) {
        throw new StartException(
            Reason.RESOURCE, "members file is wrong:\n" + Diagnostics.render(reading, false));
      }
      keeper.apply(reading.value().get(), Optional.empty());
    } catch (IOException failure) {
      throw new StartException(
          Reason.RESOURCE, "members file " + file + ": " + describe(failure), failure);
    }
    var _ =
        watcher.scheduleWithFixedDelay(this::look, POLL_MILLIS, POLL_MILLIS, TimeUnit.MILLISECONDS);
  }

  @Override
  public void drain(Deadline deadline) {}

  @Override
  public void close() {
    watcher.shutdownNow();
  }

  private void look() {
    MembershipConfig settings = config.orElseThrow();
    try {
      Stamp now = stamp(settings.file());
      unreadable = false;
      if (now.equals(applied)) {
        pending = null;
      } else if (now.equals(pending)) {
        pending = null;
        applied = now;
        follow(settings);
      } else {
        pending = now;
      }
    } catch (IOException failure) {
      if (!unreadable) warn("members file unreadable", describe(failure));
      unreadable = true;
    } catch (RuntimeException failure) {
      // Thrown out of here it would end the schedule without a word.
      log.atError().setCause(failure).log("membership update failed");
    }
  }

  private void follow(MembershipConfig settings) throws IOException {
    Reading<Membership> reading = MembershipFile.read(settings.file(), environment);
    if (reading.value().isEmpty()) {
      hold(
          "members file is wrong",
          reading.problems().getFirst().place().line()
              + ": "
              + reading.problems().getFirst().message());
      return;
    }
    Membership next = reading.value().get();
    boolean emptied = next.members().isEmpty() && !keeper.part(next.source()).members().isEmpty();
    if (emptied && !settings.allowEmpty()) {
      hold("members file is empty", "write membership.allow_empty: true to believe it");
      return;
    }
    disbelieved = false;
    int cut = keeper.apply(next, Optional.empty());
    log.atInfo()
        .addKeyValue("members", next.members().size())
        .addKeyValue("position", next.position())
        .addKeyValue("cut", cut)
        .log("membership changed");
  }

  private void hold(String what, String why) {
    warn(what, why);
    disbelieved = true;
  }

  private static void warn(String what, String why) {
    log.atWarn().addKeyValue("why", why).log("{}; last members stay", what);
  }

  private static Stamp stamp(Path file) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    return new Stamp(attributes.size(), attributes.lastModifiedTime(), attributes.fileKey());
  }

  private static String describe(IOException failure) {
    return failure.getClass().getSimpleName() + ": " + failure.getMessage();
  }
}
