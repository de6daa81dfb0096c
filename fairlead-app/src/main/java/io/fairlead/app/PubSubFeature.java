package io.fairlead.app;

import io.fairlead.app.pubsub.ChainTopics;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Reloadable;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.pubsub.chain.ChainServices;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Connections to chains, made when a configuration first names one; until then none of their code
 * runs.
 */
final class PubSubFeature implements Service, Reloadable<GatewayConfig> {
  private final Supplier<ChainServices> maker;
  private final ChainTopics topics;
  private volatile @Nullable ChainServices chains;

  /**
   * @param maker called at most once
   * @param topics is told what to follow
   */
  PubSubFeature(Supplier<ChainServices> maker, ChainTopics topics) {
    this.maker = maker;
    this.topics = topics;
  }

  /** The chains, once there were any. */
  Optional<ChainServices> chains() {
    return Optional.ofNullable(chains);
  }

  /** What chains tell MQTT clients. */
  ChainTopics topics() {
    return topics;
  }

  @Override
  public String name() {
    return "pubsub";
  }

  /** It starts with the first configuration that wants it. */
  @Override
  public void start() {}

  @Override
  public void drain(Deadline deadline) {}

  @Override
  public void close() {
    topics.close();
    ChainServices there = chains;
    if (there != null) there.close();
  }

  @Override
  public Prepared prepare(GatewayConfig next) throws ConfigException {
    ChainServices there = chains;
    if (there == null && next.pubsub().chains().isEmpty()) return Prepared.NOTHING;
    ChainServices made = there == null ? maker.get() : there;
    Prepared change = made.prepare(next.pubsub());
    return new Prepared() {
      @Override
      public void commit() {
        chains = made;
        change.commit();
        topics.follow(next.pubsub());
      }

      @Override
      public void discard() {
        change.discard();
      }
    };
  }
}
