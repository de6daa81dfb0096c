package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** One packet from the broker, checked against its format when it is read. */
record Packet(
    Version version,
    int first,
    int size,
    int id,
    List<Integer> codes,
    boolean sessionPresent,
    String topic,
    byte[] payload,
    Props props) {
  static final int CONNACK = 2;
  static final int PUBLISH = 3;
  static final int PUBACK = 4;
  static final int PUBREC = 5;
  static final int PUBREL = 6;
  static final int PUBCOMP = 7;
  static final int SUBACK = 9;
  static final int UNSUBACK = 11;
  static final int PINGRESP = 13;
  static final int DISCONNECT = 14;
  static final int AUTH = 15;

  private static final Set<Integer> CONNACK_CODES =
      codes("00 80 81 82 83 84 85 86 87 88 89 8a 8c 90 95 97 99 9a 9b 9c 9d 9f");
  private static final Set<Integer> PUBACK_CODES = codes("00 10 80 83 87 90 91 97 99");
  private static final Set<Integer> PUBREL_CODES = codes("00 92");
  private static final Set<Integer> SUBACK_CODES = codes("00 01 02 80 83 87 8f 91 97 9e a1 a2");
  private static final Set<Integer> UNSUBACK_CODES = codes("00 11 80 83 87 8f 91");
  private static final Set<Integer> DISCONNECT_CODES =
      codes("00 80 81 82 83 87 89 8b 8d 8e 8f 90 93 94 95 96 97 98 99 9a 9b 9c 9d 9e 9f a0 a1 a2");

  private static Set<Integer> codes(String hex) {
    return Arrays.stream(hex.split(" "))
        .map(HexFormat::fromHexDigits)
        .collect(Collectors.toUnmodifiableSet());
  }

  static Packet read(Version version, int first, byte[] body) {
    int type = first >>> 4;
    if (type != PUBLISH)
      assertThat(first & 0x0F).as("flags of type %d", type).isEqualTo(type == PUBREL ? 2 : 0);
    Reader in = new Reader(body);
    Packet packet =
        switch (type) {
          case CONNACK -> connack(version, first, in);
          case PUBLISH -> publish(version, first, in);
          case PUBACK, PUBREC -> ack(version, first, in, PUBACK_CODES);
          case PUBREL, PUBCOMP -> ack(version, first, in, PUBREL_CODES);
          case SUBACK -> suback(version, first, in);
          case UNSUBACK -> unsuback(version, first, in);
          case PINGRESP -> plain(version, first, body.length);
          case DISCONNECT -> reasonOnly(version, first, in, DISCONNECT_CODES);
          case AUTH -> reasonOnly(version, first, in, codes("00 18"));
          default -> throw new AssertionError("a broker does not send type " + type);
        };
    assertThat(in.remaining()).as("bytes behind the end").isZero();
    int header = 1 + new Bytes().varint(body.length).toArray().length;
    return new Packet(
        version,
        first,
        header + body.length,
        packet.id,
        packet.codes,
        packet.sessionPresent,
        packet.topic,
        packet.payload,
        packet.props);
  }

  private static Packet of(Version version, int first, int id, List<Integer> codes, Props props) {
    return new Packet(version, first, 0, id, codes, false, "", new byte[0], props);
  }

  private static Packet plain(Version version, int first, int length) {
    assertThat(length).isZero();
    return of(version, first, 0, List.of(), Props.none());
  }

  private static Packet connack(Version version, int first, Reader in) {
    int flags = in.u8();
    assertThat(flags).as("connect acknowledge flags").isBetween(0, 1);
    int code = in.u8();
    assertThat(code == 0 || flags == 0).as("no session with a refusal").isTrue();
    Props props = Props.none();
    if (version.is5()) {
      assertThat(CONNACK_CODES).contains(code);
      props = Props.read(in);
    } else {
      assertThat(code).isBetween(0, 5);
    }
    return new Packet(version, first, 0, 0, List.of(code), flags == 1, "", new byte[0], props);
  }

  private static Packet publish(Version version, int first, Reader in) {
    int qos = first >>> 1 & 3;
    assertThat(qos).isLessThan(3);
    if (qos == 0) assertThat(first & 8).as("DUP of QoS 0").isZero();
    String topic = in.str();
    assertThat(topic).doesNotContain("+", "#");
    int id = qos == 0 ? 0 : in.u16();
    if (qos > 0) assertThat(id).as("packet identifier").isNotZero();
    Props props = version.is5() ? Props.read(in) : Props.none();
    return new Packet(version, first, 0, id, List.of(), false, topic, in.rest(), props);
  }

  private static Packet ack(Version version, int first, Reader in, Set<Integer> table) {
    int id = in.u16();
    assertThat(id).as("packet identifier").isNotZero();
    int code = 0;
    Props props = Props.none();
    if (version.is5() && in.remaining() > 0) {
      code = in.u8();
      if (in.remaining() > 0) props = Props.read(in);
    }
    assertThat(table).contains(code);
    return of(version, first, id, List.of(code), props);
  }

  private static Packet suback(Version version, int first, Reader in) {
    int id = in.u16();
    Props props = version.is5() ? Props.read(in) : Props.none();
    List<Integer> codes = rest(in);
    assertThat(version.is5() ? SUBACK_CODES : codes("00 01 02 80")).containsAll(codes);
    return of(version, first, id, codes, props);
  }

  private static Packet unsuback(Version version, int first, Reader in) {
    int id = in.u16();
    if (!version.is5()) return of(version, first, id, List.of(), Props.none());
    Props props = Props.read(in);
    List<Integer> codes = rest(in);
    assertThat(UNSUBACK_CODES).containsAll(codes);
    return of(version, first, id, codes, props);
  }

  private static Packet reasonOnly(Version version, int first, Reader in, Set<Integer> table) {
    assertThat(version)
        .as("a broker sends DISCONNECT and AUTH in version 5 only")
        .isSameAs(Version.V5);
    int code = in.remaining() > 0 ? in.u8() : 0;
    Props props = in.remaining() > 0 ? Props.read(in) : Props.none();
    assertThat(table).contains(code);
    assertThat(props.has(Props.SESSION_EXPIRY)).isFalse();
    return of(version, first, 0, List.of(code), props);
  }

  private static List<Integer> rest(Reader in) {
    List<Integer> codes = new ArrayList<>();
    while (in.remaining() > 0) codes.add(in.u8());
    return codes;
  }

  int type() {
    return first >>> 4;
  }

  int code() {
    return codes.getFirst();
  }

  int qos() {
    return first >>> 1 & 3;
  }

  boolean dup() {
    return (first & 8) != 0;
  }

  boolean retain() {
    return (first & 1) != 0;
  }

  String text() {
    return new String(payload, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return "%02x %s id=%d codes=%s topic=%s payload=%s %s"
        .formatted(first, version, id, codes, topic, text(), props);
  }
}
