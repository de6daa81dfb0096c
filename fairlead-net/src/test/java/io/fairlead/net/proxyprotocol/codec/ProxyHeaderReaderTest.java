package io.fairlead.net.proxyprotocol.codec;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.net.proxyprotocol.codec.ProxyHeader.Field;
import io.fairlead.net.proxyprotocol.codec.ProxyHeaderReader.Result;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyHeaderReaderTest {
  private static final InetSocketAddress V4 = new InetSocketAddress("192.0.2.7", 4711);
  private static final InetSocketAddress V6 = new InetSocketAddress("2001:db8::7", 65_535);

  static Result read(byte[] bytes) {
    return ProxyHeaderReader.read(Unpooled.wrappedBuffer(bytes));
  }

  static Result read(String line) {
    return read(line.getBytes(ISO_8859_1));
  }

  static byte[] bytes(ByteBuf buffer) {
    byte[] bytes = new byte[buffer.readableBytes()];
    buffer.readBytes(bytes);
    buffer.release();
    return bytes;
  }

  static Stream<byte[]> written() {
    List<Field> fields =
        List.of(
            new Field(Field.ALPN, new byte[] {'h', '2'}),
            new Field(Field.SSL, new byte[] {1, 0, 0, 0, 1, 0x21, 0, 1, '3'}),
            new Field(0xe0, new byte[300]));
    ByteBufAllocator heap = ByteBufAllocator.DEFAULT;
    return Stream.of(
        bytes(ProxyHeaderWriter.version1(ProxyHeader.of(V4, V4, List.of()), heap)),
        bytes(ProxyHeaderWriter.version1(ProxyHeader.of(V4, V6, List.of()), heap)),
        bytes(ProxyHeaderWriter.version1(ProxyHeader.unknown(List.of()), heap)),
        bytes(ProxyHeaderWriter.version2(ProxyHeader.of(V4, V4, fields), heap)),
        bytes(ProxyHeaderWriter.version2(ProxyHeader.of(V6, V6, List.of()), heap)),
        bytes(ProxyHeaderWriter.version2(ProxyHeader.unknown(fields), heap)));
  }

  @ParameterizedTest
  @MethodSource("written")
  void everyPieceOfAHeaderIsIncompleteAndTheWholeIsRead(byte[] header) {
    for (int length = 0; length < header.length; length++) {
      byte[] piece = Arrays.copyOf(header, length);
      assertThat(read(piece)).as("%d bytes", length).isInstanceOf(Result.Incomplete.class);
    }
    byte[] more = Arrays.copyOf(header, header.length + 40);
    assertThat(read(more))
        .isInstanceOfSatisfying(
            Result.Complete.class, c -> assertThat(c.length()).isEqualTo(header.length));
  }

  @Test
  void whatIsWrittenIsRead() {
    List<Field> fields = List.of(new Field(Field.AUTHORITY, "a.example".getBytes(ISO_8859_1)));
    ProxyHeader header = ProxyHeader.of(V6, V6, fields);
    assertThat(read(bytes(ProxyHeaderWriter.version2(header, ByteBufAllocator.DEFAULT))))
        .isInstanceOfSatisfying(
            Result.Complete.class, c -> assertThat(c.header()).isEqualTo(header));
    ProxyHeader plain = ProxyHeader.of(V4, V4, List.of());
    assertThat(read(bytes(ProxyHeaderWriter.version1(plain, ByteBufAllocator.DEFAULT))))
        .isInstanceOfSatisfying(
            Result.Complete.class, c -> assertThat(c.header()).isEqualTo(plain));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n",
        "PROXY  TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 \r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 01 2\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 -1 2\r\n",
        "PROXY TCP4 1.2.3.256 5.6.7.8 1 2\r\n",
        "PROXY TCP4 01.2.3.4 5.6.7.8 1 2\r\n",
        "PROXY TCP4 ::1 ::2 1 2\r\n",
        "PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n",
        "PROXY TCP6 ::1%eth0 ::2 1 2\r\n",
        "PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n",
        "proxy TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
        "PROXY TCP4 host 5.6.7.8 1 2\r\n"
      })
  void wrongLinesAreRefused(String line) {
    assertThat(read(line)).isInstanceOf(Result.Malformed.class);
  }

  @Test
  void aLineThatNeverEndsIsRefusedAtItsBound() {
    String line = "PROXY UNKNOWN ".concat("x".repeat(200));
    assertThat(read(line.substring(0, 106))).isInstanceOf(Result.Incomplete.class);
    assertThat(read(line.substring(0, 107))).isInstanceOf(Result.Malformed.class);
    assertThat(read("PROXY UNKNOWN " + "x".repeat(91) + "\r\n"))
        .isInstanceOf(Result.Complete.class);
  }

  @ParameterizedTest
  @CsvSource({
    "12, 0x31, version", // version 3
    "12, 0x22, command",
    "13, 0x13, family",
    "13, 0x41, family",
    "14, 0x7f, too long",
    "15, 0x03, addresses",
    "20, 0x01, checksum" // of the client's address
  })
  void oneWrongByteIsFound(int at, String value, String reason) {
    byte[] header =
        bytes(
            ProxyHeaderWriter.version2(
                ProxyHeader.of(V4, V4, List.of()), ByteBufAllocator.DEFAULT));
    header[at] = (byte) (int) Integer.decode(value);
    assertThat(read(header))
        .isInstanceOfSatisfying(
            Result.Malformed.class, m -> assertThat(m.reason()).isEqualTo(reason));
  }

  @Test
  void aChecksumMadeInAnotherWayIsAccepted() {
    // TCP4, 127.0.0.1:1 to 127.0.0.1:2, one field.
    byte[] header =
        HexFormat.of()
            .parseHex(
                "0d0a0d0a000d0a515549540a"
                    + "21110013"
                    + "7f0000017f00000100010002"
                    + "030004"
                    + checksum());
    assertThat(read(header)).isInstanceOf(Result.Complete.class);
  }

  /** Castagnoli's polynomial, bit by bit (RFC 3720 §12.1), as nobody would do it in earnest. */
  private static String checksum() {
    byte[] bytes =
        HexFormat.of()
            .parseHex("0d0a0d0a000d0a515549540a211100137f0000017f0000010001000203000400000000");
    int crc = ~0;
    for (byte b : bytes) {
      crc ^= b & 0xff;
      for (int i = 0; i < 8; i++) crc = (crc >>> 1) ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
    }
    return "%08x".formatted(~crc);
  }
}
