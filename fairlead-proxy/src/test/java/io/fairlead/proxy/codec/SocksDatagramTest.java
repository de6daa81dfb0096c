package io.fairlead.proxy.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.dial.Destination;
import io.fairlead.proxy.codec.SocksDatagram.Header;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SocksDatagramTest {
  private static ByteBuf bytes(String hex) {
    return Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex.replace(" ", "")));
  }

  @ParameterizedTest
  @CsvSource({
    "0000 00 01 c0000201 0035 6869, To[destination=192.0.2.1:53], 6869",
    "0000 00 04 20010db8000000000000000000000001 0035, To[destination=[2001:db8::1]:53], ''",
    "0000 00 03 01 61 0035 00, To[destination=a:53], 00",
    "0000 00 03 09 3139322e302e322e31 0035, To[destination=192.0.2.1:53], ''",
    "0000 01 01 c0000201 0035 6869, Fragment[], -",
    "0000 80 01 c0000201 0035 6869, Fragment[], -",
    "0001 00 01 c0000201 0035 6869, Malformed[], -",
    "0000 00 02 c0000201 0035 6869, Malformed[], -",
    "0000 00 01 c0000201 0000 6869, Malformed[], -",
    "0000 00 01 c0000201 00, Malformed[], -",
    "0000 00 03 00 0035 6869, Malformed[], -",
    "0000 00 03 05 61 0035 6869, Malformed[], -",
    "0000 00 03 03 612062 0035, Malformed[], -",
    "0000 00, Malformed[], -",
  })
  void headersAreReadWholeOrNotAtAll(String hex, String header, String rest) {
    ByteBuf in = bytes(hex);
    assertThat(SocksDatagram.read(in)).hasToString(header);
    assertThat(rest.equals("-") ? "-" : ByteBufUtil.hexDump(in)).isEqualTo(rest);
  }

  @ParameterizedTest
  @CsvSource({"192.0.2.1, 10", "2001:db8::1, 22"})
  void whatIsWrittenIsRead(String address, int length) {
    ByteBuf out = Unpooled.buffer();
    SocksDatagram.write(out, new InetSocketAddress(address, 53));
    assertThat(out.readableBytes()).isEqualTo(length).isLessThanOrEqualTo(SocksDatagram.HEADER_MAX);
    assertThat(SocksDatagram.read(out)).isInstanceOf(Header.To.class);
    assertThat(out.isReadable()).isFalse();
  }

  @Test
  void nothingThrows() {
    long seed = 20261122;
    Random random = new Random(seed);
    for (int i = 0; i < 200_000; i++) {
      byte[] data = new byte[random.nextInt(40)];
      random.nextBytes(data);
      if (data.length > 3 && random.nextBoolean()) {
        data[0] = data[1] = data[2] = 0;
        data[3] = (byte) (random.nextInt(5));
      }
      ByteBuf in = Unpooled.wrappedBuffer(data);
      Header header = SocksDatagram.read(in);
      assertThat(header).as("seed %s, round %s", seed, i).isNotNull();
      if (!(header instanceof Header.To)) assertThat(in.readerIndex()).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({"192.0.2.1, 10", "2001:db8::1, 22", "name.example, 19"})
  void whatCameFromSomewhereByNameIsReadAsSuch(String host, int length) {
    Destination.HostPort from = new Destination.HostPort(host, 53);
    ByteBuf out = Unpooled.buffer();
    SocksDatagram.write(out, from);
    assertThat(out.readableBytes()).isEqualTo(length);
    assertThat(SocksDatagram.read(out)).isEqualTo(new Header.To(from));
  }
}
