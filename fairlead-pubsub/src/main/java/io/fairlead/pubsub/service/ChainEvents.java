package io.fairlead.pubsub.service;

import io.fairlead.pubsub.BlockRef;
import io.fairlead.pubsub.Decoders;
import io.fairlead.pubsub.Hash;
import io.fairlead.pubsub.Head;
import io.fairlead.pubsub.HeadEvent;
import io.fairlead.pubsub.LogEvent;
import io.fairlead.pubsub.log.BlockId;
import io.fairlead.pubsub.log.ChainEntry;
import io.fairlead.pubsub.log.Cursor;
import io.fairlead.pubsub.log.Delivery;
import java.util.Optional;

/** What a follower tells, in the words of the public API. Decodes; for consumers' threads. */
final class ChainEvents {
  private ChainEvents() {}

  static Optional<LogEvent> logEvent(Delivery delivery) {
    return Optional.of(
        switch (delivery) {
          case Delivery.Added(ChainEntry entry, Delivery.Origin origin) ->
              new LogEvent.Added(Followed.slice(entry).decode(Decoders.log()), origin(origin));
          case Delivery.Removed(ChainEntry entry, Delivery.Cause cause) ->
              new LogEvent.Removed(Followed.slice(entry).decode(Decoders.log()), reason(cause));
          case Delivery.Gap told -> gap(told);
          case Delivery.Checkpoint(Cursor cursor) -> new LogEvent.Checkpoint(ref(cursor.upTo()));
        });
  }

  static Optional<HeadEvent> headEvent(Delivery delivery) {
    return switch (delivery) {
      case Delivery.Added(ChainEntry entry, Delivery.Origin origin) ->
          Optional.of(new HeadEvent.Added(head(entry), origin(origin)));
      case Delivery.Removed(ChainEntry entry, Delivery.Cause _) ->
          Optional.of(new HeadEvent.Removed(head(entry)));
      case Delivery.Gap(long from, long to, Delivery.GapCause cause) ->
          Optional.of(new HeadEvent.Gap(from, to, reason(cause)));
      case Delivery.Checkpoint _ -> Optional.empty();
    };
  }

  /** Only what was added. */
  static Optional<Head> addedHead(Delivery delivery) {
    return delivery instanceof Delivery.Added(ChainEntry entry, Delivery.Origin _)
        ? Optional.of(head(entry))
        : Optional.empty();
  }

  static LogEvent.Gap gap(Delivery.Gap gap) {
    return new LogEvent.Gap(gap.fromBlock(), gap.toBlock(), reason(gap.cause()));
  }

  private static Head head(ChainEntry entry) {
    return Followed.slice(entry).decode(Decoders.head());
  }

  private static BlockRef ref(BlockId block) {
    return new BlockRef(block.number(), new Hash(block.hash().toString()));
  }

  private static LogEvent.Origin origin(Delivery.Origin origin) {
    return switch (origin) {
      case LIVE -> LogEvent.Origin.LIVE;
      case GAP_FILL -> LogEvent.Origin.GAP_FILL;
      case AUDIT -> LogEvent.Origin.AUDIT;
      case FLAGGED -> LogEvent.Origin.FLAGGED;
    };
  }

  private static LogEvent.Reason reason(Delivery.Cause cause) {
    return switch (cause) {
      case SERVER -> LogEvent.Reason.SERVER;
      case REORG -> LogEvent.Reason.REORG;
    };
  }

  private static LogEvent.GapReason reason(Delivery.GapCause cause) {
    return switch (cause) {
      case DEEP_REORG -> LogEvent.GapReason.DEEP_REORG;
      case PROVIDER_LIMIT -> LogEvent.GapReason.PROVIDER_LIMIT;
      case UNSTABLE -> LogEvent.GapReason.UNSTABLE;
      case NOT_RECOVERABLE -> LogEvent.GapReason.NOT_RECOVERABLE;
    };
  }
}
