package io.fairlead.mqtt.session;

import io.fairlead.core.meter.Meters;
import io.fairlead.mqtt.codec.MqttLimit;
import io.fairlead.net.budget.Account;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Counts of the broker. Thread-safe. */
public final class BrokerMeters {
  /** Why a message did not reach a client. */
  public enum Drop {
    QUEUE_FULL,
    EXPIRED,
    TOO_LARGE,
    NOT_AUTHORIZED,
    REFUSED_BY_CLIENT,
    OFFLINE,
    SESSION_ENDED,
    INVALID,
    MEMORY,
    STORE
  }

  private final LongAdder[] received = adders(3);
  private final LongAdder[] sent = adders(3);
  private final LongAdder receivedBytes = new LongAdder();
  private final LongAdder sentBytes = new LongAdder();
  private final LongAdder connects = new LongAdder();
  private final Timer connectTime;
  private final Timer matchTime;
  private final Timer deliveryTime;
  private final Account queued;
  private final LongAdder waiting = new LongAdder();
  private final LongAdder droppedAll = new LongAdder();
  private final Map<Drop, Counter> dropped = new EnumMap<>(Drop.class);
  private final Map<MqttLimit, Counter> rejected = new EnumMap<>(MqttLimit.class);
  private final Counter badPackets;
  private final Counter refused;

  /** With queues that belong to no budget. */
  public BrokerMeters(Meters meters) {
    this(meters, Account.unwatched());
  }

  /**
   * @param queued is told what waits
   */
  public BrokerMeters(Meters meters, Account queued) {
    this.queued = queued;
    for (int qos = 0; qos < 3; qos++) {
      String help = "Messages from and to clients.";
      String level = Integer.toString(qos);
      meters.counter(
          "mqtt.messages", help, received[qos]::sum, "direction", "received", "qos", level);
      meters.counter("mqtt.messages", help, sent[qos]::sum, "direction", "sent", "qos", level);
    }
    for (Drop reason : Drop.values()) {
      dropped.put(
          reason,
          meters.counter(
              "mqtt.dropped",
              "Messages that did not reach a client they were meant for.",
              "reason",
              reason.name().toLowerCase(Locale.ROOT)));
    }
    for (MqttLimit limit : MqttLimit.values()) {
      rejected.put(
          limit,
          meters.counter("limit.rejections", "Work refused by a limit.", "limit", limit.label()));
    }
    String bytes = "Bytes from and to clients.";
    meters.counter("mqtt.bytes", bytes, receivedBytes::sum, "direction", "received");
    meters.counter("mqtt.bytes", bytes, sentBytes::sum, "direction", "sent");
    connectTime = meters.timer("mqtt.connect", "From CONNECT to its answer, logins included.");
    matchTime = meters.timer("mqtt.match", "Finding a message's receivers; one of 64 is timed.");
    deliveryTime =
        meters.timer(
            "mqtt.deliver",
            "From taking a message to writing it to a client that is there; one of 64 is timed.");
    badPackets = meters.counter("mqtt.bad_packets", "Connections ended for what they sent.");
    refused = meters.counter("mqtt.refused", "Connections not let in.");
    meters.gauge("mqtt.queue.bytes", "Bytes waiting for sessions.", queued::bytes);
  }

  /** A client sent a message. */
  public void received(int qos) {
    received[qos].increment();
  }

  /** A client was sent a message. */
  public void sent(int qos) {
    sent[qos].increment();
  }

  public void dropped(Drop reason) {
    droppedAll.increment();
    if (reason == Drop.QUEUE_FULL) rejected(MqttLimit.QUEUE);
    Counter counter = dropped.get(reason);
    if (counter != null) counter.increment();
  }

  /** A client met a bound. */
  public void rejected(MqttLimit limit) {
    Counter counter = rejected.get(limit);
    if (counter != null) counter.increment();
  }

  /** One message more that waits, of so many bytes, or with fewer than none, one fewer. */
  public void queued(long bytes) {
    waiting.add(Long.signum(bytes));
    queued.add(bytes);
  }

  /** Messages that wait, one for each client or group it waits for. */
  public long waiting() {
    return waiting.sum();
  }

  /** Bytes of what waits; a message that waits for many has its own but once. */
  public long waitingBytes() {
    return queued.bytes();
  }

  /** The receivers of a message were found. */
  public void matched(long nanos) {
    matchTime.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** A message was written to a client. */
  void delivered(long nanos) {
    deliveryTime.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Bytes came from a client. */
  public void receivedBytes(long count) {
    receivedBytes.add(count);
  }

  /** Bytes went to a client. */
  public void sentBytes(long count) {
    sentBytes.add(count);
  }

  /** A client was let in. */
  public void connected(long nanos) {
    connects.increment();
    connectTime.record(nanos, TimeUnit.NANOSECONDS);
  }

  public long receivedBytesTotal() {
    return receivedBytes.sum();
  }

  public long sentBytesTotal() {
    return sentBytes.sum();
  }

  public long connectsTotal() {
    return connects.sum();
  }

  public void badPacket() {
    badPackets.increment();
  }

  public long badPacketsTotal() {
    return (long) badPackets.count();
  }

  public long refusedTotal() {
    return (long) refused.count();
  }

  public void refused() {
    refused.increment();
  }

  public long receivedTotal() {
    return received[0].sum() + received[1].sum() + received[2].sum();
  }

  public long sentTotal() {
    return sent[0].sum() + sent[1].sum() + sent[2].sum();
  }

  public long droppedTotal() {
    return droppedAll.sum();
  }

  private static LongAdder[] adders(int count) {
    LongAdder[] adders = new LongAdder[count];
    for (int i = 0; i < count; i++) adders[i] = new LongAdder();
    return adders;
  }
}
