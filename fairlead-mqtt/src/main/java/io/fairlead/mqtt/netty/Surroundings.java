package io.fairlead.mqtt.netty;

import io.fairlead.core.access.Entitlements;
import io.fairlead.core.random.Randomness;
import io.fairlead.mqtt.EnhancedAuthenticator;
import io.fairlead.mqtt.MqttAuthenticator;
import io.fairlead.mqtt.MqttConfig;
import io.fairlead.mqtt.codec.DecodeLimits;
import io.fairlead.mqtt.delivery.BrokerCore;
import io.fairlead.mqtt.delivery.Shard;
import io.netty.channel.EventLoop;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What connections stand on. Shared by all event loops.
 *
 * @param authenticator of this moment
 * @param enhanced methods of this moment, by name
 * @param accounts what accounts publish
 * @param listeners what comes by each listener
 * @param shards the shard of each event loop that connections live on
 */
public record Surroundings(
    BrokerCore core,
    Entitlements entitlements,
    Supplier<MqttAuthenticator> authenticator,
    Supplier<Map<String, EnhancedAuthenticator>> enhanced,
    Map<EventLoop, Shard> shards,
    SharedPaces accounts,
    SharedPaces listeners,
    Randomness randomness) {
  private static final int USER_PROPERTY_BYTES = 16 * 1024;

  public Surroundings {
    shards = Map.copyOf(shards);
  }

  /** With accounts and listeners that nobody has used yet. */
  public Surroundings(
      BrokerCore core,
      Entitlements entitlements,
      Supplier<MqttAuthenticator> authenticator,
      Supplier<Map<String, EnhancedAuthenticator>> enhanced,
      Map<EventLoop, Shard> shards,
      Randomness randomness) {
    this(
        core,
        entitlements,
        authenticator,
        enhanced,
        shards,
        new SharedPaces(),
        new SharedPaces(),
        randomness);
  }

  /** What a client's packets may hold, by the configuration of now. */
  DecodeLimits decodeLimits() {
    MqttConfig config = core.config();
    MqttConfig.Limits limits = config.limits();
    return new DecodeLimits(
        limits.connectPacket().toInt(),
        config.protocol().maxPacket().toInt(),
        limits.topicBytes(),
        limits.topicLevels(),
        limits.userProperties(),
        limits.userProperties() == Integer.MAX_VALUE ? Integer.MAX_VALUE : USER_PROPERTY_BYTES);
  }

  /**
   * Nanoseconds until a connection has to have sent its CONNECT; 0: it is too late.
   *
   * @param sinceNanos monotonic, since when its time runs
   */
  long leftToConnect(long sinceNanos) {
    long most = core.config().protocol().connectTimeout().toNanos();
    return Math.max(0, most - (core.clock().nanos() - sinceNanos));
  }

  /** The shard of an event loop; a loop that is not one of ours gets the first. */
  Shard shardOf(EventLoop loop) {
    return shards.getOrDefault(loop, core.shard(0));
  }
}
