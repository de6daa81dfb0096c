package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Properties of version 5, to send (in any combination) or as received (checked). */
final class Props {
  static final int PAYLOAD_FORMAT = 0x01;
  static final int MESSAGE_EXPIRY = 0x02;
  static final int CONTENT_TYPE = 0x03;
  static final int RESPONSE_TOPIC = 0x08;
  static final int CORRELATION = 0x09;
  static final int SUBSCRIPTION_ID = 0x0B;
  static final int SESSION_EXPIRY = 0x11;
  static final int ASSIGNED_ID = 0x12;
  static final int SERVER_KEEP_ALIVE = 0x13;
  static final int AUTH_METHOD = 0x15;
  static final int AUTH_DATA = 0x16;
  static final int REQUEST_PROBLEM = 0x17;
  static final int WILL_DELAY = 0x18;
  static final int REQUEST_RESPONSE = 0x19;
  static final int RESPONSE_INFO = 0x1A;
  static final int SERVER_REFERENCE = 0x1C;
  static final int REASON = 0x1F;
  static final int RECEIVE_MAXIMUM = 0x21;
  static final int ALIAS_MAXIMUM = 0x22;
  static final int ALIAS = 0x23;
  static final int MAX_QOS = 0x24;
  static final int RETAIN_AVAILABLE = 0x25;
  static final int USER = 0x26;
  static final int MAX_PACKET = 0x27;
  static final int WILDCARD_AVAILABLE = 0x28;
  static final int IDS_AVAILABLE = 0x29;
  static final int SHARED_AVAILABLE = 0x2A;

  /** One property: a number, or text, or bytes, or two texts. */
  record Prop(int id, long number, byte[] bytes, String name, String value) {}

  private final Bytes out = new Bytes();
  private final List<Prop> list = new ArrayList<>();

  static Props none() {
    return new Props();
  }

  Props u8(int id, int value) {
    out.u8(id).u8(value);
    return this;
  }

  Props u16(int id, int value) {
    out.u8(id).u16(value);
    return this;
  }

  Props u32(int id, long value) {
    out.u8(id).u32(value);
    return this;
  }

  Props varint(int id, int value) {
    out.u8(id).varint(value);
    return this;
  }

  Props str(int id, String value) {
    out.u8(id).str(value);
    return this;
  }

  Props bin(int id, byte[] value) {
    out.u8(id).bin(value);
    return this;
  }

  Props user(String name, String value) {
    out.u8(USER).str(name).str(value);
    return this;
  }

  Props raw(byte[] bytes) {
    out.raw(bytes);
    return this;
  }

  /** Length and properties. */
  byte[] toBytes() {
    byte[] properties = out.toArray();
    return new Bytes().varint(properties.length).raw(properties).toArray();
  }

  static Props read(Reader in) {
    Props props = new Props();
    Reader part = in.part(in.varint());
    while (part.remaining() > 0) props.list.add(readOne(part));
    for (Prop prop : props.list) {
      boolean mayRepeat = prop.id == USER || prop.id == SUBSCRIPTION_ID;
      if (!mayRepeat) assertThat(props.list.stream().filter(p -> p.id == prop.id)).hasSize(1);
    }
    return props;
  }

  private static Prop readOne(Reader in) {
    int id = in.varint();
    return switch (id) {
      case 0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2A -> number(id, in.u8());
      case 0x13, 0x21, 0x22, 0x23 -> number(id, in.u16());
      case 0x02, 0x11, 0x18, 0x27 -> number(id, in.u32());
      case 0x0B -> number(id, in.varint());
      case 0x03, 0x08, 0x12, 0x15, 0x1A, 0x1C, 0x1F -> new Prop(id, 0, new byte[0], "", in.str());
      case 0x09, 0x16 -> new Prop(id, 0, in.bin(), "", "");
      case 0x26 -> new Prop(id, 0, new byte[0], in.str(), in.str());
      default -> throw new AssertionError("property 0x" + Integer.toHexString(id));
    };
  }

  private static Prop number(int id, long value) {
    return new Prop(id, value, new byte[0], "", "");
  }

  boolean has(int id) {
    return list.stream().anyMatch(prop -> prop.id == id);
  }

  Optional<Prop> find(int id) {
    return list.stream().filter(prop -> prop.id == id).findFirst();
  }

  long number(int id) {
    return find(id)
        .orElseThrow(() -> new AssertionError("no property " + id + " in " + list))
        .number;
  }

  String text(int id) {
    return find(id)
        .orElseThrow(() -> new AssertionError("no property " + id + " in " + list))
        .value;
  }

  byte[] data(int id) {
    return find(id)
        .orElseThrow(() -> new AssertionError("no property " + id + " in " + list))
        .bytes;
  }

  List<Long> numbers(int id) {
    return list.stream().filter(prop -> prop.id == id).map(Prop::number).toList();
  }

  /** User properties, each {@code name=value}, in order. */
  List<String> users() {
    return list.stream()
        .filter(prop -> prop.id == USER)
        .map(prop -> prop.name + "=" + prop.value)
        .toList();
  }

  @Override
  public String toString() {
    return list.toString();
  }
}
