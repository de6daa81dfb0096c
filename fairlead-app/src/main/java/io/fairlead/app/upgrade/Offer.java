package io.fairlead.app.upgrade;

import io.fairlead.app.upgrade.OfferMachine.Effect;
import io.fairlead.app.upgrade.OfferMachine.Input;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.HandOver;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.time.Clock;
import io.fairlead.net.listen.PassedSocket;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.SocketDescriptors;
import io.fairlead.net.loop.TransportKind;
import io.fairlead.net.pass.Heard;
import io.fairlead.net.pass.PassingDoor;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the gateway to a successor: drives {@link OfferMachine} for one upgrade, with a socket, a
 * loop and a process of its own. {@link #run} belongs to one thread.
 */
final class Offer {
  private static final Logger log = LoggerFactory.getLogger(Offer.class);
  private static final int INPUTS_MAX = 1024;
  private static final Duration TICK = Duration.ofMillis(200);
  private static final Duration RELEASE_MAX = Duration.ofSeconds(10);
  private static final Duration DIES_WITHIN = Duration.ofSeconds(5);

  /** Variables that speak of this process and would mislead another. */
  private static final List<String> OWN_VARIABLES =
      List.of("WATCHDOG_PID", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES");

  /** How it ended for the asker. */
  sealed interface Outcome {
    /**
     * @param generation that the successor runs
     * @param took from the start of the successor to the end of our accepting
     * @param passing the part of it from its first word on
     */
    record HandedOver(long successor, long generation, int sockets, Duration took, Duration passing)
        implements Outcome {}

    record Failed(String reason) implements Outcome {}
  }

  private final Estate estate;
  private final Function<Path, List<String>> command;
  private final IntPredicate allowedUid;
  private final Clock clock;
  private final OfferMachine machine = new OfferMachine();
  private final BlockingQueue<Input> inputs = new LinkedBlockingQueue<>(INPUTS_MAX);
  private final Queue<Input> own = new ArrayDeque<>(); // outcomes of effects, before all others
  private Consumer<? super Outcome> asker = _ -> {};
  private @Nullable Resources open;
  private long startedNanos;
  private long greetedNanos;
  private int passed;
  private long successor;

  /** What is open while an offer stands. */
  private static final class Resources {
    final EventLoops loops = EventLoops.create(1, TransportKind.EPOLL, "upgrade");
    final Path directory;
    @Nullable PassingDoor door;
    @Nullable Process process;

    Resources() throws IOException {
      directory = Files.createTempDirectory("fairlead-upgrade-");
    }

    void close() {
      if (door != null) door.close();
      loops.close();
      try {
        Files.deleteIfExists(directory.resolve("door.sock"));
        Files.deleteIfExists(directory);
      } catch (IOException left) {
        log.atDebug().addKeyValue("path", directory).log("upgrade folder stays");
      }
    }
  }

  /**
   * @param command the successor's command line for a socket
   * @param allowedUid whose processes may take what is offered
   */
  Offer(Estate estate, Function<Path, List<String>> command, IntPredicate allowedUid, Clock clock) {
    this.estate = estate;
    this.command = command;
    this.allowedUid = allowedUid;
    this.clock = clock;
  }

  /**
   * Makes the offer and waits for what becomes of it.
   *
   * @param onOutcome told once, as soon as it is decided; the rest of the hand-over comes after
   */
  void run(Duration timeout, Consumer<Outcome> onOutcome) throws InterruptedException {
    startedNanos = clock.nanos();
    asker = onOutcome;
    try {
      feed(new Input.Asked(timeout.toNanos()));
      while (machine.state() instanceof OfferMachine.State.Offering
          || machine.state() instanceof OfferMachine.State.HandedOver) {
        Input input = inputs.poll(TICK.toMillis(), TimeUnit.MILLISECONDS);
        feed(input == null ? new Input.Tick() : input);
      }
    } finally {
      Resources resources = open;
      if (resources != null) resources.close();
    }
  }

  private void feed(Input first) throws InterruptedException {
    own.add(first);
    for (Input input = own.poll(); input != null; input = own.poll()) {
      if (input instanceof Input.Spoke(UpgradeMessage.Hello hello)) greeted(hello);
      List<Effect> wanted = new ArrayList<>();
      machine.accept(input, clock.nanos(), wanted::add);
      for (Effect effect : wanted) perform(effect);
    }
  }

  private void perform(Effect effect) throws InterruptedException {
    switch (effect) {
      case Effect.Spawn _ -> spawn();
      case Effect.Pass(long timeLeftNanos) -> pass(timeLeftNanos);
      case Effect.Release(String store) -> release(store);
      case Effect.Say(UpgradeMessage message) -> say(message);
      case Effect.StandBy _ -> estate.standBy();
      case Effect.Yield _ -> estate.yield(successor);
      case Effect.Report(long generation) -> report(generation);
      case Effect.Withdraw(String reason, List<String> reopen) -> withdraw(reason, reopen);
      case Effect.Refuse(String reason) -> throw new IllegalStateException(reason); // one ask each
      case Effect.Leave _ -> estate.leave(successor);
    }
  }

  private void spawn() {
    try {
      Resources resources = new Resources();
      open = resources;
      Path socket = resources.directory.resolve("door.sock");
      resources.door = PassingDoor.open(resources.loops, socket, allowedUid, this::hear);
      ProcessBuilder builder = new ProcessBuilder(command.apply(socket));
      OWN_VARIABLES.forEach(builder.environment()::remove);
      builder.redirectInput(Redirect.from(new File("/dev/null")));
      builder.redirectOutput(Redirect.INHERIT).redirectError(Redirect.INHERIT);
      Process process = builder.start();
      resources.process = process;
      successor = process.pid();
      var _ = process.onExit().thenAccept(ended -> put(new Input.ProcessEnded(ended.exitValue())));
      log.atInfo()
          .addKeyValue("pid", process.pid())
          .addKeyValue("command", builder.command().getFirst())
          .log("upgrade offered to a new process");
    } catch (IOException failure) {
      own.add(new Input.SpawnFailed("it cannot be started: " + failure.getMessage()));
    }
  }

  private void greeted(UpgradeMessage.Hello hello) {
    successor = hello.pid(); // of the gateway, where what was started is a wrapper around it
    log.atInfo()
        .addKeyValue("pid", hello.pid())
        .addKeyValue("version", hello.version())
        .addKeyValue("config", hello.configHash())
        .log("new process answered the offer");
  }

  private void pass(long timeLeftNanos) {
    greetedNanos = clock.nanos();
    List<PassedSocket> sockets = estate.sockets();
    passed = sockets.size();
    say(
        new UpgradeMessage.Manifest(
            estate.generation(),
            estate.configHash(),
            Duration.ofNanos(timeLeftNanos),
            sockets.stream().map(PassedSocket::name).toList(),
            estate.stores().stream().map(HandOver::name).toList()));
    door().line().pass(sockets.stream().map(PassedSocket::descriptor).toList());
  }

  private void release(String name) throws InterruptedException {
    Optional<HandOver> store = store(name);
    // A store that only the new configuration has is nobody's yet.
    if (store.isPresent()) {
      estate.hold(store.get().listeners());
      try {
        store.get().release(Deadline.in(clock, RELEASE_MAX));
      } catch (RuntimeException failure) {
        log.atError().addKeyValue("store", name).setCause(failure).log("release failed");
        own.add(new Input.ReleaseFailed(name, String.valueOf(failure.getMessage())));
        return;
      }
      log.atInfo().addKeyValue("store", name).log("store given to the new process");
    }
    own.add(new Input.Released(name));
  }

  private void report(long generation) {
    long now = clock.nanos();
    Outcome.HandedOver done =
        new Outcome.HandedOver(
            successor,
            generation,
            passed,
            Duration.ofNanos(now - startedNanos),
            Duration.ofNanos(now - greetedNanos));
    log.atInfo()
        .addKeyValue("pid", done.successor())
        .addKeyValue("generation", generation)
        .addKeyValue("sockets", passed)
        .addKeyValue("took_ms", done.took().toMillis())
        .addKeyValue("passing_ms", done.passing().toMillis())
        .log("handed over, draining");
    asker.accept(done);
  }

  private void withdraw(String reason, List<String> reopen) throws InterruptedException {
    say(new UpgradeMessage.Withdrawn(reason));
    Resources resources = open;
    Process process = resources == null ? null : resources.process;
    // First of all, since it may hold what is to be opened again.
    if (process != null) end(process);
    for (String name : reopen) store(name).ifPresent(this::reopen);
    estate.resume();
    log.atWarn()
        .addKeyValue("reason", reason)
        .addKeyValue("generation", estate.generation())
        .log("upgrade failed, this process goes on");
    asker.accept(new Outcome.Failed(reason));
  }

  private void reopen(HandOver store) {
    try {
      store.reopen();
      estate.accept(store.listeners());
      log.atInfo().addKeyValue("store", store.name()).log("store taken back");
    } catch (StartException failure) {
      log.atError()
          .addKeyValue("store", store.name())
          .setCause(failure)
          .log("store could not be taken back");
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static void end(Process process) throws InterruptedException {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroy();
    children.forEach(ProcessHandle::destroy);
    if (!process.waitFor(DIES_WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
      process.destroyForcibly().waitFor(DIES_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    }
    children.forEach(ProcessHandle::destroyForcibly);
  }

  private void hear(Heard heard) {
    switch (heard) {
      case Heard.Words(byte[] frame) -> {
        try {
          put(new Input.Spoke(UpgradeCodec.decode(frame)));
        } catch (IOException foreign) {
          put(new Input.PeerGone()); // not one of us: as good as nobody
        }
      }
      case Heard.Descriptor(int number) -> SocketDescriptors.close(number);
      case Heard.Gone _ -> put(new Input.PeerGone());
    }
  }

  private void put(Input input) {
    if (!inputs.offer(input)) {
      // Only a peer gone mad says so much; the offer ends by its time.
      log.atDebug().log("upgrade inbox full, message dropped");
    }
  }

  private void say(UpgradeMessage message) {
    Resources resources = open;
    if (resources == null || resources.door == null) return; // there was never anybody to tell
    resources.door.line().send(UpgradeCodec.encode(message));
  }

  private Optional<HandOver> store(String name) {
    return estate.stores().stream().filter(each -> each.name().equals(name)).findFirst();
  }

  private PassingDoor door() {
    Resources resources = open;
    if (resources == null || resources.door == null) throw new IllegalStateException("no door");
    return resources.door;
  }
}
