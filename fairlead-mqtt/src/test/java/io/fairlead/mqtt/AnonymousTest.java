package io.fairlead.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.MqttConfig.Anonymous;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who needs no account. */
class AnonymousTest {
  /** A peer that speaks for others is a trusted one; its word makes nobody of this machine. */
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 127.0.0.1, true",
    "::1, ::1, true",
    "127.0.0.9, 127.0.0.1, true",
    "unix, unix, true",
    "203.0.113.7, 203.0.113.7, false",
    "127.0.0.1, 203.0.113.7, false",
    "203.0.113.7, 127.0.0.1, false",
    "unix, 203.0.113.7, false",
  })
  void loopbackIsOfThisMachineByThePeerAndByWhomItSpeaksFor(
      String client, String peer, boolean admitted) {
    assertThat(with(Anonymous.LOOPBACK).admitsAnonymous(at(client), at(peer))).isEqualTo(admitted);
    assertThat(with(Anonymous.TRUE).admitsAnonymous(at(client), at(peer))).isTrue();
    assertThat(with(Anonymous.FALSE).admitsAnonymous(at(client), at(peer))).isFalse();
  }

  private static ConfiguredLogins with(Anonymous anonymous) {
    return new ConfiguredLogins(Optional.empty(), List.of(), List.of(), anonymous);
  }

  private static SocketAddress at(String text) {
    return text.equals("unix")
        ? UnixDomainSocketAddress.of("/run/mqtt.sock")
        : new InetSocketAddress(text, 4711);
  }
}
