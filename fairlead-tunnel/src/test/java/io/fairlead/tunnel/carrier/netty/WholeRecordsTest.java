package io.fairlead.tunnel.carrier.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WholeRecordsTest {
  private final EmbeddedChannel channel = new EmbeddedChannel(new WholeRecords());

  /** Records of random lengths, some of them empty and some as long as they may be. */
  private static ByteBuf records(Random chance, int count) {
    ByteBuf all = Unpooled.buffer();
    for (int i = 0; i < count; i++) {
      int length =
          switch (chance.nextInt(4)) {
            case 0 -> 0;
            case 1 -> 16 * 1024 + 256;
            default -> chance.nextInt(3_000);
          };
      byte[] bytes = new byte[length];
      chance.nextBytes(bytes);
      all.writeByte(20 + chance.nextInt(4)).writeShort(0x0303).writeShort(length).writeBytes(bytes);
    }
    return all;
  }

  private static boolean endsWithARecord(ByteBuf bytes) {
    int at = bytes.readerIndex();
    while (at < bytes.writerIndex()) at += 5 + bytes.getUnsignedShort(at + 3);
    return at == bytes.writerIndex();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void whateverComesInPiecesGoesOnInWholeRecords(int seed) {
    Random chance = new Random(seed);
    ByteBuf sent = records(chance, 40);
    ByteBuf left = sent.duplicate();
    ByteBuf received = Unpooled.buffer();
    while (left.isReadable()) {
      int most = chance.nextBoolean() ? 40 : 40_000;
      int count = Math.min(left.readableBytes(), 1 + chance.nextInt(most));
      channel.writeInbound(Unpooled.directBuffer(count).writeBytes(left, count));
      for (ByteBuf part; (part = channel.readInbound()) != null; part.release()) {
        assertThat(part.hasArray()).isTrue();
        assertThat(endsWithARecord(part)).isTrue();
        received.writeBytes(part);
      }
    }
    assertThat(ByteBufUtil.equals(received, sent)).isTrue();
    assertThat(channel.finish()).isFalse();
  }

  @Test
  void whatIsNoTlsGoesOnAsItComes() {
    byte[] request = "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    for (byte each : request) channel.writeInbound(Unpooled.directBuffer(1).writeByte(each));
    ByteBuf received = Unpooled.buffer();
    for (ByteBuf part; (part = channel.readInbound()) != null; part.release()) {
      received.writeBytes(part);
    }
    assertThat(ByteBufUtil.getBytes(received)).isEqualTo(request);
  }

  @Test
  void aRecordThatIsTooLongGoesOnAsItComes() {
    byte[] head = {23, 3, 3, (byte) 0xff, (byte) 0xff, 1, 2, 3};
    channel.writeInbound(Unpooled.directBuffer().writeBytes(head, 0, 3));
    assertThat(channel.<ByteBuf>readInbound()).isNull();
    channel.writeInbound(Unpooled.directBuffer().writeBytes(head, 3, 5));
    ByteBuf received = Unpooled.buffer();
    for (ByteBuf part; (part = channel.readInbound()) != null; part.release()) {
      received.writeBytes(part);
    }
    assertThat(ByteBufUtil.getBytes(received)).isEqualTo(head);
  }

  @Test
  void whatIsHeldOfARecordGoesWithItsConnection() {
    ByteBuf half = Unpooled.directBuffer().writeBytes(new byte[] {23, 3, 3, 1, 0, 7});
    channel.writeInbound(half);
    assertThat(half.refCnt()).isZero();
    assertThat(channel.finish()).isFalse();
  }
}
