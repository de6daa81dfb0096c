package io.fairlead.net.hello;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientHelloReaderTest {
  private static final int MAX = 16 * 1024;

  private static ClientHello read(byte[] bytes) {
    return new ClientHelloReader(MAX).read(Unpooled.wrappedBuffer(bytes));
  }

  @Test
  void aHelloTellsItsNameAndProtocols() {
    byte[] hello = new Hello().name("API.Example.org").protocols("h2", "http/1.1").records();
    assertThat(read(hello))
        .isEqualTo(
            new ClientHello.Named(Optional.of("api.example.org"), List.of("h2", "http/1.1")));
  }

  @Test
  void reservedValuesAndUnknownExtensionsArePassedOver() {
    byte[] hello =
        new Hello()
            .extension(0x0a0a, new byte[0]) // RFC 8701
            .name("a.test")
            .extension(0xfe0d, new byte[200]) // an encrypted ClientHello inside
            .protocols("\u003a\u003a", "h2")
            .extension(0xfafa, new byte[1])
            .records();
    assertThat(read(hello))
        .isEqualTo(new ClientHello.Named(Optional.of("a.test"), List.of("::", "h2")));
  }

  @Test
  void aHelloWithoutNameOrWithoutExtensionsIsOneAllTheSame() {
    ClientHello none = new ClientHello.Named(Optional.empty(), List.of());
    assertThat(read(new Hello().extension(43, new byte[] {2, 3, 4}).records())).isEqualTo(none);
    assertThat(read(new Hello().bare().records())).isEqualTo(none);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 16, 100, 1000})
  void aHelloMayBeSpreadOverManyRecords(int fragment) {
    byte[] hello =
        new Hello().name("deep.down.example").extension(21, new byte[3000]).records(fragment);
    ClientHelloReader reader = new ClientHelloReader(64 * 1024);
    ByteBuf grown = Unpooled.buffer();
    for (int i = 0; i < hello.length - 1; i++) {
      grown.writeByte(hello[i]);
      assertThat(reader.read(grown)).isEqualTo(ClientHello.INCOMPLETE);
    }
    grown.writeByte(hello[hello.length - 1]);
    assertThat(reader.read(grown))
        .isEqualTo(new ClientHello.Named(Optional.of("deep.down.example"), List.of()));
  }

  @Test
  void everyPieceIsIncompleteAndEveryLieAboutLengthIsRefused() {
    byte[] hello = new Hello().name("a.test").protocols("h2").records();
    for (int length = 0; length < hello.length; length++) {
      assertThat(read(Arrays.copyOf(hello, length))).isEqualTo(ClientHello.INCOMPLETE);
    }
    // A byte of any length field changed never yields another name.
    for (int at = 0; at < hello.length; at++) {
      for (int change : new int[] {1, -1, 64}) {
        byte[] wrong = hello.clone();
        wrong[at] += (byte) change;
        if (read(wrong) instanceof ClientHello.Named(Optional<String> name, _)) {
          assertThat(name.map(String::length).orElse(6)).as("byte %d", at).isEqualTo(6);
        }
      }
    }
  }

  @Test
  void aDotAtTheEndOfANameIsPassedOver() {
    assertThat(read(new Hello().name("A.test.").records()))
        .isEqualTo(new ClientHello.Named(Optional.of("a.test"), List.of()));
  }

  @Test
  void brokenNamesAndListsAreRefused() {
    for (String name :
        new String[] {"", ".", "a..b.", "a..b", "a..", ".a", "a b", "a\u0000b", "é.test", "a/b"}) {
      assertThat(read(new Hello().name(name).records()))
          .as(name)
          .isInstanceOf(ClientHello.Malformed.class);
    }
    assertThat(read(new Hello().name("a").name("b").records()))
        .isInstanceOf(ClientHello.Malformed.class);
    assertThat(read(new Hello().extension(16, new byte[] {0, 1, 0}).records()))
        .isInstanceOf(ClientHello.Malformed.class);
    assertThat(read(new Hello().extension(0, new byte[] {0, 0}).records()))
        .isInstanceOf(ClientHello.Malformed.class);
  }

  @Test
  void whatIsNoHandshakeIsToldApart() {
    assertThat(read("GET / HTTP/1.1\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII)))
        .isEqualTo(ClientHello.NOT_TLS);
    assertThat(read(new byte[] {(byte) 0x80, 46, 1, 3, 1})).isEqualTo(ClientHello.NOT_TLS); // SSL 2
    assertThat(read(new byte[] {22, 3, 1, 0, 0})).isInstanceOf(ClientHello.Malformed.class);
    assertThat(read(new byte[] {22, 3, 1, 0, 4, 2, 0, 0, 0}))
        .isInstanceOf(ClientHello.Malformed.class); // a ServerHello
    assertThat(read(new byte[] {22, 2, 0, 0, 4, 1, 0, 0, 0}))
        .isInstanceOf(ClientHello.Malformed.class);
  }

  @Test
  void aHelloThatIsTooLongIsRefusedBeforeItIsThere() {
    assertThat(read(new byte[] {22, 3, 1, 0, 5, 1, 0, (byte) 0x7f, 0, 0}))
        .isInstanceOf(ClientHello.Malformed.class);
    byte[] hello = new Hello().extension(21, new byte[15_000]).records();
    assertThat(read(hello)).isInstanceOf(ClientHello.Named.class);
    byte[] more = new Hello().extension(21, new byte[MAX]).records(8000);
    assertThat(read(Arrays.copyOf(more, 9000))).isInstanceOf(ClientHello.Malformed.class);
  }
}
