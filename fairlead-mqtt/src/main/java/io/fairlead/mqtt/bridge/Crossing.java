package io.fairlead.mqtt.bridge;

import io.fairlead.mqtt.bridge.BridgeMeters.Drop;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Packet.Ack;
import io.fairlead.mqtt.codec.Packet.Publish;
import io.fairlead.mqtt.codec.PacketEncoder;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.delivery.LocalLine;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.Optional;

/**
 * What crosses one connection: packets of one side become packets of the other, with the same id.
 *
 * <pre>
 * here PUBLISH  -> there PUBLISH     there PUBLISH -> here PUBLISH
 * there PUBACK  -> here PUBACK       here PUBACK   -> there PUBACK
 * there PUBREC  -> here PUBREC       here PUBREC   -> there PUBREC
 * here PUBREL   -> there PUBREL      there PUBREL  -> here PUBREL
 * there PUBCOMP -> here PUBCOMP      here PUBCOMP  -> there PUBCOMP
 * </pre>
 *
 * A side that cannot keep a message now (0x97) gets it again later, over a new connection. On the
 * shard's thread.
 */
final class Crossing {
  /** Messages of the other broker that were not taken here yet; the rest waits in its window. */
  static final int WINDOW = 100;

  /** What the connection has agreed to. */
  record Terms(MqttVersion version, int qosMax, boolean retain, long packetBytesMax) {
    /** What a CONNACK says. */
    static Terms of(MqttVersion version, Packet.ConnAck answer) {
      Properties said = answer.properties();
      return new Terms(
          version,
          (int) said.number(PropertyId.MAXIMUM_QOS, 2),
          said.number(PropertyId.RETAIN_AVAILABLE, 1) == 1,
          said.number(PropertyId.MAXIMUM_PACKET_SIZE, Long.MAX_VALUE));
    }
  }

  /** What becomes of the connection. */
  interface Verdict {
    /** The other side, or this one, cannot keep messages now. */
    void full(String who);

    /** Whether that is worth a new connection: not if it went on for long. */
    boolean patient();

    /** Something crossed and was acknowledged. */
    void moved();
  }

  private final LocalLine here;
  private final RemoteLink there;
  private final Terms terms;
  private final TopicMap topics;
  private final Trail trail;
  private final BridgeMeters meters;
  private final Verdict verdict;
  private final BitSet lowered = new BitSet(); // ids sent with QoS 1 that have QoS 2 here
  private final Deque<Publish> held = new ArrayDeque<>(); // at most what one read brought
  private final BitSet open = new BitSet(); // messages of the other broker not finished here
  private int openCount;

  Crossing(
      LocalLine here,
      RemoteLink there,
      Terms terms,
      TopicMap topics,
      Trail trail,
      BridgeMeters meters,
      Verdict verdict) {
    this.here = here;
    this.there = there;
    this.terms = terms;
    this.topics = topics;
    this.trail = trail;
    this.meters = meters;
    this.verdict = verdict;
  }

  /** From the session here. */
  void fromHere(Packet packet) {
    switch (packet) {
      case Publish publish -> leave(publish);
      case Ack ack when ack.type() == PacketType.PUBREL -> release(ack);
      case Ack ack -> answered(ack);
      default -> {} // answers to subscriptions; refused filters are seen in the session
    }
  }

  /** From the other broker. */
  void fromThere(Packet packet) {
    switch (packet) {
      case Publish publish -> arrive(publish);
      case Ack ack when ack.type() == PacketType.PUBREL -> here.accept(plain(ack));
      case Ack ack -> acknowledged(ack);
      default -> {}
    }
  }

  /** Messages of the other broker that wait for their turn here. */
  boolean congested() {
    return !held.isEmpty();
  }

  private void leave(Publish publish) {
    Optional<TopicMap.Way> way = topics.out(publish.topic());
    if (way.isEmpty()) {
      drop(publish, Drop.NO_RULE);
      return;
    }
    Properties carried = Properties.EMPTY;
    if (terms.version().rich()) {
      if (trail.turnsBack(publish.properties())) {
        drop(publish, Drop.LOOP);
        return;
      }
      carried = trail.leaving(publish.properties());
    }
    int qos = Math.min(publish.qos(), terms.qosMax());
    boolean retain = publish.retain() && way.get().retain() && terms.retain();
    byte[] topic = way.get().topic();
    int bytes =
        PacketEncoder.publishBytes(
            topic.length, qos, carried.encoded().length, publish.payload().length, terms.version());
    if (bytes > terms.packetBytesMax()) {
      drop(publish, Drop.TOO_LARGE);
      return;
    }
    int id = publish.packetId();
    there.send(
        new Publish(
            topic,
            publish.payload(),
            qos,
            retain,
            publish.dup() && qos > 0,
            qos > 0 ? id : 0,
            carried));
    meters.out();
    if (qos < publish.qos()) {
      if (qos == 0) acknowledge(publish);
      else lowered.set(id);
    }
  }

  /** It does not cross; for its session it is done. */
  private void drop(Publish publish, Drop reason) {
    meters.dropped(reason);
    acknowledge(publish);
  }

  private void acknowledge(Publish publish) {
    int id = publish.packetId();
    switch (publish.qos()) {
      case 1 -> here.accept(new Ack(PacketType.PUBACK, id, ReasonCode.SUCCESS));
      case 2 -> {
        lowered.set(id);
        here.accept(new Ack(PacketType.PUBREC, id, ReasonCode.SUCCESS));
      }
      default -> {}
    }
  }

  private void release(Ack ack) {
    if (lowered.get(ack.packetId())) {
      lowered.clear(ack.packetId());
      here.accept(new Ack(PacketType.PUBCOMP, ack.packetId(), ReasonCode.SUCCESS));
      return;
    }
    there.send(new Ack(PacketType.PUBREL, ack.packetId(), ReasonCode.SUCCESS));
  }

  /** The other broker about a message of ours. */
  private void acknowledged(Ack ack) {
    if (ack.reason() == ReasonCode.QUOTA_EXCEEDED && verdict.patient()) {
      verdict.full("the other broker");
      return;
    }
    if (ack.reason().error() && ack.type() != PacketType.PUBCOMP) meters.dropped(Drop.REFUSED);
    else verdict.moved();
    boolean instead = ack.type() == PacketType.PUBACK && lowered.get(ack.packetId());
    here.accept(instead ? new Ack(PacketType.PUBREC, ack.packetId(), ack.reason()) : plain(ack));
  }

  private void arrive(Publish publish) {
    if (publish.qos() > 0 && (openCount >= WINDOW || !held.isEmpty())) {
      held.add(publish);
      return;
    }
    take(publish);
  }

  private void take(Publish publish) {
    Optional<TopicMap.Way> way = topics.in(publish.topic());
    boolean loop = trail.turnsBack(publish.properties());
    if (way.isEmpty() || loop) {
      meters.dropped(loop ? Drop.LOOP : Drop.NO_RULE);
      PacketType answer = publish.qos() == 2 ? PacketType.PUBREC : PacketType.PUBACK;
      if (publish.qos() > 0) {
        there.send(new Ack(answer, publish.packetId(), ReasonCode.SUCCESS));
      }
      return;
    }
    if (publish.qos() > 0) opened(publish.packetId());
    meters.in();
    here.accept(
        new Publish(
            way.get().topic(),
            publish.payload(),
            publish.qos(),
            publish.retain() && way.get().retain(),
            publish.dup(),
            publish.packetId(),
            Trail.inner(publish.properties())));
  }

  /** This broker about a message of the other. */
  private void answered(Ack ack) {
    boolean unkept =
        ack.reason() == ReasonCode.QUOTA_EXCEEDED || ack.reason() == ReasonCode.UNSPECIFIED_ERROR;
    if (unkept && verdict.patient()) {
      verdict.full("this broker");
      return;
    }
    boolean refused = ack.reason().error() && ack.type() != PacketType.PUBCOMP;
    if (refused) meters.dropped(Drop.REFUSED);
    if (refused || ack.type() != PacketType.PUBREC) finished(ack.packetId());
    there.send(plain(ack));
    while (openCount < WINDOW && !held.isEmpty()) take(held.remove());
  }

  private void opened(int id) {
    if (!open.get(id)) openCount++;
    open.set(id);
  }

  private void finished(int id) {
    if (open.get(id)) openCount--;
    open.clear(id);
  }

  private static Ack plain(Ack ack) {
    return new Ack(ack.type(), ack.packetId(), ack.reason());
  }
}
