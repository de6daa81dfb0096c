package io.fairlead.mqtt.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fairlead.testkit.Seeds;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Streams that are built by the grammar of the protocol and broken here and there: a length that is
 * off, a field that is missing, a property that may not stand there, text that is none. Each is cut
 * into pieces. What is read can be written and reads back as the same packet; what is not is
 * refused with a reason, and no more is held than has come.
 */
class PacketGrammarFuzzTest {
  private static final byte[][] TEXTS = {
    {},
    {'a'},
    {'a', '/', 'b'},
    {'+'},
    {'#'},
    {'$', 's', 'h', 'a', 'r', 'e', '/', 'g', '/', 'a'},
    {0},
    {(byte) 0xc0, (byte) 0x80},
    {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
    {(byte) 0xef, (byte) 0xbb, (byte) 0xbf},
    {(byte) 0xc3, (byte) 0xa9},
    {(byte) 0xff}
  };

  /** Where the next choice comes from. */
  private interface Source {
    /** 0 to the maximum. */
    int upTo(int max);

    byte[] bytes(int max);
  }

  @FuzzTest
  void streamsByTheGrammar(FuzzedDataProvider data) throws MqttCodecException {
    run(
        new Source() {
          @Override
          public int upTo(int max) {
            return data.consumeInt(0, max);
          }

          @Override
          public byte[] bytes(int max) {
            return data.consumeBytes(max);
          }
        });
  }

  @Test
  void seededStreamsByTheGrammar() {
    int[] seen = new int[2];
    Seeds.run(
        5_000,
        random -> {
          Source source =
              new Source() {
                @Override
                public int upTo(int max) {
                  return (int) random.nextLong(max + 1L);
                }

                @Override
                public byte[] bytes(int max) {
                  byte[] bytes = new byte[random.nextInt(max + 1)];
                  random.nextBytes(bytes);
                  return bytes;
                }
              };
          try {
            seen[0] += run(source);
          } catch (MqttCodecException impossible) {
            throw new AssertionError(impossible);
          }
          seen[1]++;
        });
    // A grammar whose every stream is refused at once would show nothing.
    assertThat(seen[0]).as("packets read of %s streams", seen[1]).isGreaterThan(seen[1]);
  }

  /** How many packets were read. */
  private static int run(Source source) throws MqttCodecException {
    MqttVersion version = MqttVersion.values()[source.upTo(2)];
    ByteBuf stream = Unpooled.buffer();
    boolean broken = source.upTo(7) == 0;
    connect(stream, version, source, broken);
    for (int n = source.upTo(3); n >= 0; n--) frame(stream, version, source);
    List<Packet> read = new ArrayList<>();
    int fed = 0;
    try (FrameReader reader =
        FrameReader.ofClient(UnpooledByteBufAllocator.DEFAULT, DecodeLimits.DEFAULTS)) {
      while (stream.isReadable()) {
        int piece = Math.min(stream.readableBytes(), 1 + source.upTo(60));
        fed += piece;
        reader.read(
            stream.readSlice(piece),
            packet -> {
              read.add(packet);
              if (packet instanceof Packet.Connect) reader.connected();
            });
        assertThat(reader.heldBytes()).isLessThanOrEqualTo(Math.max(256, 4 * fed));
      }
    } catch (MqttCodecException refused) {
      assertThat(refused.reason().error()).isTrue();
    }
    if (!read.isEmpty()) again(read);
    return read.size();
  }

  /** Written and read once more, they are the same. */
  private static void again(List<Packet> packets) throws MqttCodecException {
    MqttVersion version = ((Packet.Connect) packets.getFirst()).version();
    ByteBuf bytes = Unpooled.buffer();
    for (Packet packet : packets) PacketEncoder.encode(bytes, packet, version);
    List<Packet> read = new ArrayList<>();
    try (FrameReader reader =
        FrameReader.ofClient(UnpooledByteBufAllocator.DEFAULT, DecodeLimits.DEFAULTS)) {
      reader.connected();
      reader.read(bytes, read::add);
    }
    assertThat(read).usingRecursiveFieldByFieldElementComparator().isEqualTo(packets);
  }

  private static boolean rarely(Source source) {
    return source.upTo(39) == 0;
  }

  private static void connect(ByteBuf out, MqttVersion version, Source source, boolean broken) {
    ByteBuf body = Unpooled.buffer();
    Wire.writeText(body, version.protocolName());
    body.writeByte(version.level());
    boolean will = source.upTo(1) == 1;
    boolean user = source.upTo(1) == 1;
    boolean password = user && source.upTo(1) == 1;
    int willBits = will ? 4 | source.upTo(2) << 3 | source.upTo(1) << 5 : 0;
    int flags = 2 | willBits | (user ? 0x80 : 0) | (password ? 0x40 : 0);
    body.writeByte(broken ? source.upTo(255) : flags);
    body.writeShort(source.upTo(0xffff));
    if (version.rich()) properties(body, PacketType.CONNECT.bit(), source, broken);
    text(body, source, broken);
    if (will) {
      if (version.rich()) properties(body, PropertyId.WILL, source, broken);
      text(body, source, broken);
      Wire.writeBinary(body, source.bytes(20));
    }
    if (user) text(body, source, broken);
    if (password) Wire.writeBinary(body, source.bytes(20));
    close(out, 0x10, body, source, broken);
  }

  private static void frame(ByteBuf out, MqttVersion version, Source source) {
    boolean broken = source.upTo(3) == 0;
    PacketType type = PacketType.values()[source.upTo(14)];
    if (!broken && !type.fromClient()) type = PacketType.PUBLISH;
    int flags = type.flags() < 0 ? source.upTo(15) : type.flags();
    if (broken && rarely(source)) flags = source.upTo(15);
    ByteBuf body = Unpooled.buffer();
    switch (type) {
      case CONNECT -> {
        connect(out, version, source, broken);
        return;
      }
      case PUBLISH -> {
        text(body, source, broken);
        if ((flags & 6) != 0) id(body, source, broken);
        if (version.rich()) properties(body, type.bit(), source, broken);
        body.writeBytes(source.bytes(300));
      }
      case SUBSCRIBE, UNSUBSCRIBE -> {
        id(body, source, broken);
        if (version.rich()) properties(body, type.bit(), source, broken);
        for (int n = source.upTo(broken ? 3 : 2) + (broken ? 0 : 1); n > 0; n--) {
          text(body, source, broken);
          if (type == PacketType.SUBSCRIBE) {
            body.writeByte(broken ? source.upTo(255) : source.upTo(2));
          }
        }
      }
      case PINGREQ, PINGRESP -> {
        if (broken) body.writeBytes(source.bytes(2));
      }
      case DISCONNECT, AUTH -> reasoned(body, type, version, source, broken);
      default -> {
        id(body, source, broken);
        if (version.rich() || broken) reasoned(body, type, version, source, broken);
      }
    }
    close(out, type.number() << 4 | flags, body, source, broken);
  }

  /** A reason code and properties, both, the first or neither. */
  private static void reasoned(
      ByteBuf body, PacketType type, MqttVersion version, Source source, boolean broken) {
    if (!version.rich() && !broken) return;
    int parts = source.upTo(2);
    if (parts == 0) return;
    ReasonCode reason = ReasonCode.values()[source.upTo(ReasonCode.values().length - 1)];
    boolean fits = ReasonPlaces.fits(reason, type, false);
    body.writeByte(broken ? source.upTo(255) : fits ? reason.code() : 0);
    if (parts == 2) properties(body, type.bit(), source, broken);
  }

  private static void id(ByteBuf body, Source source, boolean broken) {
    body.writeShort(broken && rarely(source) ? 0 : 1 + source.upTo(0xfffe));
  }

  private static void text(ByteBuf body, Source source, boolean broken) {
    byte[] text = broken ? TEXTS[source.upTo(TEXTS.length - 1)] : TEXTS[1 + source.upTo(1)];
    int off = broken && rarely(source) ? source.upTo(2) - 1 : 0;
    body.writeShort(text.length + off).writeBytes(text);
  }

  private static void properties(ByteBuf body, int place, Source source, boolean broken) {
    ByteBuf block = Unpooled.buffer();
    int seen = 0;
    for (int n = source.upTo(3); n > 0; n--) {
      int chosen = source.upTo(PropertyId.values().length - 1);
      PropertyId id = PropertyId.values()[chosen];
      boolean once = (seen & 1 << chosen) == 0 || id == PropertyId.USER_PROPERTY;
      boolean authenticates = id == PropertyId.AUTH_DATA || id == PropertyId.AUTH_METHOD;
      boolean clients = id != PropertyId.SUBSCRIPTION_ID || place != PacketType.PUBLISH.bit();
      if (!broken && !(id.allowedIn(place) && once && clients && !authenticates)) continue;
      seen |= 1 << chosen;
      block.writeByte(broken && rarely(source) ? source.upTo(255) : id.number());
      switch (id.kind()) {
        case FLAG -> block.writeByte(source.upTo(broken ? 2 : 1));
        case U16 -> block.writeShort(broken ? source.upTo(0xffff) : 1 + source.upTo(0xfffe));
        case U32 -> block.writeInt(broken ? source.upTo(1) : 1 + source.upTo(1 << 30));
        case VARINT -> Wire.writeVarInt(block, broken ? source.upTo(1) : 1 + source.upTo(1 << 27));
        case TEXT -> text(block, source, broken);
        case BINARY -> Wire.writeBinary(block, source.bytes(10));
        case PAIR -> {
          text(block, source, broken);
          text(block, source, broken);
        }
      }
    }
    int off = broken && rarely(source) ? source.upTo(2) - 1 : 0;
    Wire.writeVarInt(body, Math.max(0, block.readableBytes() + off));
    body.writeBytes(block);
  }

  /** The fixed header in front, whose length is sometimes off, or longer than it need be. */
  private static void close(ByteBuf out, int first, ByteBuf body, Source source, boolean broken) {
    int length = body.readableBytes();
    int off = broken && rarely(source) ? source.upTo(4) - 2 : 0;
    out.writeByte(first);
    int said = Math.max(0, length + off);
    if (broken && rarely(source) && said < 128) out.writeByte(said | 0x80).writeByte(0);
    else Wire.writeVarInt(out, said);
    out.writeBytes(body);
  }
}
