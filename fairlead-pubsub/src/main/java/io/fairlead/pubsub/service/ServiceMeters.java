package io.fairlead.pubsub.service;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.trace.Spans;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.TerminalCause;
import io.fairlead.pubsub.log.HeaderHash;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;

/**
 * What a service counts, by its chain. Method labels are a fixed list; every other method is {@code
 * other}. Thread-safe.
 */
public final class ServiceMeters {
  private static final Set<String> METHODS =
      Set.of(
          "eth_call",
          "eth_blockNumber",
          "eth_chainId",
          "eth_getBlockByHash",
          "eth_getBlockByNumber",
          "eth_getLogs",
          "eth_getTransactionReceipt",
          "eth_sendRawTransaction",
          "eth_subscribe",
          "eth_unsubscribe");

  private final Meters meters;
  private final String chain;
  private final Spans spans;
  private final Map<String, Counter> counters = new ConcurrentHashMap<>();
  private final Map<String, Timer> timers = new ConcurrentHashMap<>();
  private final Queue<Gauge> gauges = new ConcurrentLinkedQueue<>();
  private final Counter framesIn;
  private final Counter framesOut;
  private final Counter bytesIn;
  private final Counter bytesOut;
  private final Map<ChainLimit, Counter> limits = new EnumMap<>(ChainLimit.class);

  public ServiceMeters(Meters meters, String chain) {
    this(meters, chain, Spans.OFF);
  }

  /**
   * @param spans is told of each request
   */
  ServiceMeters(Meters meters, String chain, Spans spans) {
    this.spans = spans;
    this.meters = meters;
    this.chain = chain;
    this.framesIn = counter("frames", "Messages.", "direction", "in");
    this.framesOut = counter("frames", "Messages.", "direction", "out");
    this.bytesIn = counter("bytes", "Bytes of messages.", "direction", "in");
    this.bytesOut = counter("bytes", "Bytes of messages.", "direction", "out");
    for (ChainLimit each : ChainLimit.values()) {
      limits.put(
          each,
          meters.counter("limit.rejections", "Work refused by a limit.", "limit", each.label()));
    }
  }

  public String chain() {
    return chain;
  }

  Gauge gauge(String name, String help, LongSupplier source, String... tags) {
    Gauge gauge = meters.gauge("pubsub." + name, help, source, withChain(tags));
    gauges.add(gauge);
    return gauge;
  }

  void remove(Gauge gauge) {
    gauges.remove(gauge);
    meters.remove(gauge);
  }

  /** The service ended: what it had is not shown any more; what it counted stays. */
  void close() {
    for (Gauge gauge = gauges.poll(); gauge != null; gauge = gauges.poll()) meters.remove(gauge);
  }

  void received(int bytes) {
    framesIn.increment();
    bytesIn.increment(bytes);
  }

  void sent(int bytes) {
    framesOut.increment();
    bytesOut.increment(bytes);
  }

  /** Of the items told to subscriptions of a kind. */
  Counter notifications(ItemKind kind) {
    return counter(
        "notifications", "Items told to subscriptions, by what they are.", "kind", kind.label());
  }

  void rejected(String reason) {
    count("frames.rejected", "Messages that were of no use.", "reason", reason);
  }

  void header(HeaderHash.Verdict verdict) {
    count(
        "headers",
        "Headers by whether their hash is that of their fields.",
        "verdict",
        verdict.name().toLowerCase(Locale.ROOT));
  }

  void orphan() {
    count("orphan.notifications", "Notifications of subscriptions nobody has.");
  }

  void early() {
    count("early.buffered", "Notifications that came before the answer that names them.");
  }

  /** Something was refused, or ended, by that bound. */
  void beyond(ChainLimit limit, long times) {
    Counter counter = limits.get(limit);
    if (counter != null) counter.increment(times);
  }

  /** A user's request is refused by that bound. */
  PubSubException.Overloaded overloaded(ChainLimit limit) {
    beyond(limit, 1);
    return new PubSubException.Overloaded(limit.name().toLowerCase(Locale.ROOT));
  }

  void lagged(long items) {
    beyond(ChainLimit.QUEUE, items);
    counter("lagged", "Items dropped because a consumer was slow.").increment(items);
  }

  void undecodable() {
    count("decode.failures", "Items that did not fit their decoder.");
  }

  void reconnected(TerminalCause.Kind reason) {
    count(
        "reconnects",
        "Connections made after one was lost, by why it was.",
        "reason",
        reason.name().toLowerCase(Locale.ROOT));
  }

  void connected(Duration took) {
    timer("connect", "Time from dialling to a verified connection.").record(took);
  }

  void disconnectedFor(Duration time) {
    counter("disconnected.seconds", "Seconds without a connection.")
        .increment(time.toNanos() / 1e9);
  }

  void pinged(Duration roundTrip) {
    timer("ping.rtt", "Time from a ping to the next byte.").record(roundTrip);
  }

  void rateLimited() {
    count("rate.limited", "Answers that ask for patience.");
  }

  void answered(String method, String result, long nanos) {
    String label = METHODS.contains(method) ? method : "other";
    count("requests", "Requests by how they ended.", "method", label, "result", result);
    timer("request", "Time from request to answer.", "method", label)
        .record(Duration.ofNanos(nanos));
    if (spans.on()) {
      Map<String, Object> facts = Map.of("rpc.method", label, "fairlead.chain", chain);
      Optional<String> error = result.equals("ok") ? Optional.empty() : Optional.of(result);
      spans.ended("pubsub.request", Duration.ofNanos(nanos), facts, error);
    }
  }

  void add(String name, String help, long by, String... tags) {
    counter(name, help, tags).increment(by);
  }

  private void count(String name, String help, String... tags) {
    counter(name, help, tags).increment();
  }

  private Counter counter(String name, String help, String... tags) {
    String key = tags.length == 0 ? name : name + String.join(" ", tags);
    Counter known = counters.get(key);
    return known != null
        ? known
        : counters.computeIfAbsent(
            key, _ -> meters.counter("pubsub." + name, help, withChain(tags)));
  }

  private Timer timer(String name, String help, String... tags) {
    String key = tags.length == 0 ? name : name + tags[1];
    Timer known = timers.get(key);
    return known != null
        ? known
        : timers.computeIfAbsent(key, _ -> meters.timer("pubsub." + name, help, withChain(tags)));
  }

  private String[] withChain(String[] tags) {
    String[] all = new String[tags.length + 2];
    System.arraycopy(tags, 0, all, 0, tags.length);
    all[tags.length] = "chain";
    all[tags.length + 1] = chain;
    return all;
  }
}
