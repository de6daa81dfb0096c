package io.fairlead.proxy.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FirstBytesTest {
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "-, MORE",
        "05, SOCKS5",
        "04, SOCKS4",
        "47, HTTP", // G
        "21, HTTP", // !
        "7e, HTTP", // ~
        "50, MORE", // P
        "504f, HTTP", // PO
        "5052, MORE", // PR
        "5052492a, HTTP", // PRI*
        "50524f58, MORE", // PROX
        "50524f585920, UNKNOWN", // "PROXY "
        "50524f50, HTTP", // PROP(FIND)
        "16, UNKNOWN",
        "1603010200, UNKNOWN",
        "0d0a0d0a00, UNKNOWN",
        "00, UNKNOWN",
        "20, UNKNOWN",
        "80, UNKNOWN",
        "ff, UNKNOWN",
        "22, UNKNOWN",
      })
  void theFirstBytesDecide(String hex, FirstBytes protocol) {
    byte[] bytes = hex == null ? new byte[0] : HexFormat.of().parseHex(hex);
    assertThat(FirstBytes.of(Unpooled.wrappedBuffer(bytes))).isEqualTo(protocol);
  }
}
