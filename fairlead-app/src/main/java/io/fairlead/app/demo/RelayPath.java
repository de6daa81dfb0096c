package io.fairlead.app.demo;

import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.RelayNode;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/**
 * What a node has at the gateway's relay: its place there, as the relay lists it, or a circuit to
 * it, as its caller sees it. A thread looks every few milliseconds whether it is still there.
 */
final class RelayPath implements DemoPath {
  private static final Duration LOOK = Duration.ofMillis(2);

  private final String name;
  private final BooleanSupplier there;
  private final Runnable ping;
  private final AtomicLong answers = new AtomicLong();
  private final AtomicReference<Optional<Ending>> ending = new AtomicReference<>(Optional.empty());
  private volatile boolean closed;

  private RelayPath(String name, BooleanSupplier there) {
    this.name = name;
    this.there = there;
    this.ping = answers::incrementAndGet; // a place is asked for again by itself, in time
  }

  private RelayPath(RelayNode caller, PeerId peer) {
    this.name = "relay: a circuit";
    this.there = () -> !caller.host().connections(peer).isEmpty();
    this.ping =
        () -> caller.host().ping(peer).thenRun(answers::incrementAndGet).exceptionally(_ -> null);
  }

  /** A node's place at a relay. */
  static RelayPath place(RelayNode relay, PeerId peer) {
    return new RelayPath(
        "relay: its place",
        () -> relay.service().places().stream().anyMatch(place -> place.peer().equals(peer)));
  }

  /** A circuit to a node. */
  static RelayPath circuit(RelayNode caller, PeerId peer) {
    return new RelayPath(caller, peer);
  }

  /** Whether it is there. */
  boolean open() {
    return there.getAsBoolean();
  }

  /** From now on its end is noticed. */
  void watch() {
    Thread.ofVirtual().name("demo-" + name).start(this::look);
  }

  private void look() {
    try {
      while (there.getAsBoolean()) {
        if (closed) return;
        Pause.system().sleep(LOOK);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return;
    }
    ending.set(Optional.of(new Ending(Clock.system().nanos(), "closed")));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void ping() {
    if (there.getAsBoolean()) ping.run();
  }

  @Override
  public long answers() {
    return answers.get();
  }

  @Override
  public Optional<Ending> ending() {
    return ending.get();
  }

  @Override
  public void close() {
    closed = true;
  }
}
