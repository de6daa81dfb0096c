package io.fairlead.app.pubsub;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.pubsub.chain.ChainConfig;
import io.fairlead.pubsub.chain.ChainServices;
import io.fairlead.pubsub.chain.PubSubConfig;
import io.fairlead.pubsub.chain.SubscriptionConfig.CursorPlace;
import io.fairlead.pubsub.chain.SubscriptionConfig.Kind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What the chains' named subscriptions tell on topics of the gateway's own broker:
 *
 * <pre>
 * PREFIX/chain/CHAIN/heads                              one header each, the newest retained
 * PREFIX/chain/CHAIN/logs/NAME/ADDRESS/TOPIC0           one log each
 * PREFIX/chain/CHAIN/gap                                blocks that could not be told of
 * PREFIX/chain/CHAIN/status                             how the connection is, retained
 * </pre>
 *
 * Follows while there is a broker: without one nothing is subscribed to, and cursors stay where
 * they are. A reload leaves alone what it does not change. Thread-safe; {@link #leave} and {@link
 * #follow} wait for what they stop.
 */
public final class ChainTopics implements AutoCloseable {
  /** The gateway's side of it. */
  public record Surroundings(
      Supplier<Optional<ChainServices>> chains,
      Supplier<Path> stateDir,
      Supplier<String> gateway,
      Meters meters,
      Clock clock) {}

  private record Place(String chain, String name) {}

  private final Surroundings around;
  private final ChainTopicMeters meters;
  // All guarded by this.
  private final Map<Place, NamedFollow> follows = new LinkedHashMap<>();
  private final Map<String, ChainStatus> statuses = new LinkedHashMap<>();
  private final Map<String, Integer> statusQos = new HashMap<>();
  private PubSubConfig config = PubSubConfig.NONE;
  private Optional<TopicOut> out = Optional.empty();
  private volatile List<NamedFollow> shown = List.of();

  public ChainTopics(Surroundings around) {
    this.around = around;
    this.meters = new ChainTopicMeters(around.meters());
  }

  /** From now on this is what is followed. */
  public synchronized void follow(PubSubConfig next) {
    config = next;
    settle();
  }

  /** There is a broker that takes messages. */
  public synchronized void begin(TopicOut next) {
    out = Optional.of(next);
    settle();
  }

  /** The broker goes: when this returns nothing is handed to it any more. */
  public synchronized void leave() {
    out = Optional.empty();
    settle();
  }

  /** How the named subscriptions of a chain stand; those that wait for a broker are not among. */
  public List<NamedReport> reports(String chain) {
    return shown.stream()
        .filter(each -> each.subject().chain().equals(chain))
        .map(NamedFollow::report)
        .toList();
  }

  private void settle() {
    Map<Place, NamedFollow.Subject> wanted = new LinkedHashMap<>();
    Map<String, Integer> told = new LinkedHashMap<>();
    if (out.isPresent()) config.chains().forEach((name, chain) -> want(name, chain, wanted, told));
    List<NamedFollow> stopped = new ArrayList<>();
    follows.forEach(
        (place, each) -> {
          if (each.subject().equals(wanted.get(place))) return;
          each.close();
          stopped.add(each);
        });
    follows.values().removeAll(stopped);
    statuses
        .entrySet()
        .removeIf(
            each -> {
              boolean stays =
                  told.getOrDefault(each.getKey(), -1).equals(statusQos.get(each.getKey()));
              if (!stays) each.getValue().close();
              return !stays;
            });
    try {
      for (NamedFollow each : stopped) each.join();
    } catch (InterruptedException now) {
      Thread.currentThread().interrupt();
    }
    out.ifPresent(there -> start(wanted, told, there));
    shown = List.copyOf(follows.values());
  }

  private static void want(
      String name,
      ChainConfig chain,
      Map<Place, NamedFollow.Subject> wanted,
      Map<String, Integer> told) {
    if (!chain.mqtt().enabled() || chain.subscriptions().isEmpty()) return;
    told.put(name, chain.mqtt().qos());
    chain
        .subscriptions()
        .forEach(
            (id, each) ->
                wanted.put(
                    new Place(name, id),
                    new NamedFollow.Subject(
                        name, id, each, chain.mqtt().qos(), chain.mqtt().retainHead())));
  }

  private void start(
      Map<Place, NamedFollow.Subject> wanted, Map<String, Integer> told, TopicOut there) {
    wanted.forEach(
        (place, subject) -> {
          if (follows.containsKey(place)) return;
          NamedFollow follow =
              new NamedFollow(
                  subject,
                  new NamedFollow.Ways(
                      () -> around.chains().get().flatMap(all -> all.frontend(place.chain())),
                      cursors(place, subject),
                      there,
                      around.gateway(),
                      meters));
          follows.put(place, follow);
          follow.start();
        });
    told.forEach(
        (chain, qos) -> {
          if (statuses.containsKey(chain)) return;
          ChainStatus status =
              new ChainStatus(
                  chain,
                  () -> around.chains().get().flatMap(all -> all.service(chain)),
                  new ChainPayloads(chain, around.gateway(), EventAbi.NONE),
                  there,
                  qos,
                  around.clock());
          statuses.put(chain, status);
          statusQos.put(chain, qos);
          status.start();
        });
  }

  private Optional<Path> cursors(Place place, NamedFollow.Subject subject) {
    boolean kept =
        subject.subscription().kind() == Kind.LOGS
            && subject.subscription().cursor() == CursorPlace.FILE;
    if (!kept) return Optional.empty();
    return Optional.of(
        around.stateDir().get().resolve("pubsub").resolve(place.chain()).resolve(place.name()));
  }

  @Override
  public void close() {
    leave();
  }
}
