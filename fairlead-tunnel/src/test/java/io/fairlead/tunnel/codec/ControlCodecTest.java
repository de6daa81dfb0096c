package io.fairlead.tunnel.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ControlCodecTest {
  private static final Binary NONCE = Binary.of(new byte[32]);

  static Stream<ControlMessage> messages() {
    return Stream.of(
        new ControlMessage.Hello(1, "gw \"1\"\n", NONCE, List.of("token")),
        new ControlMessage.Auth(1, "box", "token", Optional.empty(), NONCE, "run", "fairlead"),
        new ControlMessage.Auth(1, "box", "ed25519", Optional.of("12D3"), NONCE, "run", "é😀"),
        new ControlMessage.Register(7, List.of(offer("web", ServiceKind.HTTP, "a.example"))),
        new ControlMessage.Update(8, offer("ssh", ServiceKind.TCP)),
        new ControlMessage.Withdraw(9, List.of("web", "ssh")),
        new ControlMessage.Ack(7, List.of(new ControlMessage.Exposed("web", List.of("http://a")))),
        new ControlMessage.Refusal(7, "conflict", "taken", Optional.of("web")),
        new ControlMessage.Stats(3, 1),
        new ControlMessage.Drain());
  }

  static Offer offer(String name, ServiceKind kind, String... hosts) {
    return new Offer(
        name,
        kind,
        List.of(hosts),
        kind.named() ? 0 : 2222,
        Optional.of("g"),
        Optional.of("k"),
        Optional.empty(),
        kind == ServiceKind.HTTP ? new Offer.Requests(true, true, 3) : Offer.Requests.PLAIN,
        kind == ServiceKind.TCP ? OptionalLong.of(4096) : OptionalLong.empty());
  }

  @ParameterizedTest
  @MethodSource("messages")
  void whatIsWrittenIsReadAsItWas(ControlMessage message) throws Exception {
    String line = ControlCodec.write(message);
    assertThat(line).doesNotContain("\n");
    assertThat(ControlCodec.read(line)).isEqualTo(message);
  }

  @ParameterizedTest
  @MethodSource("messages")
  void everyTruncationIsMalformedAndNothingWorse(ControlMessage message) {
    String line = ControlCodec.write(message);
    for (int length = 0; length < line.length(); length++) {
      String cut = line.substring(0, length);
      assertThatThrownBy(() -> ControlCodec.read(cut))
          .as(cut)
          .isInstanceOf(BadControlException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{\"t\":\"nothing\"}",
        "{\"t\":1}",
        "{\"t\":\"drain\",\"t\":\"drain\"}",
        "{\"t\":\"drain\"} x",
        "{\"t\":\"stats\",\"streams\":1.5}",
        "{\"t\":\"stats\",\"streams\":99999999999999999999}",
        "{\"t\":\"hello\",\"v\":1,\"gateway\":\"g\",\"nonce\":\"AAAA\",\"methods\":[]}",
        "{\"t\":\"hello\",\"v\":99999999999,\"gateway\":\"g\",\"nonce\":\"AAAA\"}",
        "{\"t\":\"register\",\"services\":[{\"name\":\"A b\",\"type\":\"tcp\"}]}",
        "{\"t\":\"register\",\"services\":[{\"name\":\"a\",\"type\":\"tcp\",\"port\":70000}]}",
        "{\"t\":\"register\",\"services\":[{\"name\":\"a\",\"type\":\"tcp\",\"hosts\":[\"h\"]}]}",
        "{\"t\":\"register\",\"services\":[{\"name\":\"a\",\"type\":\"http\",\"hosts\":[\"a"
            + " b\"]}]}",
        "{\"t\":\"update\",\"services\":[]}",
        "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}}"
      })
  void whatIsNoMessageIsMalformed(String line) {
    assertThatThrownBy(() -> ControlCodec.read(line)).isInstanceOf(BadControlException.class);
  }

  @Test
  void fieldsOfALaterVersionAreIgnored() throws Exception {
    assertThat(ControlCodec.read("{\"t\":\"drain\",\"reason\":{\"x\":[1,true]}}"))
        .isEqualTo(new ControlMessage.Drain());
  }
}
