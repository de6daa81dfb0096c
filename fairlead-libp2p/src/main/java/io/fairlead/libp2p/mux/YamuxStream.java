package io.fairlead.libp2p.mux;

/**
 * One stream of a session: windows, flags that are due, and what ended. Owned by the session's
 * owner; after {@link StreamSink#closed} every call is without effect.
 */
public final class YamuxStream {
  final YamuxSession session;
  final boolean inbound;
  StreamSink sink;

  int id; // 0 while the open waits

  // ---- out
  long sendWindow = YamuxSettings.WINDOW_START;
  boolean synDue;
  boolean ackDue;
  boolean acked;
  boolean dataReady;
  boolean finWanted;
  boolean finSent;
  boolean inRing;

  // ---- in
  int target = YamuxSettings.WINDOW_START;
  int receiveWindow = YamuxSettings.WINDOW_START;
  int held;
  long charged;
  long lastCreditNanos;
  boolean finReceived;
  boolean discarding;
  boolean lingering;
  boolean creditQueued;

  boolean gone;
  long deadlineNanos; // of the open that waits, then of the lingering

  /** One of ours. */
  YamuxStream(YamuxSession session, long nowNanos) {
    this.session = session;
    this.inbound = false;
    this.sink = NoSink.INSTANCE;
    this.lastCreditNanos = nowNanos;
  }

  /** One of the peer. */
  YamuxStream(YamuxSession session, int id, long nowNanos) {
    this.session = session;
    this.inbound = true;
    this.id = id;
    this.ackDue = true;
    this.lastCreditNanos = nowNanos;
    this.sink = NoSink.INSTANCE;
  }

  /** Whom its bytes go to and come from, from here on. */
  public void sink(StreamSink next) {
    sink = next;
  }

  /** The id on the wire, 0 while the open waits for its turn. */
  public int id() {
    return id;
  }

  /** Whether the peer opened it. */
  public boolean inbound() {
    return inbound;
  }

  /** Bytes that the peer lets us send now. */
  public long sendWindow() {
    return sendWindow;
  }

  /** The size that the receive window has grown to. */
  public int receiveTarget() {
    return target;
  }

  /** Received and not consumed. */
  public int held() {
    return held;
  }

  public boolean gone() {
    return gone;
  }

  /** The application takes a stream of the peer, which tells the peer so. */
  public void accept() {
    if (!gone && ackDue) session.enqueue(this);
  }

  /** The sink has bytes to send. */
  public void ready() {
    if (gone || dataReady || finSent) return;
    dataReady = true;
    if (sendWindow > 0) session.enqueue(this);
  }

  /** The application is done with bytes it was given; the peer may send as many more. */
  public void consumed(int bytes) {
    int some = Math.min(bytes, held);
    if (some == 0) return;
    held -= some;
    session.released(this);
  }

  /** Ends our direction behind what the sink still has. */
  public void finish() {
    if (gone || finWanted) return;
    finWanted = true;
    session.enqueue(this);
  }

  /** Whether the end of our direction was sent. */
  public boolean finished() {
    return finSent;
  }

  /** What comes from here on is dropped, and the peer may go on sending. */
  public void discardInput() {
    discarding = true;
    consumed(held);
  }

  /**
   * Ends our direction and forgets the other: the peer may end it within a bounded time, without
   * new credit, and is reset then.
   */
  public void close(long nowNanos) {
    if (gone) return;
    finish();
    if (finReceived || lingering) return;
    discarding = true;
    lingering = true;
    session.linger(this, nowNanos);
  }

  /** Gives up both directions at once. */
  public void reset(long code) {
    session.reset(this, code);
  }

  /** Credit that the peer could be given. */
  int owed() {
    return target - receiveWindow - held;
  }
}
