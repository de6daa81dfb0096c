package io.fairlead.relay.finder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.Nodes;
import io.fairlead.relay.Nodes.Node;
import io.fairlead.relay.network.Networks;
import io.fairlead.relay.reservation.Reservation;
import io.fairlead.relay.reservation.Reservations;
import io.fairlead.relay.service.RelayServiceSettings;
import io.fairlead.relay.service.RelayServiceSettings.Mode;
import io.fairlead.relay.source.RelayPeer;
import io.fairlead.relay.source.StaticRelays;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Delayed;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On real nodes, with timers that are moved by hand. */
class FinderDriverTest {
  private final Nodes nodes = new Nodes();
  private final HandClock clock = new HandClock();
  private final List<AutoCloseable> parts = new ArrayList<>();
  private final AtomicInteger asked = new AtomicInteger();
  private Node relay;
  private Node node;

  @BeforeEach
  void open() throws Exception {
    relay = nodes.node();
    nodes.serve(relay, RelayServiceSettings.DEFAULTS.in(Mode.ON));
    node = nodes.node(PeerGate.open());
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable part : parts) part.close();
    nodes.close();
  }

  /** A relay that says nothing. */
  private final class Silent implements Reservations {
    private final boolean cut;

    Silent(boolean cut) {
      this.cut = cut;
    }

    @Override
    public CompletionStage<Reservation> reserve(PeerId peer, List<Multiaddr> addresses) {
      if (cut) node.host.connections(peer).forEach(each -> each.close(0));
      asked.incrementAndGet();
      return new CompletableFuture<>();
    }

    @Override
    public void drop(PeerId peer) {}
  }

  private FinderDriver finder(Reservations reservations) {
    FinderDriver finder =
        new FinderDriver(
            new FinderDriver.Ground(
                node.host,
                reservations,
                StaticRelays.typed(List.of(relay.at())),
                Networks.NONE,
                HistoryFile.forgotten(),
                _ -> {},
                clock.timers(),
                clock,
                Randomness.system()),
            FinderSettings.DEFAULTS.forList(1),
            _ -> {},
            nodes.meters);
    parts.add(finder);
    return finder;
  }

  private FinderReport.Backoff leftAlone(boolean cut) {
    FinderDriver finder = finder(new Silent(cut));
    finder.start();
    await().atMost(Nodes.WITHIN).until(() -> asked.get() == 1);
    await()
        .atMost(Nodes.WITHIN)
        .until(() -> node.host.connections(relay.id()).stream().noneMatch(Connection::relayed));
    if (cut) {
      await().atMost(Nodes.WITHIN).until(() -> node.host.connections(relay.id()).isEmpty());
    }
    await().atMost(Nodes.WITHIN).until(() -> finder.waiting() == 1);
    clock.advance(Duration.ofSeconds(10).minusNanos(1));
    assertThat(finder.report().backoffs()).isEmpty();
    clock.advance(Duration.ofNanos(1));
    await().atMost(Nodes.WITHIN).until(() -> finder.report().backoffs().size() == 1);
    return finder.report().backoffs().getFirst();
  }

  /** Where packets are swallowed a dial takes longer than the time for all of it. */
  @Test
  void aRelayThatIsNotReachedInTimeIsNotOneThatDoesNotAnswer() {
    FinderReport.Backoff backoff = leftAlone(true);
    assertThat(backoff.reason()).isEqualTo("not_connected");
    assertThat(Duration.ofNanos(backoff.untilNanos() - clock.nanos()))
        .isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void aRelayThatDoesNotAnswerIsLeftAloneForAMinute() {
    FinderReport.Backoff backoff = leftAlone(false);
    assertThat(backoff.reason()).isEqualTo("connection_failed");
    assertThat(Duration.ofNanos(backoff.untilNanos() - clock.nanos()))
        .isEqualTo(Duration.ofMinutes(1));
  }

  @Test
  void whatWasAnsweredIsNotKept() {
    FinderDriver finder = finder(node.client.reservations());
    finder.start();
    await().atMost(Nodes.WITHIN).until(() -> finder.report().held() == 1);
    await().atMost(Nodes.WITHIN).until(() -> finder.waiting() == 0);
  }

  /** An operator is told that nothing comes of it. */
  @Test
  void aWishEndsWithTheFinder() throws Exception {
    FinderDriver finder = finder(new Silent(false));
    finder.start();
    await().atMost(Nodes.WITHIN).until(() -> asked.get() == 1);
    Node other = nodes.node();
    var wish = finder.reserveOn(RelayPeer.typed(other.at())).toCompletableFuture();
    await().atMost(Nodes.WITHIN).until(() -> asked.get() == 2);
    assertThat(wish).isNotDone();
    finder.stop();
    assertThat(wish)
        .failsWithin(Nodes.WITHIN)
        .withThrowableOfType(ExecutionException.class)
        .withMessageContaining("given up");
  }

  /** Time that stands until it is moved, and what is to happen then. */
  private static final class HandClock implements Clock {
    private final List<Timer> due = new CopyOnWriteArrayList<>();
    private volatile long nowNanos;

    private final class Timer extends FutureTask<Void> implements ScheduledFuture<Void> {
      final long atNanos;

      Timer(Runnable task, long atNanos) {
        super(task, null);
        this.atNanos = atNanos;
      }

      @Override
      public long getDelay(TimeUnit unit) {
        return unit.convert(atNanos - nowNanos, TimeUnit.NANOSECONDS);
      }

      @Override
      public int compareTo(Delayed other) {
        return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
      }
    }

    @Override
    public long nanos() {
      return nowNanos;
    }

    @Override
    public Instant wall() {
      return Clock.system().wall().plusNanos(nowNanos);
    }

    void advance(Duration by) {
      nowNanos += by.toNanos();
      for (Timer each : due) {
        if (each.atNanos <= nowNanos && due.remove(each)) each.run();
      }
    }

    /** Does nothing but schedule once. */
    ScheduledExecutorService timers() {
      return (ScheduledExecutorService)
          Proxy.newProxyInstance(
              HandClock.class.getClassLoader(),
              new Class<?>[] {ScheduledExecutorService.class},
              (_, method, given) -> {
                if (!method.getName().equals("schedule") || !(given[0] instanceof Runnable task)) {
                  throw new UnsupportedOperationException(method.getName());
                }
                Timer timer =
                    new Timer(task, nowNanos + ((TimeUnit) given[2]).toNanos((long) given[1]));
                due.add(timer);
                return timer;
              });
    }
  }
}
