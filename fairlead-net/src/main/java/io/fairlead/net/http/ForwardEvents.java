package io.fairlead.net.http;

import java.util.Optional;

/** What the owner of a forwarded request decides and hears. Event loop only. */
public interface ForwardEvents {
  /** The final response's head arrived; add changes to its fields. */
  void onResponseHead(ResponseHead head, FieldEdits edits);

  /**
   * An attempt failed and trying again is safe: no byte of the response was passed on, and either
   * nothing of the request left, or the upstream did nothing with it, or its method is idempotent
   * and its body replayable.
   *
   * @param attempt how many were made, from 1
   * @return the next attempt, or empty to give up
   */
  Optional<ForwardPlan> retry(int attempt, ForwardFailure failure);

  /**
   * The upstream answered 502, 503 or 504, and trying again is safe as in {@link #retry}.
   *
   * @return the next attempt, or empty to pass the response on
   */
  default Optional<ForwardPlan> retryStatus(int attempt, int status) {
    return Optional.empty();
  }

  /** How long to wait before the attempt that was just given, in nanoseconds. */
  default long retryDelayNanos() {
    return 0;
  }

  /** Bytes of an idempotent request's body that may be kept to send them again. */
  default int replayBytesMax() {
    return 0;
  }

  /** What to answer when no response can be passed on. */
  Answer answer(ForwardFailure failure);

  /** Called exactly once when the exchange is over, after the response or the error. */
  void onEnd(ForwardResult result);
}
