package io.fairlead.net.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Seeds;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real ClientHellos of the JDK's engine, whole, cut off at every byte, and damaged. */
class GreetingTest {
  private static final int RECORD_AND_MESSAGE_HEAD = 5 + 4;

  @Test
  void readsNameProtocolsAndSignatures() throws Exception {
    Greeting greeting = Greeting.read(hello("Gw.Test", "h2", "http/1.1"));
    assertThat(greeting.serverName()).isEqualTo(Optional.of("gw.test"));
    assertThat(greeting.applicationProtocols()).isEqualTo(List.of("h2", "http/1.1"));
    assertThat(greeting.elliptic()).isTrue();
    assertThat(Greeting.read(hello("")).serverName()).isEmpty();
  }

  @Test
  void whatIsCutOffIsReadAsAbsent() throws Exception {
    ByteBuf whole = hello("gw.test", "h2");
    for (int length = 0; length < whole.readableBytes(); length++) {
      Greeting greeting = Greeting.read(whole.slice(whole.readerIndex(), length));
      assertThat(greeting.serverName().orElse("gw.test")).isEqualTo("gw.test");
    }
  }

  @Test
  void damageNeverThrows() throws Exception {
    byte[] whole = bytes(hello("gw.test", "h2", "http/1.1"));
    Seeds.run(
        5_000,
        random -> {
          byte[] damaged = whole.clone();
          for (int i = 0; i < 1 + random.nextInt(6); i++) {
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
          }
          assertThat(Greeting.read(Unpooled.wrappedBuffer(damaged))).isNotNull();
        });
  }

  @ParameterizedTest
  @CsvSource({
    "spiffe://x.test/fleet/*, spiffe://x.test/fleet/a, true",
    "spiffe://x.test/fleet/*, spiffe://x.test/fleet/a/b, false",
    "spiffe://x.test/**, spiffe://x.test/fleet/a/b, true",
    "dev-*, DEV-1, true",
    "dev-*, adev-1, false",
    "a, a, true",
    "a, ab, false",
    "*.x.test, y.x.test, true",
    "a*b*c, axxbxxc, true",
    "a*b*c, axxbxx, false"
  })
  void namesOfClientsMatchPatterns(String pattern, String name, boolean matches) {
    assertThat(ClientName.Pattern.of(pattern).matches(name)).isEqualTo(matches);
  }

  private static ByteBuf hello(String name, String... protocols) throws Exception {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine();
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    if (!name.isEmpty()) parameters.setServerNames(List.of(new SNIHostName(name)));
    parameters.setApplicationProtocols(protocols);
    engine.setSSLParameters(parameters);
    ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), out);
    out.flip();
    return Unpooled.wrappedBuffer(out).skipBytes(RECORD_AND_MESSAGE_HEAD);
  }

  private static byte[] bytes(ByteBuf from) {
    byte[] bytes = new byte[from.readableBytes()];
    from.readBytes(bytes);
    return bytes;
  }
}
