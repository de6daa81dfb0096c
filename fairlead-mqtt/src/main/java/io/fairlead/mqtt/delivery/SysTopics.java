package io.fairlead.mqtt.delivery;

import io.fairlead.core.time.Timers;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.session.BrokerMeters;
import io.fairlead.mqtt.store.Message;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Publishes figures of the broker below {@code $SYS/broker}, retained, at an interval; only those
 * that changed. On the first shard's thread.
 */
public final class SysTopics {
  private final BrokerCore core;
  private final Shard shard;
  private final String version;
  private final long startedAtNanos;
  private final Loads loads = new Loads();
  private long lookedAtNanos;
  private final Map<String, String> said = new HashMap<>();
  private Timers.@Nullable Handle next;
  private boolean stopped;

  public SysTopics(BrokerCore core, String version) {
    this.core = core;
    this.shard = core.shard(0);
    this.version = version;
    this.startedAtNanos = core.clock().nanos();
    this.lookedAtNanos = startedAtNanos;
  }

  /** Any thread. */
  public void start() {
    shard
        .executor()
        .execute(
            () -> {
              said.clear();
              tick();
            });
  }

  /** Until the next start. Any thread. */
  public void pause() {
    shard
        .executor()
        .execute(
            () -> {
              if (next != null) next.cancel();
            });
  }

  /** Any thread. */
  public void stop() {
    shard
        .executor()
        .execute(
            () -> {
              stopped = true;
              if (next != null) next.cancel();
            });
  }

  private void tick() {
    if (stopped) return;
    core.retention().sweep(core.clock().wall().toEpochMilli());
    say();
    next = shard.timers().after(core.config().sysInterval(), this::tick);
  }

  private void say() {
    BrokerMeters meters = core.meters();
    int connected = core.connected();
    int sessions = core.sessions();
    long seconds = (core.clock().nanos() - startedAtNanos) / 1_000_000_000L;
    say("version", "fairlead " + version);
    say("uptime", seconds + " seconds");
    say("clients/connected", connected);
    say("clients/disconnected", Math.max(0, sessions - connected));
    say("clients/total", sessions);
    say("clients/maximum", core.connectedMost());
    say("clients/expired", core.expired());
    say("messages/received", meters.receivedTotal());
    say("messages/sent", meters.sentTotal());
    say("messages/dropped", meters.droppedTotal());
    say("messages/stored", core.retention().size() + meters.waiting());
    say("publish/messages/received", meters.receivedTotal());
    say("publish/messages/sent", meters.sentTotal());
    say("publish/messages/dropped", meters.droppedTotal());
    say("bytes/received", meters.receivedBytesTotal());
    say("bytes/sent", meters.sentBytesTotal());
    say("subscriptions/count", core.subscriptions());
    say("retained messages/count", core.retention().size());
    say("store/messages/count", core.retention().size() + meters.waiting());
    say("store/messages/bytes", core.retention().bytes() + meters.waitingBytes());
    say("fairlead/store/trouble", core.store().trouble().orElse("none"));
    say("fairlead/queue/messages", meters.waiting());
    say("fairlead/queue/bytes", meters.waitingBytes());
    say("fairlead/auth/accepted", meters.connectsTotal());
    say("fairlead/auth/refused", meters.refusedTotal());
    say("fairlead/auth/broken", meters.badPacketsTotal());
    loads(meters);
  }

  private void loads(BrokerMeters meters) {
    long now = core.clock().nanos();
    double passed = (now - lookedAtNanos) * 1e-9;
    lookedAtNanos = now;
    loads.look("messages/received", meters.receivedTotal(), passed);
    loads.look("messages/sent", meters.sentTotal(), passed);
    loads.look("publish/dropped", meters.droppedTotal(), passed);
    loads.look("bytes/received", meters.receivedBytesTotal(), passed);
    loads.look("bytes/sent", meters.sentBytesTotal(), passed);
    loads.look("connections", meters.connectsTotal(), passed);
    loads.forEach((name, rate) -> say("load/" + name, String.format(Locale.ROOT, "%.2f", rate)));
  }

  private void say(String name, long value) {
    say(name, Long.toString(value));
  }

  private void say(String name, String value) {
    if (value.equals(said.put(name, value))) return;
    shard.publish(
        new Message(
            ("$SYS/broker/" + name).getBytes(StandardCharsets.UTF_8),
            value.getBytes(StandardCharsets.UTF_8),
            0,
            true,
            Properties.EMPTY,
            Message.NEVER,
            ""));
  }
}
