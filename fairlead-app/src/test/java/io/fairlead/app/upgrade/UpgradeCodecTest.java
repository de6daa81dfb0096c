package io.fairlead.app.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class UpgradeCodecTest {
  static Stream<UpgradeMessage> messages() {
    return Stream.of(
        new UpgradeMessage.Hello(1, "0.1", "9c1f", 4711),
        new UpgradeMessage.Manifest(
            3,
            "9c1f",
            Duration.ofMillis(59_900),
            List.of("tcp [::1]:1", "unix /x ü"),
            List.of("s")),
        new UpgradeMessage.Manifest(1, "", Duration.ZERO, List.of(), List.of()),
        new UpgradeMessage.AskStore("state"),
        new UpgradeMessage.StoreGiven("state"),
        new UpgradeMessage.Ready(12),
        new UpgradeMessage.HandedOver(),
        new UpgradeMessage.Settled(),
        new UpgradeMessage.Withdrawn("too late"));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void everyMessageComesOutAsItWentIn(UpgradeMessage message) throws IOException {
    assertThat(UpgradeCodec.decode(UpgradeCodec.encode(message))).isEqualTo(message);
  }

  @ParameterizedTest
  @MethodSource("messages")
  void everyCutAndEverySurplusIsRefused(UpgradeMessage message) {
    byte[] whole = UpgradeCodec.encode(message);
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> UpgradeCodec.decode(cut)).isInstanceOf(IOException.class);
    }
    assertThatThrownBy(() -> UpgradeCodec.decode(Arrays.copyOf(whole, whole.length + 1)))
        .isInstanceOf(IOException.class);
  }

  @Test
  void anUnknownKindIsRefused() {
    assertThatThrownBy(() -> UpgradeCodec.decode(new byte[] {42}))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("42");
  }
}
