package io.fairlead.pubsub;

import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;

/** Services with the times of tests, and what they count. */
final class Fast {
  static final ServiceSettings SETTINGS =
      ServiceSettings.DEFAULT
          .heads(false)
          .timeouts(Duration.ofSeconds(10), Duration.ofSeconds(20), Duration.ofSeconds(20))
          .reconnect(
              ServiceSettings.Reconnect.DEFAULT.times(
                  Duration.ofMillis(20), Duration.ofMillis(100)));

  static final Duration SOON = Duration.ofSeconds(30);

  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  final List<ServiceEvent> events = new CopyOnWriteArrayList<>();
  private ServiceSettings settings = SETTINGS;
  private ChainIdentity identity = ChainIdentity.FIRST_SEEN;

  Fast settings(ServiceSettings next) {
    settings = next;
    return this;
  }

  Fast identity(ChainIdentity next) {
    identity = next;
    return this;
  }

  PubSubBuilder builder(Connector connector) {
    return PubSub.builder()
        .name("test")
        .meters(new Meters(registry))
        .settings(settings)
        .identity(identity)
        .connector(connector);
  }

  PubSubFrontend connect(Connector connector) throws InterruptedException {
    return watched(builder(connector).connect());
  }

  PubSubFrontend watched(PubSubFrontend frontend) {
    frontend.events().subscribe(new Collector());
    return frontend;
  }

  private final class Collector implements Flow.Subscriber<ServiceEvent> {
    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(ServiceEvent event) {
      events.add(event);
    }

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onComplete() {}
  }

  long count(String name, String... tags) {
    double sum = 0;
    for (Counter each : registry.find("fairlead.pubsub." + name).tags(tags).counters())
      sum += each.count();
    if (sum == 0) {
      for (var each : registry.find("fairlead.pubsub." + name).tags(tags).meters())
        for (Measurement one : each.measure()) sum += one.getValue();
    }
    return (long) sum;
  }

  /** How often a bound refused something. */
  long refused(String limit) {
    return (long) registry.get("fairlead.limit.rejections").tag("limit", limit).counter().count();
  }

  static RpcCall<String> text(String method) {
    return RpcCall.of(method, List.of(), Decoders.text());
  }

  static SubscribeRequest<String> custom(String method) {
    return SubscribeRequest.custom(method, "x_unsubscribe", List.of(), Decoders.text());
  }
}
