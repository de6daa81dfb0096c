package io.fairlead.net.http;

import java.util.Optional;

/**
 * The life of one forwarded request, and the only place that decides about trying again.
 *
 * <pre>
 * Connecting --connected-->            Waiting
 * Connecting --dial failed-->          again, or Done (answer)
 * Waiting    --informational-->        Waiting   (one too many: as bad response)
 * Waiting    --head-->                 Relaying  (pass head), or again (502, 503, 504)
 * Waiting    --switched-->             Done      (stream)
 * Waiting    --closed, bad, too slow-> again, or Done (discard, answer)
 * Relaying   --response end-->         Done      (let go, finish)
 * Relaying   --closed, bad, too slow-> Done      (discard, abort client)
 * any        --client failed-->        Done      (discard)
 * Done       --anything-->             Done      (late news are normal)
 * </pre>
 *
 * "Again" is: once without asking on a fresh connection when a pooled one ended before a response
 * byte, or refused; else as the owner decides. Both only when it is safe (RFC 9110 §9.2.2): nothing
 * of the request left, or its method is idempotent or the upstream said that it did not begin to
 * work on it (RFC 9113 §8.7), and no byte of its body was taken from the client that was not kept.
 *
 * <p>Effects are calls of {@link Output} instead of records, because this runs for every request.
 * Body bytes never enter. Confined to one event loop.
 */
final class Exchange {
  /** What the machine wants done. Each call may lead to further inputs before it returns. */
  interface Output {
    /** Connect with the current plan; {@code fresh}: not from the pool. */
    void connect(boolean fresh);

    /** Asks the owner; true when it set another plan. */
    boolean again(int attempts, ForwardFailure failure);

    /** Asks the owner about the status that came; true when it set another plan. */
    boolean unwelcome(int attempts);

    /** The response is complete. */
    void finish();

    /** No response can be passed on. */
    void answer(ForwardFailure failure);

    /** A response that was begun cannot be completed. */
    void abortClient();

    /** The upstream connection is not needed any more. */
    void letGo(boolean reusable);
  }

  enum State {
    CONNECTING,
    WAITING,
    RELAYING,
    DONE
  }

  private final Output out;
  private final boolean idempotent;
  private State state = State.CONNECTING;
  private boolean pooled;
  private boolean triedFresh;
  private boolean headSent;
  private boolean bodyTaken;
  private boolean requestComplete;
  private int attempts = 1;
  private int informational;
  private Optional<ForwardFailure> failure = Optional.empty();

  /**
   * @param idempotent whether the method is (RFC 9110 §9.2.2)
   */
  Exchange(Output out, boolean idempotent) {
    this.out = out;
    this.idempotent = idempotent;
  }

  static boolean idempotent(String method) {
    return switch (method) {
      case "GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE" -> true;
      default -> false;
    };
  }

  State state() {
    return state;
  }

  boolean done() {
    return state == State.DONE;
  }

  Optional<ForwardFailure> failure() {
    return failure;
  }

  boolean requestSent() {
    return requestComplete;
  }

  // ---- inputs -----------------------------------------------------------------------------

  void start() {
    out.connect(false);
  }

  void connected(boolean fromPool) {
    if (state != State.CONNECTING) return;
    pooled = fromPool;
    state = State.WAITING;
  }

  /** The first byte of the request was handed to the connection. */
  void headSent() {
    headSent = true;
  }

  /** A byte of the request's body was taken from the client and not kept. */
  void bodyTaken() {
    bodyTaken = true;
  }

  void requestComplete() {
    requestComplete = true;
  }

  /** Returns false when there were more than {@code max}. */
  boolean informational(int max) {
    if (state != State.WAITING || ++informational <= max) return true;
    failed(ForwardFailure.Kind.BAD_RESPONSE);
    return false;
  }

  /** Returns whether to pass it on. */
  boolean head() {
    if (state != State.WAITING) return false;
    if (idempotent && !bodyTaken && out.unwelcome(attempts)) {
      out.letGo(false);
      attempts++;
      restart(false);
      return false;
    }
    if (state != State.WAITING) return false; // the owner ended it while being asked
    state = State.RELAYING;
    return true;
  }

  /** The connection became a stream. */
  void switched() {
    state = State.DONE;
  }

  /**
   * @param clean whether the connection may carry another request
   */
  void responseEnd(boolean clean) {
    if (state != State.RELAYING) return;
    state = State.DONE;
    out.letGo(clean && requestComplete);
    out.finish();
  }

  void dialFailed(ForwardFailure why) {
    if (state != State.CONNECTING) return;
    failed(why);
  }

  /** The connection ended, the response is malformed, or too slow. */
  void upstreamFailed(ForwardFailure.Kind kind) {
    upstreamFailed(ForwardFailure.of(kind));
  }

  void upstreamFailed(ForwardFailure why) {
    if (state == State.WAITING || state == State.RELAYING) failed(why);
  }

  /** The client left, sent a bad body, or was cut. */
  void clientFailed(ForwardFailure.Kind kind) {
    if (state == State.DONE) return;
    state = State.DONE;
    failure = Optional.of(ForwardFailure.of(kind));
    out.letGo(false);
  }

  // ---- decisions --------------------------------------------------------------------------

  private void failed(ForwardFailure.Kind kind) {
    failed(ForwardFailure.of(kind));
  }

  private void failed(ForwardFailure why) {
    boolean begun = state == State.RELAYING;
    boolean refused = why.kind() == ForwardFailure.Kind.REFUSED;
    boolean safe = !begun && (!headSent || ((idempotent || refused) && !bodyTaken));
    boolean stale = pooled && (refused || why.kind() == ForwardFailure.Kind.CLOSED_BEFORE_HEAD);
    if (safe) {
      out.letGo(false);
      if (stale && !triedFresh) {
        triedFresh = true;
        restart(true);
        return;
      }
      if (out.again(attempts, why)) {
        attempts++;
        restart(false);
        return;
      }
      if (state == State.DONE) return; // the owner ended it while being asked
    }
    state = State.DONE;
    failure = Optional.of(why);
    if (!safe) out.letGo(false);
    if (begun) {
      out.abortClient();
    } else {
      out.answer(why);
    }
  }

  private void restart(boolean fresh) {
    state = State.CONNECTING;
    headSent = false;
    requestComplete = false;
    informational = 0;
    out.connect(fresh);
  }
}
