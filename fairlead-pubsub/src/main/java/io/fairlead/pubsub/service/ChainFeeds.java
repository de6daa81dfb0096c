package io.fairlead.pubsub.service;

import io.fairlead.pubsub.CursorStore;
import io.fairlead.pubsub.Decoders;
import io.fairlead.pubsub.DeliveryLevel;
import io.fairlead.pubsub.EndpointMode;
import io.fairlead.pubsub.Finality;
import io.fairlead.pubsub.Hash;
import io.fairlead.pubsub.Head;
import io.fairlead.pubsub.HeadEvent;
import io.fairlead.pubsub.HeadOptions;
import io.fairlead.pubsub.Json;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.Keccak256;
import io.fairlead.pubsub.LogEvent;
import io.fairlead.pubsub.LogFilter;
import io.fairlead.pubsub.LogOptions;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.RpcCall;
import io.fairlead.pubsub.U256;
import io.fairlead.pubsub.log.BlockHeader;
import io.fairlead.pubsub.log.CursorCodec;
import io.fairlead.pubsub.log.Delivery;
import io.fairlead.pubsub.log.FollowerOptions;
import io.fairlead.pubsub.log.FollowerStart;
import io.fairlead.pubsub.log.Query;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * The followed subscriptions of a service: works out where each begins, from its cursor, from the
 * block asked for, or from what comes next. The set of feeds is touched on the event loop only.
 */
final class ChainFeeds {
  private final ChainService service;
  private final Set<FeedQueue> open = new LinkedHashSet<>();

  ChainFeeds(ChainService service) {
    this.service = service;
  }

  /**
   * Logs of any level but RAW. Blocks while a cursor is read; the rest is asynchronous.
   *
   * @throws PubSubException.LocalUsage the cursor cannot be read; the message says what to do
   */
  CompletableFuture<Followed<LogEvent>> logs(LogFilter filter, LogOptions options)
      throws InterruptedException {
    FollowerOptions follow =
        new FollowerOptions(
            FollowerOptions.Content.LOGS,
            options.level() == DeliveryLevel.RESUMED,
            options.confirmations(),
            tag(options.finality()),
            options.reorgDepth(),
            FollowerOptions.RESUMED.ringBytes(),
            FollowerOptions.RESUMED.bufferBytes(),
            capacity(),
            options.afterDeepReorg() == LogOptions.AfterDeepReorg.CONTINUE);
    ChainFeed.Subject subject = new ChainFeed.Subject(follow, filter, options.onLag());
    Optional<CursorSaver> saver = Optional.empty();
    if (options.cursor().isPresent()) {
      CursorStore store = options.cursor().get();
      CursorStore.Key key = key(filter);
      saver =
          Optional.of(
              new CursorSaver(
                  store,
                  key,
                  service.plan().surroundings().clock(),
                  service.timers(),
                  service::execute,
                  service.consumers()));
      Optional<FollowerStart> saved = load(store, key);
      if (saved.isPresent()) {
        return open(subject, saved.get(), saver, ChainEvents::logEvent);
      }
    }
    if (options.fromBlock().isPresent()) {
      FollowerStart start = new FollowerStart.FromBlock(options.fromBlock().getAsLong());
      return open(subject, start, saver, ChainEvents::logEvent);
    }
    Optional<CursorSaver> saving = saver;
    return base(follow.finality())
        .thenCompose(start -> open(subject, start, saving, ChainEvents::logEvent));
  }

  /** Heads of any level but RAW, with those that went away. */
  CompletableFuture<Followed<HeadEvent>> headEvents(HeadOptions options) {
    return heads(options, ChainEvents::headEvent);
  }

  /** Heads of any level but RAW, those that were added only. */
  CompletableFuture<Followed<Head>> newHeads(HeadOptions options) {
    return heads(options, ChainEvents::addedHead);
  }

  private <T> CompletableFuture<Followed<T>> heads(
      HeadOptions options, Function<Delivery, Optional<T>> decoder) {
    FollowerOptions follow = FollowerOptions.HEADS.withCapacity(capacity());
    ChainFeed.Subject subject = new ChainFeed.Subject(follow, LogFilter.all(), options.onLag());
    return base(follow.finality())
        .thenCompose(start -> open(subject, start, Optional.empty(), decoder));
  }

  private int capacity() {
    return Math.max(4, service.plan().settings().bounds().queueItems());
  }

  private static Query.FinalityTag tag(Finality finality) {
    return switch (finality) {
      case LATEST -> Query.FinalityTag.LATEST;
      case SAFE -> Query.FinalityTag.SAFE;
      case FINALIZED -> Query.FinalityTag.FINALIZED;
    };
  }

  /** What is there before the subscription is: everything after it is told. */
  private CompletableFuture<FollowerStart> base(Query.FinalityTag tag) {
    String word = tag.name().toLowerCase(java.util.Locale.ROOT);
    RpcCall<JsonSlice> call =
        RpcCall.of("eth_getBlockByNumber", Json.array(word, false), Decoders.slice());
    return service
        .request(call)
        .thenApplyAsync(
            json -> {
              Optional<BlockHeader> header = service.headers().apply(json);
              if (header.isPresent()) return new FollowerStart.After(List.of(header.get()));
              throw new PubSubException.DecodeError(
                  json,
                  "",
                  new IllegalArgumentException("no block that may be taken (expected: one)"));
            },
            service::execute);
  }

  private <T> CompletableFuture<Followed<T>> open(
      ChainFeed.Subject subject,
      FollowerStart start,
      Optional<CursorSaver> saver,
      Function<Delivery, Optional<T>> decoder) {
    FeedQueue queue = new FeedQueue(service, subject, saver);
    CompletableFuture<Void> opened =
        switch (service.plan().nodes().mode()) {
          case EndpointMode.Failover _ -> alone(subject, start, queue);
          case EndpointMode.Race(int endpoints) ->
              new AgreedFeeds(service, subject, start, queue, new AgreedFeeds.Terms(1, endpoints))
                  .open();
          case EndpointMode.Quorum quorum ->
              new AgreedFeeds(service, subject, start, queue, AgreedFeeds.Terms.of(quorum)).open();
        };
    return opened.thenApply(_ -> new Followed<>(queue, decoder));
  }

  private CompletableFuture<Void> alone(
      ChainFeed.Subject subject, FollowerStart start, FeedQueue queue) {
    ChainFeed feed = new ChainFeed(service, subject, start, queue);
    service.execute(
        () ->
            queue.begin(
                new FeedQueue.Behind() {
                  @Override
                  public void room(int deliveries) {
                    // Never from within a delivery: the follower takes one input at a time.
                    service.later(() -> feed.room(deliveries));
                  }

                  @Override
                  public void close() {
                    feed.close();
                  }

                  @Override
                  public void recheck(long fromBlock) {
                    feed.recheck(fromBlock);
                  }
                }));
    return feed.open();
  }

  private CursorStore.Key key(LogFilter filter) throws InterruptedException {
    ChainService.Identity identity =
        Frontend.await(service.identity())
            .orElseThrow(
                () ->
                    new PubSubException.LocalUsage(
                        "cursor: the chain's id is not known (expected: an identity that is"
                            + " asked)"));
    Hash digest = Hash.of(Keccak256.digest(Json.canonical(Json.write(filter.toJson())).bytes()));
    return new CursorStore.Key(identity.chainId(), identity.genesis(), digest);
  }

  private static Optional<FollowerStart> load(CursorStore store, CursorStore.Key key) {
    try {
      Optional<byte[]> saved = store.load(key);
      if (saved.isEmpty()) return Optional.empty();
      return Optional.of(new FollowerStart.Resume(CursorCodec.decode(saved.get())));
    } catch (IOException | CursorCodec.CorruptCursorException failure) {
      throw new PubSubException.LocalUsage("cursor: " + failure.getMessage());
    }
  }

  // On the loop.

  void add(FeedQueue queue) {
    open.add(queue);
  }

  void remove(FeedQueue queue) {
    open.remove(queue);
  }

  /** Asks again about remembered blocks; whether there is such a subscription. */
  boolean recheck(U256 localId, long fromBlock) {
    boolean found = false;
    for (FeedQueue queue : List.copyOf(open)) {
      if (!queue.localId().equals(localId)) continue;
      queue.recheck(fromBlock);
      found = true;
    }
    return found;
  }
}
