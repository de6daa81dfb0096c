package io.fairlead.relay.finder;

import io.fairlead.core.mailbox.Mailbox;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.host.Connectedness;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.host.HostEvent;
import io.fairlead.libp2p.host.HostEvents;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.network.Networks;
import io.fairlead.relay.reservation.Reservation;
import io.fairlead.relay.reservation.ReservationException;
import io.fairlead.relay.reservation.Reservations;
import io.fairlead.relay.source.RelayPeer;
import io.fairlead.relay.source.RelayPeerSource;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Performs on a node what a {@link RelayFinder} wants, and tells it what came of it. The finder is
 * owned by one mailbox; every method here may be called from any thread.
 */
public final class FinderDriver implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FinderDriver.class);
  static final String PROTECTION = "autorelay";

  /** Answers to all that may be asked at once, and the offers of one search. */
  private static final int INPUTS_MAX = 4096;

  /** Connections of relays that come and go; more are told by their latest state only. */
  private static final int EVENTS_MAX = 32;

  private static final Duration AGAIN = Duration.ofMillis(100);

  private final Ground ground;
  private final Consumer<? super FinderNews> onlooker;
  private final RelayCheck check;
  private final FinderMeters meters;
  private final Mailbox<FinderInput> inbox;
  private final HostEvents.Subscription connections;
  private final Map<PeerId, CompletableFuture<ReserveResult>> wishes = new ConcurrentHashMap<>();
  private volatile FinderReport report = FinderReport.NONE;
  private volatile boolean closed;
  private volatile int waiting;

  /** Of the mailbox's thread, as all below. */
  private final RelayFinder finder;

  private final RelayHistory history = new RelayHistory();
  private long historyKept;
  private final Map<Long, Asked> asked = new HashMap<>();
  private final Map<Long, OfferSink> searches = new HashMap<>();
  private @Nullable Future<?> alarm;
  private boolean reserves;

  /**
   * What was asked and not answered yet.
   *
   * @param peer who
   */
  private record Asked(PeerId peer, Future<?> answer) {}

  /**
   * What a finder works with; none of it is closed with it.
   *
   * @param source where relays come from
   * @param networks of relays, which had better differ
   * @param history how relays did before this process, and where that is kept; only its own
   * @param publish is told addresses through relays whenever they change, on the mailbox's thread
   * @param timers wakes the mailbox
   */
  public record Ground(
      Host host,
      Reservations reservations,
      RelayPeerSource source,
      Networks networks,
      HistoryFile history,
      Consumer<List<Multiaddr>> publish,
      ScheduledExecutorService timers,
      Clock clock,
      Randomness randomness) {}

  /**
   * @param onlooker is told what happens, on the mailbox's thread; must not block
   */
  public FinderDriver(
      Ground ground,
      FinderSettings settings,
      Consumer<? super FinderNews> onlooker,
      Meters meters) {
    this.ground = ground;
    this.onlooker = onlooker;
    this.check = new RelayCheck(ground.host());
    this.meters = new FinderMeters(meters, ground.clock(), this::report);
    long now = ground.clock().nanos();
    history.restore(ground.history().read(), now, ground.clock().wall());
    this.finder =
        new RelayFinder(
            settings, ground.networks(), history, new OwnersChance(ground.randomness()), now);
    this.inbox = Mailbox.start("relay-finder", INPUTS_MAX, this::handle);
    this.connections =
        ground
            .host()
            .events()
            .subscribe(
                "relay-finder",
                Set.of(HostEvent.PeerConnectednessChanged.class),
                EVENTS_MAX,
                this::connectionChanged);
  }

  // ---- what is wanted -------------------------------------------------------------------------

  /** Relays are wanted from now on. */
  public void start() {
    tell(new FinderInput.Start(ground.clock().wall()));
  }

  /** They are wanted no more. */
  public void stop() {
    tell(new FinderInput.Stop());
  }

  /** Other settings from the next decision on. */
  public void tune(FinderSettings next) {
    tell(new FinderInput.Tuned(next));
  }

  /** The list of relays changed. */
  public void listChanged(Set<PeerId> gone, Set<PeerId> draining, Set<PeerId> fresh) {
    tell(new FinderInput.ListChanged(gone, draining, fresh));
  }

  /** Asks the source now. */
  public void findNow() {
    tell(new FinderInput.FindNow());
  }

  /** Forgets that peers failed. */
  public void clearBackoff(FinderInput.ClearBackoff which) {
    tell(which);
  }

  /** Leaves a relay. */
  public void drop(PeerId relay) {
    tell(new FinderInput.DropRelay(relay));
  }

  /**
   * Reserves on a peer.
   *
   * @return what came of it; fails with {@link IllegalStateException} while no relays are wanted
   */
  public CompletionStage<ReserveResult> reserveOn(RelayPeer peer) {
    CompletableFuture<ReserveResult> result =
        wishes.computeIfAbsent(peer.id(), _ -> new CompletableFuture<>());
    tell(new FinderInput.ReserveOn(peer));
    return result.minimalCompletionStage();
  }

  /** How it is, as of the last thing that happened. */
  public FinderReport report() {
    return report;
  }

  /** Questions whose answers are waited for. */
  int waiting() {
    return waiting;
  }

  @Override
  public void close() {
    closed = true;
    connections.close();
    inbox.close();
    ground.history().close();
    wishes.values().forEach(each -> each.cancel(false));
  }

  // ---- the mailbox's thread -------------------------------------------------------------------

  private void handle(FinderInput input) {
    reserves = false;
    if (input instanceof FinderInput.Offered(long query, RelayPeer _)) {
      OfferSink sink = searches.get(query);
      if (sink != null) sink.read();
    }
    answered(input).ifPresent(asked::remove);
    finder.accept(input, ground.clock().nanos(), this::perform);
    waiting = asked.size();
    report = finder.report(ground.clock().nanos());
    if (input instanceof FinderInput.ReserveOn(RelayPeer peer) && !reserves) settleWish(peer.id());
    keepHistory();
  }

  private static Optional<Long> answered(FinderInput input) {
    return switch (input) {
      case FinderInput.Checked answer -> Optional.of(answer.check());
      case FinderInput.Reserved answer -> Optional.of(answer.attempt());
      case FinderInput.NotReserved answer -> Optional.of(answer.attempt());
      default -> Optional.empty(); // answers nothing
    };
  }

  private void keepHistory() {
    long now = ground.clock().nanos();
    if (history.changes() == historyKept) {
      ground.history().look(now);
    } else {
      historyKept = history.changes();
      ground.history().changed(history.remembered(now, ground.clock().wall()), now);
    }
  }

  /**
   * Nothing was asked: it is a relay of ours already, or somebody asks it just now, or nobody may.
   */
  private void settleWish(PeerId peer) {
    boolean held = report.relays().stream().anyMatch(each -> each.peer().equals(peer));
    if (!held && report.running()) return; // the attempt under way answers
    CompletableFuture<ReserveResult> wish = wishes.remove(peer);
    if (wish == null) return;
    if (held) wish.complete(ReserveResult.SUCCESS);
    else wish.completeExceptionally(new IllegalStateException("no relays are wanted"));
  }

  private void perform(FinderEffect effect) {
    switch (effect) {
      case FinderEffect.Query(long query, int max) -> search(query, max);
      case FinderEffect.CancelQuery(long query) -> {
        OfferSink sink = searches.remove(query);
        if (sink != null) sink.cancel();
      }
      case FinderEffect.Check(long id, RelayPeer peer, Duration timeout) -> {
        CompletableFuture<FinderInput.CheckResult> answer = check.check(peer, timeout);
        asked.put(id, new Asked(peer.id(), answer));
        answer.thenAccept(result -> tell(new FinderInput.Checked(id, result)));
      }
      case FinderEffect.Reserve(
              long id,
              PeerId relay,
              List<Multiaddr> addresses,
              Duration timeout) -> {
        reserves = true;
        reserve(id, relay, addresses, timeout);
      }
      case FinderEffect.Abandon(long id) -> {
        Asked question = asked.remove(id);
        if (question != null) giveUp(question);
      }
      case FinderEffect.Protect(PeerId relay) -> ground.host().keeper().protect(relay, PROTECTION);
      case FinderEffect.Unprotect(PeerId relay) -> {
        var _ = ground.host().keeper().unprotect(relay, PROTECTION);
      }
      case FinderEffect.Release(PeerId relay) -> ground.reservations().drop(relay);
      case FinderEffect.Publish(List<Multiaddr> addresses) -> {
        meters.published();
        ground.publish().accept(addresses);
      }
      case FinderEffect.WakeAt(long at) -> wakeAt(at);
      case FinderEffect.Told(FinderNews news) -> told(news);
    }
  }

  private void giveUp(Asked question) {
    question.answer().cancel(false);
    CompletableFuture<ReserveResult> wish = wishes.remove(question.peer());
    if (wish != null) wish.completeExceptionally(new IllegalStateException("given up"));
  }

  private void told(FinderNews news) {
    meters.count(news);
    if (news instanceof FinderNews.Requested requested) {
      CompletableFuture<ReserveResult> wish = wishes.remove(requested.relay());
      if (wish != null) wish.complete(requested.result());
    }
    onlooker.accept(news);
  }

  private void search(long query, int max) {
    searches.clear(); // one at a time: whatever is there is over
    OfferSink sink = new OfferSink(query, Math.max(64, 2 * max), this::tell, meters::passedOver);
    searches.put(query, sink);
    try {
      ground.source().find(max, sink, sink);
    } catch (RuntimeException failure) {
      log.atError().setCause(failure).log("source of relays failed");
      sink.complete();
    }
  }

  private void reserve(long id, PeerId relay, List<Multiaddr> addresses, Duration timeout) {
    CompletableFuture<Reservation> answer =
        ground.reservations().reserve(relay, addresses).toCompletableFuture();
    // What comes after the time is told too: a place nobody wants must be released.
    answer.thenAccept(given -> tell(granted(id, given)));
    CompletableFuture<Void> inTime = answer.thenAccept(_ -> {});
    Future<?> late =
        later(timeout.toNanos(), () -> inTime.completeExceptionally(new TimeoutException()));
    inTime.whenComplete(
        (_, failure) -> {
          if (late != null) late.cancel(false);
          if (failure != null) tell(new FinderInput.NotReserved(id, relay, result(relay, failure)));
        });
    asked.put(id, new Asked(relay, inTime));
  }

  private FinderInput granted(long id, Reservation given) {
    List<Multiaddr> known = ground.host().peerStore().addresses(given.relay());
    Granted granted = new Granted(given, known);
    return new FinderInput.Reserved(id, given.relay(), granted, ground.clock().wall());
  }

  private ReserveResult result(PeerId relay, Throwable failure) {
    Throwable cause = failure.getCause();
    Throwable bare = failure instanceof CompletionException && cause != null ? cause : failure;
    return switch (bare) {
      case ReservationException refused -> ReserveResult.of(refused.failure());
      // Where packets are swallowed the time ends before a dial does.
      case TimeoutException _ ->
          direct(relay) ? ReserveResult.CONNECTION_FAILED : ReserveResult.NOT_CONNECTED;
      default -> ReserveResult.OTHER;
    };
  }

  private boolean direct(PeerId peer) {
    return ground.host().connections(peer).stream().anyMatch(each -> !each.relayed());
  }

  private void wakeAt(long atNanos) {
    Future<?> before = alarm;
    if (before != null) before.cancel(false);
    alarm = later(Math.max(0, atNanos - ground.clock().nanos()), this::wake);
  }

  private void wake() {
    tell(new FinderInput.Woke(ground.clock().wall()));
  }

  // ---- any thread -----------------------------------------------------------------------------

  /** A full inbox is tried again soon: what is told is an answer somebody waits for. */
  private void tell(FinderInput input) {
    if (closed || inbox.offer(input)) return;
    var _ = later(AGAIN.toNanos(), () -> tell(input));
  }

  private @Nullable Future<?> later(long nanos, Runnable task) {
    try {
      return ground.timers().schedule(task, nanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException closing) {
      return null; // the loops end with the process
    }
  }

  private void connectionChanged(HostEvent event) {
    if (event
            instanceof HostEvent.PeerConnectednessChanged(PeerId peer, Connectedness connectedness)
        && connectedness != Connectedness.CONNECTED) {
      tell(new FinderInput.PeerGone(peer));
    }
  }
}
