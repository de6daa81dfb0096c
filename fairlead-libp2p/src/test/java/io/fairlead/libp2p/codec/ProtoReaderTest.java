package io.fairlead.libp2p.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProtoReaderTest {
  @ParameterizedTest
  @CsvSource({
    "0, 00",
    "1, 01",
    "127, 7f",
    "128, 8001",
    "255, ff01",
    "300, ac02",
    "16384, 808001",
    "9223372036854775807, ffffffffffffffff7f"
  })
  void varintsAreMinimalAndReadBack(long value, String hex) throws MalformedException {
    byte[] bytes = HexFormat.of().parseHex(hex);
    byte[] out = new byte[Varint.size(value)];
    assertThat(Varint.write(value, out, 0)).isEqualTo(bytes.length);
    assertThat(out).isEqualTo(bytes);
    assertThat(Varint.read(bytes, 0, bytes.length)).isEqualTo(value);
    ByteBuf stream = Unpooled.buffer();
    Varint.write(value, stream);
    assertThat(Varint.read(stream)).isEqualTo(value);
    assertThat(stream.isReadable()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "80", "8000", "ffffffffffffffffff01"})
  void otherVarintsAreRefused(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    assertThatThrownBy(() -> Varint.read(bytes, 0, bytes.length))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void aMessageOnAStreamIsTakenWholeAndNothingBehindIt() throws MalformedException {
    byte[] framed = Delimited.frame(new byte[300]);
    ByteBuf in = Unpooled.buffer();
    for (byte b : framed) {
      assertThat(Delimited.read(in, 300)).isEmpty();
      in.writeByte(b);
    }
    in.writeByte(42);
    assertThat(Delimited.read(in, 300)).hasValueSatisfying(m -> assertThat(m).hasSize(300));
    assertThat(in.readByte()).isEqualTo((byte) 42);

    assertThatThrownBy(() -> Delimited.read(Unpooled.wrappedBuffer(framed), 299))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("300");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "08", // a value is missing
        "0a05010203", // shorter than it says
        "0affffffffffffffff7f", // longer than anything
        "0affffffffffffffffff01", // a negative length
        "00", // field 0
        "0b0c", // a group
        "0900000000000000", // eight bytes, seven there
        "0d000000", // four bytes, three there
        "8080808080808080808001", // a tag of eleven bytes
        "0e", // wire type 6
      })
  void brokenMessagesAreRefused(String hex) {
    byte[] message = HexFormat.of().parseHex(hex);
    assertThatThrownBy(
            () -> {
              ProtoReader in = new ProtoReader(message);
              while (in.next()) in.skip();
            })
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void aValueOfAnotherTypeIsRefused() throws MalformedException {
    ProtoReader in = new ProtoReader(new ProtoWriter().uint(1, 7).toBytes());
    assertThat(in.next()).isTrue();
    assertThatThrownBy(in::bytes).isInstanceOf(MalformedException.class);
    assertThatThrownBy(in::fixed64).isInstanceOf(MalformedException.class);
  }

  @Test
  void textMustBeUtf8() throws MalformedException {
    ProtoReader in = new ProtoReader(new byte[] {0x0a, 2, (byte) 0xc3, 0x28});
    assertThat(in.next()).isTrue();
    assertThatThrownBy(in::string).isInstanceOf(MalformedException.class);
  }

  @Test
  void unknownFieldsOfEveryTypeArePassedOver() throws MalformedException {
    byte[] message =
        new ProtoWriter()
            .uint(15, 1)
            .fixed64(16, 2)
            .bytes(17, new byte[3])
            .uint(1, 1)
            .bytes(2, new byte[] {9})
            .toBytes();
    KeyMessage key = KeyMessage.read(message);
    assertThat(key.type()).isEqualTo(1);
    assertThat(key.data()).containsExactly(9);
  }

  @Test
  void everyMessageReadsBack() throws MalformedException {
    NoisePayload noise =
        new NoisePayload(new byte[] {1}, new byte[] {2}, List.of("/yamux/1.0.0", "/b"));
    assertThat(NoisePayload.read(noise.toBytes())).usingRecursiveComparison().isEqualTo(noise);
    VoucherMessage voucher = new VoucherMessage(new byte[] {1}, new byte[] {2}, 3);
    assertThat(VoucherMessage.read(voucher.toBytes()))
        .usingRecursiveComparison()
        .isEqualTo(voucher);
    PeerRecordMessage record =
        new PeerRecordMessage(new byte[] {1}, -1, List.of(new byte[] {2}, new byte[] {3}));
    assertThat(PeerRecordMessage.read(record.toBytes()))
        .usingRecursiveComparison()
        .isEqualTo(record);
    IdentifyMessage identify =
        new IdentifyMessage(
            Optional.of(new byte[] {1}),
            List.of(new byte[] {2}),
            List.of("/a", "/b"),
            Optional.of(new byte[] {4}),
            Optional.of("ipfs/0.1.0"),
            Optional.of("fairlead"),
            Optional.of(new byte[] {8}));
    assertThat(IdentifyMessage.read(identify.toBytes()))
        .usingRecursiveComparison()
        .isEqualTo(identify);
  }

  @Test
  void identifyMessagesMergeAndTheirListsAreBounded() throws MalformedException {
    ProtoWriter many = new ProtoWriter();
    for (int i = 0; i < IdentifyMessage.ENTRIES_MAX + 10; i++) many.string(3, "/" + i);
    IdentifyMessage first = IdentifyMessage.read(many.toBytes());
    assertThat(first.protocols()).hasSize(IdentifyMessage.ENTRIES_MAX);
    IdentifyMessage second =
        IdentifyMessage.read(new ProtoWriter().string(3, "/x").string(6, "later").toBytes());
    IdentifyMessage both = first.and(second);
    assertThat(both.protocols()).hasSize(IdentifyMessage.ENTRIES_MAX);
    assertThat(both.agentVersion()).contains("later");
    assertThat(IdentifyMessage.EMPTY.and(second).protocols()).containsExactly("/x");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 20261122})
  void damageEndsInAMessageOrARefusal(long seed) {
    Random random = new Random(Long.getLong("fairlead.seed", seed));
    byte[] good =
        new IdentifyMessage(
                Optional.of(new byte[36]),
                List.of(new byte[8], new byte[9]),
                List.of("/a/1.0.0", "/b/1.0.0"),
                Optional.of(new byte[8]),
                Optional.of("p"),
                Optional.of("a"),
                Optional.of(new byte[100]))
            .toBytes();
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = Arrays.copyOf(good, random.nextInt(good.length + 1));
      for (int n = random.nextInt(4); n > 0 && bytes.length > 0; n--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      if (!MessageSamples.readsAll(bytes)) refused++;
    }
    assertThat(refused).as("seed " + seed).isBetween(1, 19_999);
  }
}
