package io.fairlead.pubsub;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * How logs are told.
 *
 * @param confirmations blocks that must lie on top of a log's own before it is told
 * @param finality tag up to which logs are told
 * @param fromBlock where history starts; empty: with what happens from now on
 * @param reorgDepth blocks remembered, so that what leaves the chain can be taken back
 * @param cursor remembers progress over restarts
 * @param onLag what happens when the consumer is slow
 * @param afterDeepReorg what follows a reorganisation deeper than what is remembered
 */
public record LogOptions(
    DeliveryLevel level,
    int confirmations,
    Finality finality,
    OptionalLong fromBlock,
    int reorgDepth,
    Optional<CursorStore> cursor,
    LagPolicy onLag,
    AfterDeepReorg afterDeepReorg) {
  /** The defaults: level RESUMED from now on, 128 blocks remembered, lossless. */
  public static final LogOptions DEFAULT =
      new LogOptions(
          DeliveryLevel.RESUMED,
          0,
          Finality.LATEST,
          OptionalLong.empty(),
          128,
          Optional.empty(),
          LagPolicy.REFILL,
          AfterDeepReorg.FAIL);

  /** What follows a reorganisation deeper than what is remembered. */
  public enum AfterDeepReorg {
    FAIL,
    CONTINUE
  }

  public LogOptions {
    if (confirmations < 0)
      throw new IllegalArgumentException("confirmations: " + confirmations + " (expected: >= 0)");
    if (reorgDepth < 1 || reorgDepth > 65_536)
      throw new IllegalArgumentException("reorgDepth: " + reorgDepth + " (expected: 1 to 65536)");
  }

  public LogOptions level(DeliveryLevel next) {
    return new LogOptions(
        next, confirmations, finality, fromBlock, reorgDepth, cursor, onLag, afterDeepReorg);
  }

  public LogOptions confirmations(int next) {
    return new LogOptions(
        level, next, finality, fromBlock, reorgDepth, cursor, onLag, afterDeepReorg);
  }

  public LogOptions finality(Finality next) {
    return new LogOptions(
        level, confirmations, next, fromBlock, reorgDepth, cursor, onLag, afterDeepReorg);
  }

  public LogOptions fromBlock(long next) {
    return new LogOptions(
        level,
        confirmations,
        finality,
        OptionalLong.of(next),
        reorgDepth,
        cursor,
        onLag,
        afterDeepReorg);
  }

  public LogOptions reorgDepth(int next) {
    return new LogOptions(
        level, confirmations, finality, fromBlock, next, cursor, onLag, afterDeepReorg);
  }

  public LogOptions cursor(CursorStore next) {
    return new LogOptions(
        level,
        confirmations,
        finality,
        fromBlock,
        reorgDepth,
        Optional.of(next),
        onLag,
        afterDeepReorg);
  }

  public LogOptions onLag(LagPolicy next) {
    return new LogOptions(
        level, confirmations, finality, fromBlock, reorgDepth, cursor, next, afterDeepReorg);
  }

  public LogOptions afterDeepReorg(AfterDeepReorg next) {
    return new LogOptions(
        level, confirmations, finality, fromBlock, reorgDepth, cursor, onLag, next);
  }
}
