package io.fairlead.it;

import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Packet.ConnAck;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A client whose own state survives what becomes of the broker. One thread. */
class CrashClient {
  private static final Duration ANSWER = Duration.ofSeconds(20);
  private static final long DAY_SECONDS = 86_400;

  private final String id;
  private @Nullable MqttLink link;
  private boolean known;

  CrashClient(String id) {
    this.id = id;
  }

  /** Whether the broker has confirmed its session. */
  boolean known() {
    return known;
  }

  boolean connected() {
    return link != null;
  }

  /** Connects with a session that lasts; the answer says whether the broker knew it. */
  ConnAck connect(InetSocketAddress address, Optional<Packet.Will> will) throws IOException {
    Properties properties = Properties.of().with(PropertyId.SESSION_EXPIRY, DAY_SECONDS).build();
    Packet.Connect connect =
        new Packet.Connect(MqttVersion.V5, false, 0, id, will, Optional.empty(), null, properties);
    MqttLink opened = MqttLink.open(address, false, connect, ANSWER);
    link = opened;
    Packet answer = opened.take(ANSWER).orElseThrow(() -> new IOException("no CONNACK"));
    if (!(answer instanceof ConnAck accepted) || accepted.reason().error()) {
      throw new IOException(id + " was not let in: " + answer);
    }
    known = true;
    return accepted;
  }

  void send(Packet packet) throws IOException {
    MqttLink now = link;
    if (now == null) throw new IOException(id + " is away");
    now.send(packet);
  }

  /** What has come; empty when nothing does in that time, or the broker is gone. */
  Optional<Packet> take(Duration wait) {
    MqttLink now = link;
    if (now == null) return Optional.empty();
    try {
      return now.take(wait);
    } catch (IOException _) {
      drop();
      return Optional.empty();
    }
  }

  /** Closes without a word. */
  void drop() {
    MqttLink now = link;
    link = null;
    if (now == null) return;
    try {
      now.close();
    } catch (IOException _) {
      // It was going anyway.
    }
  }

  static Packet.Publish publish(
      String topic, String payload, int qos, boolean retain, boolean again, int id) {
    return new Packet.Publish(
        topic.getBytes(StandardCharsets.UTF_8),
        payload.getBytes(StandardCharsets.UTF_8),
        qos,
        retain,
        again,
        id,
        Properties.EMPTY);
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
