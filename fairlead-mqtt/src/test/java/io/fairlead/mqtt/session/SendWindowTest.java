package io.fairlead.mqtt.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.access.Principal;
import io.fairlead.core.config.ConfigReader;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Environment;
import io.fairlead.core.meter.Meters;
import io.fairlead.mqtt.MqttClient;
import io.fairlead.mqtt.MqttConfig;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * How many messages may be under way to one client, and whose doing it is that there are not more.
 */
class SendWindowTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final SendWindow window = new SendWindow(new BrokerMeters(new Meters(registry)));

  private static final class Silent implements ConnectionOutput {
    @Override
    public void send(Packet packet) {}

    @Override
    public ByteBuf buffer(int count) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void append(byte[] more) {}

    @Override
    public boolean writable() {
      return true;
    }

    @Override
    public void close(Optional<Packet> lastWord) {}
  }

  /** A client of that version comes, to a broker with those bounds. */
  private void opens(MqttVersion version, int receiveMaximum, String v3, String most)
      throws Exception {
    String yaml = "session: { v3_inflight: " + v3 + ", max_inflight: " + most + " }\n";
    MqttConfig config =
        ConfigReader.read(
                MqttConfig.TYPE,
                new ConfigSource("mqtt.yaml", yaml, Path.of("/")),
                Environment.withVariables(Map.of()))
            .valueOrThrow();
    Properties wishes =
        version.rich() && receiveMaximum > 0
            ? Properties.of().with(PropertyId.RECEIVE_MAXIMUM, receiveMaximum).build()
            : Properties.EMPTY;
    Packet.Connect connect =
        new Packet.Connect(version, true, 0, "c", Optional.empty(), Optional.empty(), null, wishes);
    MqttClient client =
        new MqttClient("c", Principal.ANONYMOUS, Set.of(), new InetSocketAddress(1));
    window.open(new Connection(client, connect, new Silent(), config.protocol()), config.session());
  }

  private double counted() {
    return registry
        .find("fairlead.limit.rejections")
        .tags("limit", "mqtt_window")
        .counters()
        .stream()
        .mapToDouble(each -> each.count())
        .sum();
  }

  @ParameterizedTest(name = "{0}, receive maximum {1}, v3_inflight {2}, max_inflight {3}")
  @CsvSource({
    // version, receive maximum (0: not said), v3_inflight, max_inflight, window, counted when full
    "V5,     5, 20, 1000,     5, 0", // the client's own word, and nobody else's doing
    "V5,  1000, 20, 1000,  1000, 0", // as many as it would take
    "V5,  1001, 20, 1000,  1000, 1", // one less than it would take
    "V5,     1, 20, 1000,     1, 0",
    "V5,     0, 20, 1000,  1000, 1", // the standard's 65535
    "V5,     0, 20,  off, 65535, 0",
    "V5,    50,  2, 1000,    50, 0", // the bound of older versions is not for it
    "V3_1_1, 0, 20, 1000,    20, 1", // what it would take it cannot say
    "V3_1_1, 7, 20, 1000,    20, 1",
    "V3_1_1, 0, 20,    3,     3, 1", // the lower of both bounds
    "V3_1,   0, 30, 1000,    30, 1",
    "V3_1_1, 0, off,  off, 65535, 0", // more than there are ids: not the bound that is met
    "V3_1_1, 0, 65533, off, 65533, 0",
    "V3_1_1, 0, 65532, off, 65532, 1"
  })
  void theLesserWordCounts(
      MqttVersion version, int says, String v3, String most, int size, double counted)
      throws Exception {
    opens(version, says, v3, most);
    assertThat(window.size()).isEqualTo(size);
    assertThat(window.room(0)).isTrue();
    assertThat(window.room(size - 1)).isTrue();
    assertThat(window.room(size)).isFalse();
    assertThat(window.admits(size - 1)).isTrue();
    assertThat(counted()).as("while there is room").isZero();
    assertThat(window.admits(size)).isFalse();
    assertThat(counted()).isEqualTo(counted);
  }

  @Test
  void beforeAConnectionThereIsNoRoom() {
    assertThat(window.room(0)).isFalse();
    assertThat(window.admits(0)).isFalse();
    assertThat(counted()).isZero();
  }

  @Test
  void aClientIsCountedOnceAConnection() throws Exception {
    opens(MqttVersion.V3_1_1, 0, "2", "1000");
    for (int i = 0; i < 3; i++) assertThat(window.admits(2)).isFalse();
    assertThat(counted()).isOne();
    assertThat(window.admits(1)).as("once there is room again").isTrue();
    assertThat(window.admits(2)).isFalse();
    assertThat(counted()).isOne();
    opens(MqttVersion.V3_1_1, 0, "2", "1000");
    assertThat(window.admits(2)).isFalse();
    assertThat(counted()).as("by its next connection").isEqualTo(2);
  }

  @Test
  void askingForRoomAloneCountsNothing() throws Exception {
    opens(MqttVersion.V3_1_1, 0, "2", "1000");
    assertThat(window.room(2)).isFalse();
    assertThat(counted()).isZero();
  }

  @Test
  void theNextConnectionSaysAnew() throws Exception {
    opens(MqttVersion.V3_1_1, 0, "2", "1000");
    opens(MqttVersion.V5, 9, "2", "1000");
    assertThat(window.size()).isEqualTo(9);
    assertThat(window.admits(9)).isFalse();
    assertThat(counted()).as("the client said so itself").isZero();
  }
}
