package io.fairlead.libp2p.mux;

import io.netty.buffer.ByteBuf;
import io.netty.util.collection.IntObjectHashMap;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One end of a yamux session.
 *
 * <pre>
 * OPEN     --go-away 0 received-->        LEAVING (no new streams; those there may finish, bounded)
 * OPEN     --{@link #drain}-->                   LEAVING (the peer's new streams are reset)
 * LEAVING  --last stream gone-->          ENDED   (only where the peer left)
 * any      --go-away of another code-->   ENDED
 * any      --{@link #close}-->                   ENDED (go-away with the code)
 * any      --the peer breaks a rule-->    ENDED (go-away 1)
 * any      --silence after a ping-->      ENDED
 * </pre>
 *
 * A stream of ours is WAITING (the peer has too many untaken), then SYN sent, then acknowledged; a
 * stream of the peer is in the backlog until accepted. Each direction ends by itself; a reset ends
 * both. Bytes, credit and resets go through callbacks instead of effect records, because each
 * happens per frame.
 *
 * <p>Not thread-safe: owned by the connection's event loop. Time comes with the calls.
 */
public final class YamuxSession {
  /** Most credit a stream may be given: it is 32 bits on the wire. */
  private static final long SEND_WINDOW_MAX = 0xFFFF_FFFFL;

  private static final int CHARGE_STEP = 16 * 1024;

  final YamuxSettings settings;
  final MuxMeters meters;
  private final FrameOutput output;

  private final boolean dialer;
  private final WindowBudget budget;
  private final SessionListener listener;
  private final IntObjectHashMap<YamuxStream> streams = new IntObjectHashMap<>();
  private final ArrayDeque<YamuxStream> waiting = new ArrayDeque<>(0);
  private final ArrayDeque<YamuxStream> lingering = new ArrayDeque<>(0);
  private final FrameReader reader;
  private final FrameWriter writer;
  private final RoundTrips trips;

  private long nextId;
  private int unacked;
  private int inboundCount;
  private int backlog;
  private long charged;
  private long nowNanos;
  private boolean draining;
  private boolean peerLeft;
  private long leaveNanos;
  private @Nullable SessionEnd end;

  /**
   * @param dialer whether this end opened the connection; the two ends number streams differently
   */
  public YamuxSession(
      boolean dialer,
      YamuxSettings settings,
      WindowBudget budget,
      MuxMeters meters,
      FrameOutput output,
      SessionListener listener,
      long nowNanos) {
    this.dialer = dialer;
    this.settings = settings;
    this.budget = budget;
    this.meters = meters;
    this.output = output;
    this.listener = listener;
    this.nowNanos = nowNanos;
    this.nextId = dialer ? 1 : 2;
    this.trips = new RoundTrips(settings, nowNanos);
    this.reader = new FrameReader(this);
    this.writer = new FrameWriter(this, output);
  }

  // ---- the owner's calls --------------------------------------------------------------------

  /** Bytes of the connection, in any pieces; borrows. All are taken. */
  public void receive(ByteBuf in, long nowNanos) {
    this.nowNanos = nowNanos;
    trips.heard(nowNanos);
    reader.read(in);
  }

  /** Writes what waits while the output is writable. */
  public void pump(long nowNanos) {
    this.nowNanos = nowNanos;
    if (end == null) writer.pump(nowNanos);
  }

  /** When {@link #onTimer} is to be called next; may move nearer with every other call. */
  public long wakeNanos() {
    long at = trips.wakeNanos();
    YamuxStream first = waiting.peek();
    if (first != null) at = earlier(at, first.deadlineNanos);
    first = lingering.peek();
    if (first != null) at = earlier(at, first.deadlineNanos);
    return peerLeft ? earlier(at, leaveNanos) : at;
  }

  /** Does what is due. */
  public void onTimer(long nowNanos) {
    this.nowNanos = nowNanos;
    if (end != null) return;
    if (trips.silentAt(nowNanos)) {
      end(new SessionEnd.Silent(), -1);
      return;
    }
    if (trips.pingDueAt(nowNanos)) output.pumpSoon();
    expire(waiting, new StreamEnd.NotTaken());
    expire(lingering, new StreamEnd.Reset(StreamCode.NONE, false));
    if (peerLeft && end == null && nowNanos - leaveNanos >= 0)
      end(new SessionEnd.PeerLeft(ConnectionCode.NORMAL), ConnectionCode.NORMAL);
  }

  /** Why no stream can be opened; empty when one can, if only after waiting. */
  public Optional<OpenRefusal> refusal() {
    if (end != null) return Optional.of(OpenRefusal.ENDED);
    if (peerLeft || draining) return Optional.of(OpenRefusal.LEAVING);
    if (nextId + 2L * waiting.size() > Integer.MAX_VALUE) return Optional.of(OpenRefusal.EXHAUSTED);
    if (unacked >= settings.unackedMax() && waiting.size() >= settings.waitingMax())
      return Optional.of(OpenRefusal.TOO_MANY);
    return Optional.empty();
  }

  /**
   * Opens a stream; its first frame says so. Where too many are unacknowledged it waits, and its
   * bytes with it; one that waits too long ends as {@link StreamEnd.NotTaken}.
   *
   * @return without a sink, which is to be set at once
   * @throws IllegalStateException there is a {@link #refusal}
   */
  public YamuxStream open(long nowNanos) {
    Optional<OpenRefusal> refusal = refusal();
    if (refusal.isPresent()) throw new IllegalStateException("open: " + refusal.get());
    this.nowNanos = nowNanos;
    YamuxStream stream = new YamuxStream(this, nowNanos);
    if (unacked < settings.unackedMax()) {
      begin(stream);
    } else {
      stream.deadlineNanos = nowNanos + settings.openTimeout().toNanos();
      waiting.add(stream);
    }
    return stream;
  }

  /** From here on neither side opens streams; those there go on. */
  public void drain() {
    draining = true;
  }

  /** Ends everything, telling the peer. */
  public void close(long code) {
    end(new SessionEnd.Closed(code), code);
  }

  /** The connection is gone. */
  public void disconnected() {
    end(new SessionEnd.Disconnected(), -1);
  }

  /** Streams that are not over, without those that wait to be opened. */
  public int streams() {
    return streams.size();
  }

  /** The smoothed round trip, empty before the first answer. */
  public Optional<Duration> roundTrip() {
    return trips.roundTrip();
  }

  public boolean ended() {
    return end != null;
  }

  /** Memory that its windows take of the budget. */
  public long chargedBytes() {
    return charged;
  }

  // ---- from the reader ----------------------------------------------------------------------

  @Nullable YamuxStream stream(int id) {
    return streams.get(id);
  }

  /** The peer's SYN; null where it was refused or broke a rule. */
  @Nullable YamuxStream syn(int id) {
    if (id == 0 || (id & 1) == (dialer ? 1 : 0)) {
      violation("stream id of the wrong side");
      return null;
    }
    if (streams.containsKey(id)) {
      violation("stream opened twice");
      return null;
    }
    if (draining || peerLeft) {
      meters.whileLeaving.increment();
      writer.reset(id, StreamCode.SHUTDOWN);
      return null;
    }
    if (inboundCount >= settings.inboundMax() || backlog >= settings.backlogMax()) {
      (inboundCount >= settings.inboundMax() ? meters.overStreams : meters.overBacklog).increment();
      writer.reset(id, StreamCode.RESOURCE_LIMIT);
      return null;
    }
    inboundCount++;
    backlog++;
    meters.openedByPeer.increment();
    meters.open.increment();
    YamuxStream stream = new YamuxStream(this, id, nowNanos);
    streams.put(id, stream);
    stream.sink = listener.inbound(stream);
    return stream.gone ? null : stream;
  }

  void ack(YamuxStream stream) {
    if (stream.inbound || stream.acked) return;
    stream.acked = true;
    unacked--;
    promote();
  }

  void credit(YamuxStream stream, long bytes) {
    stream.sendWindow += bytes;
    if (stream.sendWindow > SEND_WINDOW_MAX) {
      violation("more credit than 32 bits");
      return;
    }
    if (bytes > 0 && stream.dataReady) enqueue(stream);
  }

  /** A piece of a stream's data, within its window; takes ownership. */
  void data(YamuxStream stream, ByteBuf piece) {
    int count = piece.readableBytes();
    stream.receiveWindow -= count;
    if (stream.discarding) {
      piece.release();
      if (!stream.lingering) creditIfDue(stream);
      return;
    }
    stream.held += count;
    stream.sink.data(piece);
    // What was consumed at once costs nothing, so that the budget bounds what waits and no more.
    if (stream.held == 0 || stream.gone || charge(stream, stream.held)) return;
    meters.overMemory.increment();
    reset(stream, StreamCode.RESOURCE_LIMIT);
  }

  void inputEnded(YamuxStream stream) {
    if (stream.finReceived) return;
    stream.finReceived = true;
    if (!stream.discarding) stream.sink.inputEnded();
    forgetIfOver(stream);
  }

  void resetByPeer(YamuxStream stream, long code) {
    meters.resetByPeer.increment();
    forget(stream, new StreamEnd.Reset(code, true));
  }

  void ping(int value) {
    if (!writer.pong(value)) meters.pongsDropped.increment();
  }

  void pong(int value) {
    trips.answered(value, nowNanos);
  }

  void goAway(long code) {
    if (code != ConnectionCode.NORMAL || streams.isEmpty()) {
      end(new SessionEnd.PeerLeft(code), -1);
      return;
    }
    if (peerLeft) return;
    peerLeft = true;
    leaveNanos = nowNanos + settings.leaveGrace().toNanos();
    while (!waiting.isEmpty()) forget(waiting.element(), new StreamEnd.NotTaken());
    listener.peerLeaves();
  }

  void violation(String what) {
    end(new SessionEnd.Violation(what), ConnectionCode.YAMUX_PROTOCOL);
  }

  void flooded(String what) {
    end(new SessionEnd.Flooded(what), ConnectionCode.RATE_LIMITED);
  }

  // ---- from the writer ----------------------------------------------------------------------

  /** The flags of opening that the next frame of the stream carries. */
  int takeFlags(YamuxStream stream) {
    if (stream.synDue) {
      stream.synDue = false;
      return YamuxFrame.SYN;
    }
    if (!stream.ackDue) return 0;
    stream.ackDue = false;
    backlog--;
    return YamuxFrame.ACK;
  }

  /** The credit that the next frame gives: all that is owed, and more where the peer waits. */
  int takeCredit(YamuxStream stream, boolean tune) {
    if (stream.finReceived || stream.lingering) return 0;
    if (tune && trips.fast(nowNanos - stream.lastCreditNanos)) grow(stream);
    int credit = stream.owed();
    stream.receiveWindow += credit;
    stream.lastCreditNanos = nowNanos;
    return credit;
  }

  void forgetIfOver(YamuxStream stream) {
    if (stream.finSent && stream.finReceived) forget(stream, new StreamEnd.Finished());
  }

  /** The value of a ping that is due, negative for none. */
  long takePing() {
    return trips.takePing(nowNanos);
  }

  // ---- from streams -------------------------------------------------------------------------

  void enqueue(YamuxStream stream) {
    if (stream.gone || stream.inRing || stream.id == 0) return;
    writer.ready(stream);
  }

  void released(YamuxStream stream) {
    settle(stream);
    if (!stream.gone) creditIfDue(stream);
  }

  void reset(YamuxStream stream, long code) {
    if (stream.gone) return;
    if (stream.id != 0 && !stream.synDue) writer.reset(stream.id, code);
    if (stream.gone) return; // too many resets waited, and the session is over
    meters.resetByUs.increment();
    forget(stream, new StreamEnd.Reset(code, false));
  }

  void linger(YamuxStream stream, long nowNanos) {
    stream.held = 0;
    settle(stream);
    if (stream.id == 0) return; // it lingers once it is open
    stream.deadlineNanos = nowNanos + settings.lingerMax().toNanos();
    lingering.add(stream);
  }

  // ---- inside -------------------------------------------------------------------------------

  private void begin(YamuxStream stream) {
    stream.id = (int) nextId;
    nextId += 2;
    unacked++;
    stream.synDue = true;
    streams.put(stream.id, stream);
    meters.openedByUs.increment();
    meters.open.increment();
    if (stream.lingering) linger(stream, nowNanos);
    enqueue(stream);
  }

  private void promote() {
    while (end == null && unacked < settings.unackedMax() && !waiting.isEmpty())
      begin(waiting.remove());
  }

  private void creditIfDue(YamuxStream stream) {
    if (stream.creditQueued || stream.finReceived || stream.lingering) return;
    if (stream.owed() >= stream.target / 2) writer.creditDue(stream);
  }

  /** Doubles the window, where that is in the budget. */
  private void grow(YamuxStream stream) {
    int next = (int) Math.min(2L * stream.target, settings.windowMax());
    if (next == stream.target) return;
    if (charge(stream, next - YamuxSettings.WINDOW_START)) stream.target = next;
  }

  private boolean charge(YamuxStream stream, long bytes) {
    if (bytes <= stream.charged) return true;
    long more = (bytes - stream.charged + CHARGE_STEP - 1) / CHARGE_STEP * CHARGE_STEP;
    if (charged + more > settings.windowsMax().bytes() || !budget.take(more)) return false;
    charged += more;
    stream.charged += more;
    return true;
  }

  /** Gives back what the stream no longer needs of the budget. */
  private void settle(YamuxStream stream) {
    long grown = stream.gone ? 0 : stream.target - YamuxSettings.WINDOW_START;
    long needed = Math.max(grown, stream.held);
    if (stream.charged == needed) return;
    if (needed > grown && stream.charged - needed < 4 * CHARGE_STEP) return;
    long less = stream.charged - (needed + CHARGE_STEP - 1) / CHARGE_STEP * CHARGE_STEP;
    if (less <= 0) return;
    stream.charged -= less;
    charged -= less;
    budget.giveBack(less);
  }

  private void forget(YamuxStream stream, StreamEnd how) {
    if (stream.gone) return;
    stream.gone = true;
    reader.forget(stream);
    if (stream.lingering) lingering.remove(stream);
    if (stream.id == 0) {
      waiting.remove(stream);
      if (how instanceof StreamEnd.NotTaken) meters.notTaken.increment();
    } else {
      streams.remove(stream.id);
      meters.open.decrement();
      if (stream.inbound) {
        inboundCount--;
        if (stream.ackDue) backlog--;
      } else if (!stream.acked) {
        stream.acked = true;
        unacked--;
      }
    }
    if (!(how instanceof StreamEnd.Finished)) stream.held = 0;
    settle(stream);
    stream.sink.closed(how);
    if (end != null) return;
    promote();
    if (peerLeft && streams.isEmpty())
      end(new SessionEnd.PeerLeft(ConnectionCode.NORMAL), ConnectionCode.NORMAL);
  }

  private void expire(ArrayDeque<YamuxStream> queue, StreamEnd how) {
    for (YamuxStream first = queue.peek();
        first != null && end == null && nowNanos - first.deadlineNanos >= 0;
        first = queue.peek()) {
      if (how instanceof StreamEnd.Reset(long code, _)) reset(first, code);
      else forget(first, how);
    }
  }

  /**
   * @param goAwayCode negative for none
   */
  private void end(SessionEnd how, long goAwayCode) {
    if (end != null) return;
    end = how;
    meters.ended(how);
    writer.last(goAwayCode);
    List<YamuxStream> left = new ArrayList<>(streams.values());
    left.addAll(waiting);
    StreamEnd lost = new StreamEnd.Lost(how);
    for (YamuxStream stream : left) forget(stream, lost);
    listener.ended(how);
  }

  private static long earlier(long a, long b) {
    return a - b < 0 ? a : b;
  }
}
