package io.fairlead.app.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.control.http.Feed;
import io.fairlead.core.time.Clock;
import io.fairlead.mqtt.MqttBroker;
import io.fairlead.mqtt.extension.BrokerServices.Subscribed;
import io.fairlead.mqtt.store.Message;
import io.micrometer.core.instrument.Counter;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.json.JsonMapper;

/**
 * One reader of messages: at most {@value #PER_SECOND} a second, of each at most {@value
 * #PAYLOAD_MAX} bytes; how many it was not shown it is told each second. Messages come on a thread
 * of the broker, everything else happens on that of the reader's connection.
 */
final class TopicWatcher implements Feed {
  static final int PER_SECOND = 50;
  static final int PAYLOAD_MAX = 16 * 1024;

  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final int SECONDS_OF_SILENCE_MAX = 5;
  private static final byte[] COMMENT = ": still here\n\n".getBytes(UTF_8);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final MqttBroker broker;
  private final String filter;
  private final Clock clock;
  private final Counter droppedByAll;
  private final Runnable onGone;
  private final AtomicInteger left = new AtomicInteger(PER_SECOND); // of this second
  private final AtomicLong dropped = new AtomicLong(); // since the reader was told
  private int silence; // seconds

  /**
   * @param filter a valid one, not of a shared group
   * @param onGone runs once
   */
  TopicWatcher(
      MqttBroker broker, String filter, Clock clock, Counter droppedByAll, Runnable onGone) {
    this.broker = broker;
    this.filter = filter;
    this.clock = clock;
    this.droppedByAll = droppedByAll;
    this.onGone = onGone;
  }

  @Override
  public void open(Outlet outlet) {
    outlet.write(COMMENT); // the head leaves at once
    outlet.flush();
    CompletionStage<Subscribed> subscription =
        broker.subscribe(filter, 0, message -> heard(outlet, message));
    outlet.onEnd(
        () -> {
          onGone.run();
          var _ = subscription.thenAccept(Subscribed::close);
        });
    outlet.after(SECOND, () -> tick(outlet));
    var _ = // refused, or the broker is gone: the reader is told
        subscription.whenComplete(
            (_, failure) -> {
              Map<String, Object> said =
                  failure == null
                      ? Map.of("filter", filter)
                      : Map.of("reason", String.valueOf(failure.getMessage()));
              outlet.execute(() -> write(outlet, failure == null ? "watching" : "failed", said));
            });
  }

  private void heard(Outlet outlet, Message message) {
    if (left.getAndUpdate(now -> Math.max(0, now - 1)) == 0) {
      drop();
      return;
    }
    byte[] payload = message.payload();
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("at", clock.wall().toString());
    shown.put("topic", new String(message.topic(), UTF_8));
    shown.put("retain", message.retain());
    shown.put("payload_bytes", payload.length);
    shown.put("truncated", payload.length > PAYLOAD_MAX);
    MqttArea.putPayload(
        shown, payload.length > PAYLOAD_MAX ? Arrays.copyOf(payload, PAYLOAD_MAX) : payload);
    outlet.execute(
        () -> {
          if (outlet.writable()) write(outlet, "message", shown);
          else drop();
        });
  }

  private void drop() {
    dropped.incrementAndGet();
    droppedByAll.increment();
  }

  private void tick(Outlet outlet) {
    left.set(PER_SECOND);
    if (outlet.writable()) {
      long lost = dropped.getAndSet(0);
      if (lost > 0) {
        write(outlet, "dropped", Map.of("dropped", lost));
      } else if (++silence >= SECONDS_OF_SILENCE_MAX) {
        silence = 0;
        outlet.write(COMMENT);
        outlet.flush();
      }
    }
    outlet.after(SECOND, () -> tick(outlet));
  }

  private void write(Outlet outlet, String kind, Map<String, Object> data) {
    silence = 0;
    String text =
        "event: " + kind + "\ndata: " + JSON.writeValueAsString(JSON.valueToTree(data)) + "\n\n";
    outlet.write(text.getBytes(UTF_8));
    outlet.flush();
  }
}
