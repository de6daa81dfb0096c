package io.fairlead.app.demo;

import io.fairlead.core.time.Clock;
import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** An MQTT 5.0 session. A thread waits for its end. */
final class MqttPath implements DemoPath {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration LONG = Duration.ofHours(1);

  private final MqttLink link;
  private final AtomicLong answers = new AtomicLong();
  private final AtomicReference<Optional<Ending>> ending = new AtomicReference<>(Optional.empty());

  private MqttPath(MqttLink link) {
    this.link = link;
  }

  /** Connects with a token in the place of a password. */
  static MqttPath open(int port, String client, String token)
      throws IOException, DemoFailureException {
    MqttLink link = connected(port, client, token);
    ReasonCode answer = answer(link);
    if (answer != ReasonCode.SUCCESS) {
      link.close();
      throw new DemoFailureException("the broker refused " + client + ": " + answer.word());
    }
    MqttPath path = new MqttPath(link);
    Thread.ofVirtual().name("demo-mqtt").start(path::watch);
    return path;
  }

  /** What the broker says to somebody who comes with this token. */
  static ReasonCode tried(int port, String client, String token) throws IOException {
    try (MqttLink link = connected(port, client, token)) {
      return answer(link);
    }
  }

  private static MqttLink connected(int port, String client, String token) throws IOException {
    Packet.Connect connect =
        new Packet.Connect(
            MqttVersion.V5,
            true,
            60,
            client,
            Optional.empty(),
            Optional.empty(),
            token.getBytes(StandardCharsets.UTF_8),
            Properties.EMPTY);
    InetSocketAddress broker = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    return MqttLink.open(broker, false, connect, PATIENCE);
  }

  private static ReasonCode answer(MqttLink link) throws IOException {
    return switch (link.take(PATIENCE).orElseThrow(() -> new IOException("no CONNACK"))) {
      case Packet.ConnAck answer -> answer.reason();
      case Packet other -> throw new IOException("no CONNACK but " + other.type());
    };
  }

  private void watch() {
    String how = "closed";
    try {
      while (true) {
        Optional<Packet> packet = link.take(LONG);
        if (packet.isEmpty()) continue;
        if (packet.get() instanceof Packet.Disconnect goodbye) {
          how = "DISCONNECT 0x%02x, %s".formatted(goodbye.reason().code(), goodbye.reason().word());
          break;
        }
        answers.incrementAndGet();
      }
    } catch (IOException ended) {
      how = "closed";
    }
    ending.set(Optional.of(new Ending(Clock.system().nanos(), how)));
  }

  @Override
  public String name() {
    return "mqtt session";
  }

  @Override
  public void ping() throws IOException {
    link.send(Packet.PingReq.INSTANCE);
  }

  @Override
  public long answers() {
    return answers.get();
  }

  @Override
  public Optional<Ending> ending() {
    return ending.get();
  }

  @Override
  public void close() throws IOException {
    link.close();
  }
}
