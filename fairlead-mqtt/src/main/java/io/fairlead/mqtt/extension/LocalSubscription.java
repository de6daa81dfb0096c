package io.fairlead.mqtt.extension;

import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.delivery.LocalLine;
import io.fairlead.mqtt.delivery.Shard;
import io.fairlead.mqtt.store.Message;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One subscription within the process, with a session of its own. On its shard's thread. */
public final class LocalSubscription implements LocalLine.Peer, BrokerServices.Subscribed {
  private static final Logger LOG = LoggerFactory.getLogger(LocalSubscription.class);

  private final Shard shard;
  private final String filter;
  private final int qos;
  private final Consumer<Message> listener;
  private final CompletableFuture<BrokerServices.Subscribed> there = new CompletableFuture<>();
  private @Nullable LocalLine line;

  private LocalSubscription(Shard shard, String filter, int qos, Consumer<Message> listener) {
    this.shard = shard;
    this.filter = filter;
    this.qos = qos;
    this.listener = listener;
  }

  /** Any thread. */
  public static CompletionStage<BrokerServices.Subscribed> open(
      Shard shard, String filter, int qos, Consumer<Message> listener) {
    LocalSubscription made = new LocalSubscription(shard, filter, qos, listener);
    shard.executor().execute(made::begin);
    return made.there;
  }

  private void begin() {
    String id = LocalLine.ID_PREFIX + "local/" + UUID.randomUUID();
    Packet.Connect connect =
        new Packet.Connect(
            MqttVersion.V5,
            true,
            0,
            id,
            Optional.empty(),
            Optional.empty(),
            null,
            Properties.EMPTY);
    line = LocalLine.open(shard, LocalLine.client(id, id, "local"), connect, this);
  }

  @Override
  public void packet(Packet packet) {
    LocalLine mine = line;
    if (mine == null) return;
    switch (packet) {
      case Packet.ConnAck answer when answer.reason().error() -> refused(answer.reason());
      case Packet.ConnAck _ ->
          mine.accept(
              new Packet.Subscribe(1, List.of(new Packet.Wish(filter, qos)), Properties.EMPTY));
      case Packet.SubAck answer -> {
        ReasonCode reason = answer.reasons().getFirst();
        if (reason.error()) {
          refused(reason);
          mine.leave();
        } else {
          there.complete(this);
        }
      }
      case Packet.Publish publish -> heard(mine, publish);
      case Packet.Ack ack when ack.type() == PacketType.PUBREL ->
          mine.accept(new Packet.Ack(PacketType.PUBCOMP, ack.packetId(), ReasonCode.SUCCESS));
      default -> {}
    }
  }

  private void heard(LocalLine mine, Packet.Publish publish) {
    try {
      listener.accept(
          new Message(
              publish.topic(),
              publish.payload(),
              publish.qos(),
              publish.retain(),
              publish.properties().only(id -> id != PropertyId.SUBSCRIPTION_ID),
              Message.NEVER,
              ""));
    } catch (RuntimeException failure) {
      LOG.atWarn().addKeyValue("failure", failure.toString()).log("listener failed");
    }
    if (publish.qos() == 0) return;
    PacketType type = publish.qos() == 1 ? PacketType.PUBACK : PacketType.PUBREC;
    mine.accept(new Packet.Ack(type, publish.packetId(), ReasonCode.SUCCESS));
  }

  private void refused(ReasonCode reason) {
    there.completeExceptionally(
        new IllegalStateException("subscription to " + filter + " refused: " + reason.word()));
  }

  @Override
  public boolean ready() {
    return true;
  }

  @Override
  public void closed() {
    line = null;
    there.completeExceptionally(new IllegalStateException("the broker ended the subscription"));
  }

  /** Any thread. */
  @Override
  public void close() {
    shard
        .executor()
        .execute(
            () -> {
              LocalLine mine = line;
              if (mine != null) mine.leave();
            });
  }
}
