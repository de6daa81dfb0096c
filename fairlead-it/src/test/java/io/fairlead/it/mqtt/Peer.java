package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.Set;
import java.util.TreeSet;

/** One client of a test: sends bytes, reads packets, knows no rule of its own. */
final class Peer implements AutoCloseable {
  private final Link link;
  private final Version version;
  private final Deque<Packet> early = new ArrayDeque<>(); // messages read before their turn

  Peer(Link link, Version version) {
    this.link = link;
    this.version = version;
  }

  Link link() {
    return link;
  }

  Peer send(byte[]... frames) throws IOException {
    for (byte[] frame : frames) link.send(frame);
    return this;
  }

  Peer send(String hex) throws IOException {
    return send(Bytes.hex(hex));
  }

  Packet next() throws IOException {
    Packet waiting = early.poll();
    return waiting != null ? waiting : read();
  }

  private Packet read() throws IOException {
    int first = link.read();
    if (first < 0) throw new EOFException("the broker closed the connection");
    int length = 0;
    for (int shift = 0; ; shift += 7) {
      int b = link.read();
      if (b < 0) throw new EOFException("the connection ended inside a packet");
      length |= (b & 0x7F) << shift;
      if (b >= 0x80) continue;
      assertThat(b != 0 || shift == 0).as("shortest form of the length").isTrue();
      break;
    }
    byte[] body = new byte[length];
    for (int i = 0; i < length; i++) {
      int b = link.read();
      if (b < 0) throw new EOFException("the connection ended inside a packet");
      body[i] = (byte) b;
    }
    return Packet.read(version, first, body);
  }

  Packet next(int type) throws IOException {
    Packet packet = next();
    assertThat(packet.type()).as("%s", packet).isEqualTo(type);
    return packet;
  }

  /** A PUBLISH, which is acknowledged by its quality of service; returns when that is done. */
  Packet message() throws IOException {
    Packet packet = next(Packet.PUBLISH);
    if (packet.qos() == 1) send(Frames.puback(packet.id()));
    if (packet.qos() == 2) {
      send(Frames.pubrec(packet.id()));
      Packet release = read();
      while (release.type() == Packet.PUBLISH) {
        early.add(release);
        release = read();
      }
      assertThat(release.type()).as("%s", release).isEqualTo(Packet.PUBREL);
      assertThat(release.id()).isEqualTo(packet.id());
      send(Frames.pubcomp(packet.id()));
    }
    return packet;
  }

  /** A message with this payload. */
  Packet message(String payload) throws IOException {
    Packet packet = message();
    assertThat(packet.text()).isEqualTo(payload);
    return packet;
  }

  Packet connect(Connect connect) throws IOException {
    send(connect.bytes());
    Packet connack = next(Packet.CONNACK);
    assertThat(connack.code()).as("%s", connack).isZero();
    return connack;
  }

  /** Subscribes with options and waits for the SUBACK. */
  Peer subscribe(String filter, int options) throws IOException {
    send(Frames.subscribe(version, 60_000, filter, options));
    Packet suback = next(Packet.SUBACK);
    assertThat(suback.code()).as("%s", suback).isEqualTo(options & 3);
    return this;
  }

  /** Publishes and goes through the whole exchange. */
  Peer publish(String topic, String payload, int qos) throws IOException {
    return exchange(Frames.publish(version, topic, payload, qos, 50_000), qos);
  }

  Peer retain(String topic, String payload, int qos) throws IOException {
    return exchange(Frames.retained(version, topic, payload, qos, 50_000), qos);
  }

  /** Sends a PUBLISH of identifier 50 000 and goes through the whole exchange. */
  Peer exchange(byte[] publish, int qos) throws IOException {
    send(publish);
    if (qos == 1) assertThat(next(Packet.PUBACK).code()).isLessThan(0x80);
    if (qos == 2) {
      assertThat(next(Packet.PUBREC).code()).isLessThan(0x80);
      send(Frames.pubrel(50_000));
      assertThat(next(Packet.PUBCOMP).code()).isZero();
    }
    return this;
  }

  /** Whatever was sent before is done with, and nothing else arrived. */
  Peer ping() throws IOException {
    send(Frames.PINGREQ);
    next(Packet.PINGRESP);
    return this;
  }

  Peer disconnect() throws IOException {
    send(Frames.DISCONNECT);
    eof();
    return this;
  }

  /** The end of the connection, with nothing in front of it. */
  Peer eof() throws IOException {
    try {
      int b = link.read();
      assertThat(b).as("a byte instead of the end").isEqualTo(-1);
    } catch (SocketTimeoutException late) {
      throw late;
    } catch (IOException reset) {
      // RST ends it as well.
      assertThat(String.valueOf(reset.getMessage())).containsAnyOf("reset", "Broken pipe");
    }
    return this;
  }

  /** Version 5: a DISCONNECT with one of the codes, then the end; version 3: the end. */
  Peer dropped(int... codes) throws IOException {
    if (version.is5()) {
      Packet disconnect = next(Packet.DISCONNECT);
      assertThat(toSet(codes)).as("%s", disconnect).contains(disconnect.code());
    }
    return eof();
  }

  /** In place of a successful CONNACK: nothing, or in version 5 one of the codes; then the end. */
  Peer refused(int... codes) throws IOException {
    if (!version.is5()) return eof();
    Packet connack;
    try {
      connack = next();
    } catch (EOFException nothing) {
      return this;
    }
    assertThat(connack.type()).as("%s", connack).isEqualTo(Packet.CONNACK);
    assertThat(toSet(codes)).as("%s", connack).contains(connack.code());
    return eof();
  }

  /** The end, with or without a DISCONNECT of one of the codes in front. */
  Peer endedBy(int... codes) throws IOException {
    try {
      Packet disconnect = next(Packet.DISCONNECT);
      assertThat(toSet(codes)).as("%s", disconnect).contains(disconnect.code());
    } catch (EOFException end) {
      return this;
    }
    return eof();
  }

  private static Set<Integer> toSet(int... codes) {
    Set<Integer> set = new TreeSet<>();
    for (int code : codes) set.add(code);
    return set;
  }

  /** For what can only be seen by its absence. */
  Peer silent(Duration time) throws IOException {
    assertThat(link.silentFor(time)).as("nothing arrives").isTrue();
    return this;
  }

  /** The raw bytes of the next {@code count}. */
  String hex(int count) throws IOException {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      int b = link.read();
      if (b < 0) throw new EOFException("the connection ended after " + i + " bytes");
      bytes[i] = (byte) b;
    }
    return HexFormat.ofDelimiter(" ").formatHex(bytes);
  }

  /** Ends the connection as a crash does. */
  void crash() throws IOException {
    link.tcp().reset();
  }

  @Override
  public void close() throws IOException {
    link.close();
  }
}
