package io.fairlead.pubsub.request;

import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.PubSubException;

/** One request on its way. Owned by its table's thread. */
public final class Request {
  /** Where it stands. */
  public enum State {
    QUEUED,
    SENT,
    DONE
  }

  /** Who waits for the answer. Called once, on the table's thread. */
  public interface Waiter {
    void result(JsonSlice result);

    void failed(PubSubException failure);

    /** A result that came after a failure, within five minutes. */
    default void late(JsonSlice result) {}
  }

  final long id;
  final String method;
  final JsonSlice params;
  final ResendClass resend;
  final long sinceNanos;
  final long deadlineNanos;
  final Waiter waiter;
  State state = State.QUEUED;
  boolean again;
  int oversized;

  Request(
      long id,
      String method,
      JsonSlice params,
      ResendClass resend,
      long sinceNanos,
      long deadlineNanos,
      Waiter waiter) {
    this.id = id;
    this.method = method;
    this.params = params;
    this.resend = resend;
    this.sinceNanos = sinceNanos;
    this.deadlineNanos = deadlineNanos;
    this.waiter = waiter;
  }

  public long id() {
    return id;
  }

  public String method() {
    return method;
  }

  public JsonSlice params() {
    return params;
  }

  public ResendClass resend() {
    return resend;
  }

  public long sinceNanos() {
    return sinceNanos;
  }

  public Waiter waiter() {
    return waiter;
  }

  public State state() {
    return state;
  }

  /** Whether it was sent on an earlier connection too. */
  public boolean again() {
    return again;
  }

  /** It is on the wire now. */
  public void sent() {
    state = State.SENT;
  }
}
