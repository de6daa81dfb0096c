package io.fairlead.it.mqtt;

/** The other packets of a client. */
final class Frames {
  static final byte[] PINGREQ = {(byte) 0xC0, 0};
  static final byte[] DISCONNECT = {(byte) 0xE0, 0};

  private Frames() {}

  static byte[] publish(Version version, String topic, String payload, int qos, int id) {
    return publish(version, qos << 1, Bytes.utf8(topic), id, Props.none(), Bytes.utf8(payload));
  }

  static byte[] retained(Version version, String topic, String payload, int qos, int id) {
    return publish(version, qos << 1 | 1, Bytes.utf8(topic), id, Props.none(), Bytes.utf8(payload));
  }

  static byte[] publish(String topic, String payload, int qos, int id, Props props) {
    return publish(Version.V5, qos << 1, Bytes.utf8(topic), id, props, Bytes.utf8(payload));
  }

  static byte[] publish(
      Version version, int flags, byte[] topic, int id, Props props, byte[] payload) {
    Bytes body = new Bytes().bin(topic);
    if ((flags & 6) != 0) body.u16(id);
    if (version.is5()) body.raw(props.toBytes());
    return body.raw(payload).packet(0x30 | flags);
  }

  /** {@code filter, options, filter, options, …}. */
  static byte[] subscribe(Version version, int id, Object... pairs) {
    return subscribe(version, id, Props.none(), pairs);
  }

  static byte[] subscribe(Version version, int id, Props props, Object... pairs) {
    Bytes body = new Bytes().u16(id);
    if (version.is5()) body.raw(props.toBytes());
    for (int i = 0; i < pairs.length; i += 2) body.str((String) pairs[i]).u8((int) pairs[i + 1]);
    return body.packet(0x82);
  }

  static byte[] unsubscribe(Version version, int id, String... filters) {
    Bytes body = new Bytes().u16(id);
    if (version.is5()) body.u8(0);
    for (String filter : filters) body.str(filter);
    return body.packet(0xA2);
  }

  static byte[] puback(int id) {
    return new Bytes().u16(id).packet(0x40);
  }

  static byte[] pubrec(int id) {
    return new Bytes().u16(id).packet(0x50);
  }

  static byte[] pubrel(int id) {
    return new Bytes().u16(id).packet(0x62);
  }

  static byte[] pubcomp(int id) {
    return new Bytes().u16(id).packet(0x70);
  }

  static byte[] ackWith(int first, int id, int code) {
    return new Bytes().u16(id).u8(code).packet(first);
  }

  static byte[] disconnect(int code, Props props) {
    return new Bytes().u8(code).raw(props.toBytes()).packet(0xE0);
  }

  static byte[] auth(int code, String method, byte[] data) {
    return auth(code, Props.none().str(Props.AUTH_METHOD, method).bin(Props.AUTH_DATA, data));
  }

  static byte[] auth(int code, Props props) {
    return new Bytes().u8(code).raw(props.toBytes()).packet(0xF0);
  }
}
