package io.fairlead.mqtt.bridge;

import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.delivery.Shard;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/** A connection to another broker. On the shard's thread. */
public interface RemoteLink {
  /** Who hears of it. On the shard's thread; after {@link #closed} nothing more is heard. */
  interface Listener {
    void packet(Packet packet);

    /** It may be written to again, or not any more: see {@link RemoteLink#writable}. */
    void writable();

    /**
     * @param why in words; empty: the other side closed
     */
    void closed(String why);
  }

  /** Opens connections. */
  interface Dials {
    /**
     * @param announced CONNECT says that this is a bridge
     * @return completes on the shard's thread; fails with a {@code DialException}, whose message is
     *     for people
     */
    CompletionStage<RemoteLink> dial(
        Shard shard,
        URI address,
        MqttVersion version,
        boolean announced,
        Duration timeout,
        Listener listener);
  }

  /** Appends a packet; what a turn appended leaves at its end. */
  void send(Packet packet);

  /** Whether more may be sent now. */
  boolean writable();

  /** Nothing more is read for that long. */
  void pause(Duration time);

  /** Sends what was appended and closes. The listener hears nothing of it. */
  void close();
}
