package io.fairlead.it.mqtt;

import org.jspecify.annotations.Nullable;

/** A CONNECT, built field by field, valid unless told otherwise. */
final class Connect {
  private final Version version;
  private String id;
  private boolean clean = true;
  private int keepAlive;
  private Props props = Props.none();
  private @Nullable Props willProps;
  private String willTopic = "";
  private byte[] willPayload = {};
  private int willFlags;
  private byte @Nullable [] user;
  private byte @Nullable [] password;

  private Connect(Version version, String id) {
    this.version = version;
    this.id = id;
  }

  static Connect of(Version version, String id) {
    return new Connect(version, id);
  }

  Version version() {
    return version;
  }

  Connect resume() {
    clean = false;
    return this;
  }

  /** Not clean and, in version 5, with a session that outlives the connection by an hour. */
  Connect persistent() {
    return persistent(3600);
  }

  Connect persistent(long seconds) {
    clean = false;
    if (version.is5()) props.u32(Props.SESSION_EXPIRY, seconds);
    return this;
  }

  Connect keepAlive(int seconds) {
    keepAlive = seconds;
    return this;
  }

  Connect props(Props more) {
    props = more;
    return this;
  }

  Props props() {
    return props;
  }

  Connect will(String topic, String payload, int qos, boolean retain) {
    willTopic = topic;
    willPayload = Bytes.utf8(payload);
    willFlags = 4 | qos << 3 | (retain ? 0x20 : 0);
    if (willProps == null) willProps = Props.none();
    return this;
  }

  Connect willProps(Props more) {
    willProps = more;
    return this;
  }

  Connect user(String name) {
    user = Bytes.utf8(name);
    return this;
  }

  Connect password(String word) {
    password = Bytes.utf8(word);
    return this;
  }

  int flags() {
    return (clean ? 2 : 0) | willFlags | (user != null ? 0x80 : 0) | (password != null ? 0x40 : 0);
  }

  byte[] head(int flags) {
    return head("MQTT", version.level, flags);
  }

  /** Everything in front of the payload. */
  byte[] head(String name, int level, int flags) {
    Bytes head = new Bytes().str(name).u8(level).u8(flags).u16(keepAlive);
    if (level == 5) head.raw(props.toBytes());
    return head.toArray();
  }

  byte[] payload() {
    Bytes payload = new Bytes().str(id);
    if (willFlags != 0) {
      if (version.is5() && willProps != null) payload.raw(willProps.toBytes());
      payload.str(willTopic).bin(willPayload);
    }
    if (user != null) payload.bin(user);
    if (password != null) payload.bin(password);
    return payload.toArray();
  }

  byte[] bytes() {
    return packet(head(flags()), payload());
  }

  /** With other connect flags than the fields call for. */
  byte[] bytesWithFlags(int flags) {
    return packet(head(flags), payload());
  }

  static byte[] packet(byte[] head, byte[] payload) {
    return new Bytes().raw(head).raw(payload).packet(0x10);
  }
}
