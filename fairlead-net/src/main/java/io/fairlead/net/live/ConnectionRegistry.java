package io.fairlead.net.live;

import io.fairlead.core.access.Cause;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Revocable;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.micrometer.core.instrument.Counter;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.AttributeKey;
import java.net.SocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * Every accepted connection that is open, and which registry entry each works for. Thread-safe.
 * Holds as many records as there are open connections, which the listeners bound.
 */
public final class ConnectionRegistry implements Revocable {
  private static final AttributeKey<LiveConnection> RECORD =
      AttributeKey.valueOf(ConnectionRegistry.class, "record");

  private final Clock clock;
  private final Counter closedByPeer;
  private final Counter closedByCut;
  private final AtomicLong nextId = new AtomicLong(1);
  private final ConcurrentHashMap<Long, LiveChannel> open = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<EntryId, Set<Severable>> byEntry = new ConcurrentHashMap<>();
  private final Total received = new Total(LiveConnection::receivedBytes);
  private final Total sent = new Total(LiveConnection::sentBytes);

  public ConnectionRegistry(Clock clock, Meters meters) {
    this.clock = clock;
    meters.gauge("connections.open", "Open client connections.", open::mappingCount);
    closedByPeer =
        meters.counter("connections.closed", "Client connections ended.", "reason", "closed");
    closedByCut =
        meters.counter("connections.closed", "Client connections ended.", "reason", "cut");
    meters.counter(
        "bytes", "Bytes of client connections.", received::current, "direction", "received");
    meters.counter("bytes", "Bytes of client connections.", sent::current, "direction", "sent");
  }

  /**
   * The record of a channel.
   *
   * @throws IllegalStateException the channel was never registered
   */
  public static LiveConnection of(Channel channel) {
    return find(channel)
        .orElseThrow(() -> new IllegalStateException("channel: " + channel + " has no record"));
  }

  /** The record of a channel, if it was registered. */
  public static Optional<LiveConnection> find(Channel channel) {
    return Optional.ofNullable(channel.attr(RECORD).get());
  }

  /**
   * Opens the record of a channel; it ends with the channel. On the channel's event loop.
   *
   * @param listener id of the listener it came through
   * @param remote address of the peer
   */
  public LiveConnection register(Channel channel, String listener, SocketAddress remote) {
    LiveChannel record =
        new LiveChannel(this, channel, nextId.getAndIncrement(), listener, remote, clock.nanos());
    open.put(record.id(), record);
    channel.attr(RECORD).set(record);
    channel.closeFuture().addListener(_ -> unregister(record));
    return record;
  }

  /** Open connections, oldest first; a snapshot. */
  public List<LiveConnection> list() {
    return stream().sorted((a, b) -> Long.compare(a.id(), b.id())).toList();
  }

  /** Open connections in no order, weakly consistent. */
  public Stream<LiveConnection> stream() {
    return open.values().stream().map(record -> record);
  }

  public Optional<LiveConnection> find(long id) {
    return Optional.ofNullable(open.get(id));
  }

  /** How many are open. */
  public int size() {
    return open.size();
  }

  /**
   * Cuts one connection; any thread.
   *
   * @return whether it was open
   */
  public boolean cut(long id, String reason) {
    Optional<LiveConnection> record = find(id);
    record.ifPresent(connection -> connection.cut(reason));
    return record.isPresent();
  }

  @Override
  public String kind() {
    return "proxy_flows";
  }

  @Override
  public int revoke(Set<EntryId> entries, Cause cause) {
    Set<Severable> affected = new HashSet<>();
    for (EntryId entry : entries) {
      Set<Severable> indexed = byEntry.get(entry);
      if (indexed != null) affected.addAll(indexed);
    }
    for (Severable work : affected) work.cut(cause.reason().word());
    return affected.size();
  }

  void index(EntryId entry, Severable work) {
    byEntry.compute(
        entry,
        (_, present) -> {
          Set<Severable> set = present == null ? ConcurrentHashMap.newKeySet() : present;
          set.add(work);
          return set;
        });
  }

  void unindex(EntryId entry, Severable work) {
    byEntry.computeIfPresent(
        entry,
        (_, present) -> {
          present.remove(work);
          return present.isEmpty() ? null : present;
        });
  }

  /** Calls the action with every open connection of that loop; on the loop. */
  void forEachOn(EventLoop loop, Consumer<LiveChannel> action) {
    for (LiveChannel record : open.values()) {
      if (record.channel().eventLoop() == loop) action.accept(record);
    }
  }

  /** Entries with live work; for tests of the index. */
  int indexedEntries() {
    return byEntry.size();
  }

  private void unregister(LiveChannel record) {
    open.remove(record.id());
    (record.cutReason().isPresent() ? closedByCut : closedByPeer).increment();
    received.ended(record);
    sent.ended(record);
    record.closed();
  }

  /** Bytes of ended and open connections together; never goes back. */
  private final class Total {
    private final ToLongFunction<LiveConnection> source;
    private final LongAdder endedBytes = new LongAdder();
    private final AtomicLong reported = new AtomicLong();

    Total(ToLongFunction<LiveConnection> source) {
      this.source = source;
    }

    void ended(LiveConnection record) {
      endedBytes.add(source.applyAsLong(record));
    }

    // A connection that ends during the sum may be missing from one reading; the maximum hides the
    // dip, and the next reading is right again.
    long current() {
      long now = endedBytes.sum();
      for (LiveChannel record : open.values()) now += source.applyAsLong(record);
      return reported.accumulateAndGet(now, Math::max);
    }
  }
}
