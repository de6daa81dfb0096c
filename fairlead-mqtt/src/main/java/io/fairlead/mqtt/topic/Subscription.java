package io.fairlead.mqtt.topic;

/**
 * One subscriber's entry at one node of the tree; by far the most messages reach a subscriber by
 * one filter only, for which the entry itself is the receiver.
 */
final class Subscription<S> extends Receiver<S> implements HashTrie.Leaf<Subscription<S>> {
  private final SubscribeOptions options;
  private final int hash;

  Subscription(S subscriber, SubscribeOptions options) {
    this(subscriber, options, Grant.of(options));
  }

  private Subscription(S subscriber, SubscribeOptions options, Grant grant) {
    super(subscriber, grant, options.noLocal() ? null : grant);
    this.options = options;
    this.hash = hashOf(subscriber);
  }

  SubscribeOptions options() {
    return options;
  }

  @Override
  public int hash() {
    return hash;
  }

  static int hashOf(Object subscriber) {
    int hash = subscriber.hashCode();
    hash = (hash ^ hash >>> 16) * 0x85EB_CA6B;
    return hash ^ hash >>> 13;
  }

  static <S> HashTrie.Probe<Subscription<S>> of(S subscriber) {
    return entry -> entry.subscriber().equals(subscriber);
  }
}
