package io.fairlead.app.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.lifecycle.HandOver;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Limit;
import io.fairlead.core.watch.WatchValue;
import io.fairlead.net.budget.Shedding;
import io.fairlead.net.listen.InheritedSockets;
import io.fairlead.net.listen.ListenerSet;
import io.fairlead.net.listen.ListenerSpec;
import io.fairlead.net.listen.PassedSocket;
import io.fairlead.net.listen.ProcessLimits;
import io.fairlead.net.live.ConnectionRegistry;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.TransportKind;
import io.fairlead.testkit.RawClient;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Both sides of an upgrade in one process, with real sockets and a service whose store only one may
 * have open. The process that the offer starts is a stand-in that does nothing.
 */
class HandOverTest {
  private static final Duration TIME = Duration.ofSeconds(20);

  private final Clock clock = Clock.system();
  private final List<AutoCloseable> open = new ArrayList<>();
  private final CompletableFuture<Path> door = new CompletableFuture<>();
  private final CompletableFuture<Offer.Outcome> outcome = new CompletableFuture<>();
  @TempDir private Path dir;

  /** A process as far as an upgrade sees it. */
  private final class Side implements Estate {
    final EventLoops loops = EventLoops.create(1, TransportKind.EPOLL, "side");
    final LedgerService ledger;
    final ListenerSet listeners;
    final List<String> told = new ArrayList<>();

    Side(String name, InheritedSockets inherited) throws ConfigException {
      ledger = new LedgerService(dir, name);
      Meters meters = new Meters(new SimpleMeterRegistry());
      ProcessLimits limits = new ProcessLimits(Limit.OFF, Limit.OFF, Limit.OFF, 1);
      listeners =
          new ListenerSet(
              loops,
              new ConnectionRegistry(clock, meters),
              new WatchValue<>(limits),
              Shedding.NONE,
              meters,
              clock,
              Randomness.system(),
              inherited);
      listeners
          .prepare(
              List.of(
                  ListenerSpec.of("ledger", new ListenAddress.Host("127.0.0.1", 0), ledger),
                  ListenerSpec.of(
                      "unix", new ListenAddress.Unix(dir.resolve("u").toString()), ledger)))
          .commit();
      open.add(this::shut);
    }

    void shut() {
      listeners.close();
      ledger.close();
      loops.close();
    }

    int port() {
      return listeners.bound().stream()
          .flatMap(bound -> bound.addresses().stream())
          .filter(InetSocketAddress.class::isInstance)
          .map(address -> ((InetSocketAddress) address).getPort())
          .findFirst()
          .orElseThrow();
    }

    @Override
    public Optional<String> obstacle() {
      return Optional.empty();
    }

    @Override
    public long generation() {
      return 4;
    }

    @Override
    public String configHash() {
      return "old";
    }

    @Override
    public boolean freeze() {
      return true;
    }

    @Override
    public void thaw() {}

    @Override
    public List<PassedSocket> sockets() {
      return listeners.export();
    }

    @Override
    public List<HandOver> stores() {
      return List.of(ledger);
    }

    @Override
    public void hold(Set<String> ids) {
      listeners.hold(ids);
    }

    @Override
    public void accept(Set<String> ids) {
      listeners.release(ids);
    }

    @Override
    public void standBy() {
      listeners.standBy();
    }

    @Override
    public void resume() {
      listeners.resume();
    }

    @Override
    public void yield(long successor) {
      listeners.letGo();
      told.add("yield");
    }

    @Override
    public void leave(long successor) {
      told.add("leave");
    }
  }

  private final class Taking implements Heir.Work {
    private final Side side;

    Taking(Side side) {
      this.side = side;
    }

    @Override
    public List<String> stores() {
      return List.of("ledger");
    }

    @Override
    public long generation() {
      return 5;
    }

    @Override
    public void open(String store) throws StartException {
      side.ledger.start();
      side.listeners.release(side.ledger.listeners());
    }

    @Override
    public void settle() {
      side.listeners.settle();
    }
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open.reversed()) each.close();
  }

  @Test
  void aLockedStoreChangesHandsAndNoClientNoticesMoreThanAPause() throws Exception {
    Side old = serving("old");
    int port = old.port();
    Queue<String> answers = new ConcurrentLinkedQueue<>();
    Queue<String> failures = new ConcurrentLinkedQueue<>();
    AtomicBoolean over = new AtomicBoolean();
    AtomicInteger next = new AtomicInteger();
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      clients.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    while (!over.get()) {
                      try {
                        answers.add(ask(port, "line " + next.incrementAndGet()));
                      } catch (Exception failure) {
                        failures.add(failure.toString());
                      }
                    }
                  }));
    }
    Awaitility.await().atMost(TIME).until(() -> answers.size() > 50);
    offer(old);
    Side young;
    try (Heir heir = Heir.connect(door.get(10, TimeUnit.SECONDS), clock)) {
      Inheritance inheritance = heir.meet("test", "new");
      assertThat(inheritance.generation()).isEqualTo(4);
      assertThat(inheritance.configHash()).isEqualTo("old");
      young = new Side("young", inheritance.sockets());
      young.listeners.hold(Set.of("ledger"));
      young.listeners.start();
      assertThatThrownBy(young.ledger::start).hasMessageContaining("locked");
      heir.conclude(new Taking(young));
    }
    assertThat(outcome.get(10, TimeUnit.SECONDS)).isInstanceOf(Offer.Outcome.HandedOver.class);
    Awaitility.await().atMost(TIME).until(() -> answers.contains("young"));
    int since = answers.size();
    Awaitility.await().atMost(TIME).until(() -> answers.size() > since + 50);
    over.set(true);
    for (Thread client : clients) client.join();
    assertThat(failures).isEmpty();
    // Who was accepted before the store went, and spoke after, is turned away and comes again.
    assertThat(answers).containsAnyOf("old").contains("young");
    assertThat(answers.stream().filter("closed"::equals).count()).isLessThanOrEqualTo(8);
    assertThat(Files.readAllLines(dir.resolve("ledger")))
        .as("lines acknowledged")
        .hasSize((int) answers.stream().filter(answer -> !answer.equals("closed")).count());
    Awaitility.await().atMost(TIME).until(() -> old.told.equals(List.of("yield", "leave")));
    old.shut();
    assertThat(dir.resolve("u")).as("the unix socket's file").exists();
    assertThat(ask(dir.resolve("u"))).isEqualTo("young");
  }

  @Test
  void anHeirThatFailsWithTheStoreInHandGivesItBackByItsEnd() throws Exception {
    Side old = serving("old");
    offer(old);
    Heir heir = Heir.connect(door.get(10, TimeUnit.SECONDS), clock);
    Side young = new Side("young", heir.meet("test", "new").sockets());
    young.listeners.hold(Set.of("ledger"));
    young.listeners.start();
    Heir.Work failing =
        new Heir.Work() {
          @Override
          public List<String> stores() {
            return List.of("ledger");
          }

          @Override
          public long generation() {
            return 5;
          }

          @Override
          public void open(String store) throws StartException {
            throw new StartException(StartException.Reason.OTHER, "does not open");
          }

          @Override
          public void settle() {}
        };
    assertThatThrownBy(() -> heir.conclude(failing)).hasMessageContaining("does not open");
    CompletableFuture<String> meanwhile =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return ask(old.port(), "waits");
              } catch (Exception failure) {
                return failure.toString();
              }
            });
    young.shut();
    heir.close();
    assertThat(outcome.get(10, TimeUnit.SECONDS))
        .isEqualTo(new Offer.Outcome.Failed("the new process went away"));
    assertThat(meanwhile.get(10, TimeUnit.SECONDS)).isEqualTo("old");
    assertThat(ask(old.port(), "again")).isEqualTo("old");
    assertThat(ask(dir.resolve("u"))).as("the unix socket's file stayed").isEqualTo("old");
    assertThat(old.told).isEmpty();
  }

  @Test
  void anOfferNobodyTakesEndsInTime() throws Exception {
    Side old = serving("old");
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                offering(old).run(Duration.ofMillis(600), outcome::complete);
              } catch (InterruptedException interrupted) {
                outcome.completeExceptionally(interrupted);
              }
            });
    assertThat(outcome.get(10, TimeUnit.SECONDS))
        .isEqualTo(new Offer.Outcome.Failed("the new process was not ready in time"));
    assertThat(ask(old.port(), "still here")).isEqualTo("old");
    Awaitility.await().atMost(TIME).until(() -> !Files.exists(door.get().getParent()));
  }

  private Side serving(String name) throws Exception {
    Side side = new Side(name, new InheritedSockets());
    side.ledger.start();
    side.listeners.start();
    return side;
  }

  private void offer(Side old) {
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                offering(old).run(TIME, outcome::complete);
              } catch (InterruptedException interrupted) {
                outcome.completeExceptionally(interrupted);
              }
            });
  }

  private Offer offering(Side old) {
    return new Offer(
        old,
        socket -> {
          door.complete(socket);
          return List.of("sleep", "60");
        },
        uid -> true,
        clock);
  }

  private static String ask(int port, String line) throws Exception {
    try (RawClient client = RawClient.connect(port)) {
      return client.send(line + "\n").readUntil("\n").strip();
    }
  }

  private static String ask(Path socket) throws Exception {
    try (RawClient client = RawClient.connect(socket)) {
      return client.send("x\n").readUntil("\n").strip();
    }
  }
}
