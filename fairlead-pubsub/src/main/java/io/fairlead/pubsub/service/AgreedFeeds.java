package io.fairlead.pubsub.service;

import io.fairlead.core.time.Clock;
import io.fairlead.pubsub.ChainIdentity;
import io.fairlead.pubsub.EndReason;
import io.fairlead.pubsub.Endpoint;
import io.fairlead.pubsub.EndpointMode;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.ServiceEvent;
import io.fairlead.pubsub.endpoint.Agreement;
import io.fairlead.pubsub.log.BlockHash;
import io.fairlead.pubsub.log.BlockId;
import io.fairlead.pubsub.log.ChainEntry;
import io.fairlead.pubsub.log.Cursor;
import io.fairlead.pubsub.log.Delivery;
import io.fairlead.pubsub.log.FollowerStart;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * Follows a chain at several endpoints at once and tells what they agree on: each has a connection
 * and a follower of its own, so each one's account is whole, and an {@link Agreement} decides.
 *
 * <p>A checkpoint is told when enough of them reached it: everything up to it was told before. On
 * the event loop of the service that asked, unless a method says otherwise.
 */
final class AgreedFeeds implements FeedQueue.Behind {
  /** How many must agree of how many, how long they may take, and what comes then. */
  record Terms(int needed, int endpoints, Duration timeout, boolean tellFlagged) {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    /** Without a word about time. */
    Terms(int needed, int endpoints) {
      this(needed, endpoints, TIMEOUT, false);
    }

    static Terms of(EndpointMode.Quorum quorum) {
      return new Terms(
          quorum.agree(),
          quorum.endpoints(),
          quorum.timeout(),
          quorum.onDisagreement() == EndpointMode.OnDisagreement.DELIVER_FLAGGED);
    }
  }

  /** What makes an entry the same everywhere. */
  private record Key(BlockHash block, int index) {
    static Key of(ChainEntry entry) {
      return new Key(entry.blockHash(), entry.index());
    }
  }

  private static final int ITEMS_MAX = 65_536;
  private static final int CHECKPOINTS_MAX = 256;

  private final ChainService service;
  private final ChainFeed.Subject subject;
  private final FollowerStart start;
  private final FeedQueue queue;
  private final Terms terms;
  private final Clock clock;
  private final Agreement<Key, ChainEntry> agreement;
  private final List<Member> members = new ArrayList<>();
  private final Map<BlockId, BitSet> reached = new LinkedHashMap<>();
  private final BitSet gone = new BitSet();
  private final BitSet gapped = new BitSet();
  private int room;
  private boolean closed;

  /** One endpoint, its connection and its follower. */
  private final class Member implements FeedOutlet {
    final int place;
    final ChainService own;
    final ChainFeed feed;
    int owed = subject.options().capacity();

    Member(int place, ChainService own) {
      this.place = place;
      this.own = own;
      this.feed = new ChainFeed(own, subject, start, this);
    }

    @Override
    public void deliver(Delivery delivery) {
      service.later(() -> told(this, delivery));
    }

    @Override
    public void interrupted() {
      service.later(() -> accept(new Agreement.Input.Lost<>(place)));
    }

    @Override
    public void ended(EndReason reason) {
      service.later(() -> lost(this, reason));
    }
  }

  AgreedFeeds(
      ChainService service,
      ChainFeed.Subject subject,
      FollowerStart start,
      FeedQueue queue,
      Terms terms) {
    this.service = service;
    this.subject = subject;
    this.start = start;
    this.queue = queue;
    this.terms = terms;
    this.clock = service.plan().surroundings().clock();
    this.agreement =
        new Agreement<>(
            terms.needed(), terms.endpoints(), terms.timeout(), terms.tellFlagged(), ITEMS_MAX);
  }

  /** Connects and subscribes; completes when enough endpoints agreed to. Any thread. */
  CompletableFuture<Void> open() {
    CompletableFuture<Void> opened = new CompletableFuture<>();
    service.execute(() -> begin(opened));
    return opened;
  }

  private void begin(CompletableFuture<Void> opened) {
    List<Endpoint> all =
        service.endpointsNow().stream()
            .filter(each -> each.role() == Endpoint.Role.ALL)
            .limit(terms.endpoints())
            .toList();
    if (all.size() < terms.endpoints()) {
      opened.completeExceptionally(
          new PubSubException.LocalUsage(
              "endpoints: " + all.size() + " (expected: >= " + terms.endpoints() + ")"));
      return;
    }
    service.hold();
    for (Endpoint each : all) members.add(new Member(members.size(), connection(each)));
    remember();
    queue.begin(this);
    int[] open = {0};
    int[] refused = {0};
    for (Member member : members) {
      var _ = member.own.start();
      member
          .feed
          .open()
          .whenComplete(
              (_, failure) ->
                  service.later(
                      () -> {
                        if (failure == null && ++open[0] == terms.needed()) opened.complete(null);
                        if (failure == null) return;
                        gone.set(member.place);
                        if (++refused[0] > members.size() - terms.needed()
                            && opened.completeExceptionally(failure)) queue.giveUp();
                      }));
    }
  }

  private ChainService connection(Endpoint endpoint) {
    ServicePlan plan = service.plan();
    Optional<ChainService.Identity> seen = service.identityNow();
    return new ChainService(
        new ServicePlan(
            plan.name() + "-" + endpoint.alias(),
            ServicePlan.Nodes.inTurn(List.of(endpoint)),
            seen.map(
                    each ->
                        new ChainIdentity(
                            true, OptionalLong.of(each.chainId()), Optional.of(each.genesis())))
                .orElse(plan.identity()),
            plan.settings().waitFirst(true),
            plan.methods(),
            plan.surroundings().beside(),
            plan.dial()));
  }

  /** What a cursor says was told was told by all: so that a removal of it means something. */
  private void remember() {
    if (!(start instanceof FollowerStart.Resume(Cursor cursor))) return;
    for (Cursor.Block block : cursor.blocks()) {
      for (ChainEntry entry : block.delivered()) {
        for (Member member : members) {
          agreement.accept(
              new Agreement.Input.Added<>(member.place, Key.of(entry), entry),
              clock.nanos(),
              _ -> {});
        }
      }
    }
  }

  // What members tell.

  private void told(Member member, Delivery delivery) {
    if (closed) return;
    member.owed++;
    switch (delivery) {
      case Delivery.Added(ChainEntry entry, Delivery.Origin _) ->
          accept(new Agreement.Input.Added<>(member.place, Key.of(entry), entry));
      case Delivery.Removed(ChainEntry entry, Delivery.Cause _) ->
          accept(new Agreement.Input.Removed<>(member.place, Key.of(entry)));
      case Delivery.Gap gap -> {
        gapped.set(member.place);
        // The others fill it, while there are enough of them.
        if (members.size() - gapped.cardinality() < terms.needed()) tell(gap);
      }
      case Delivery.Checkpoint(Cursor cursor) -> checkpoint(member, cursor);
    }
    giveRoom();
  }

  private void checkpoint(Member member, Cursor cursor) {
    BitSet there = reached.computeIfAbsent(cursor.upTo(), _ -> new BitSet());
    there.set(member.place);
    if (there.cardinality() == terms.needed()) tell(new Delivery.Checkpoint(cursor));
    if (reached.size() > CHECKPOINTS_MAX) reached.remove(reached.keySet().iterator().next());
  }

  private void lost(Member member, EndReason reason) {
    gone.set(member.place);
    accept(new Agreement.Input.Lost<>(member.place));
    if (members.size() - gone.cardinality() < terms.needed()) queue.ended(reason);
  }

  private void accept(Agreement.Input<Key, ChainEntry> input) {
    if (!closed) agreement.accept(input, clock.nanos(), this::perform);
  }

  private void perform(Agreement.Effect<Key, ChainEntry> effect) {
    switch (effect) {
      case Agreement.Effect.Added<Key, ChainEntry>(Key _, ChainEntry entry, boolean flagged) ->
          tell(new Delivery.Added(entry, flagged ? Delivery.Origin.FLAGGED : Delivery.Origin.LIVE));
      case Agreement.Effect.Removed<Key, ChainEntry>(Key _, ChainEntry entry) ->
          tell(new Delivery.Removed(entry, Delivery.Cause.REORG));
      case Agreement.Effect.Disagreement<Key, ChainEntry>(Key key, int holders) ->
          service.event(
              new ServiceEvent.Disagreement(
                  key.block() + ":" + key.index(), holders, terms.needed()));
      case Agreement.Effect.Overflow<Key, ChainEntry>(Key key) ->
          service.event(
              new ServiceEvent.Disagreement(key.block() + ":" + key.index(), 0, terms.needed()));
      case Agreement.Effect.WakeAt<Key, ChainEntry>(long at) -> {
        Duration wait = Duration.ofNanos(at - clock.nanos());
        var _ = service.timers().after(wait, () -> accept(new Agreement.Input.Wake<>()));
      }
    }
  }

  private void tell(Delivery delivery) {
    room--;
    queue.deliver(delivery);
  }

  // What the consumer's end asks.

  @Override
  public void room(int deliveries) {
    service.execute(
        () -> {
          room += deliveries;
          giveRoom();
        });
  }

  /** Members go on while there is room for what they may say; a little more waits in the queue. */
  private void giveRoom() {
    if (room < 1) return;
    for (Member member : members) {
      if (member.owed == 0) continue;
      member.feed.room(member.owed);
      member.owed = 0;
    }
  }

  @Override
  public void recheck(long fromBlock) {
    for (Member member : members) member.own.execute(() -> member.feed.recheck(fromBlock));
  }

  @Override
  public void close() {
    closed = true;
    for (Member member : members) {
      member.feed.close();
      var _ = member.own.close();
    }
    if (!members.isEmpty()) service.release();
  }
}
