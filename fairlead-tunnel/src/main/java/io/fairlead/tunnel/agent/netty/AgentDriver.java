package io.fairlead.tunnel.agent.netty;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.tunnel.codec.ControlMessage;
import io.fairlead.tunnel.codec.Offer;
import io.fairlead.tunnel.session.Backoff;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps an agent's carriers. Confined to its home loop; methods that say so may be called by any
 * thread.
 *
 * <pre>
 * place empty  --its time came-->          dialling  (the first place first, others once it is ready)
 * dialling     --ready-->                  ready     (services are offered on it)
 * dialling     --failed-->                 empty     (again after a back-off, at the next address)
 * ready        --drain, or goaway-->       dialling  (the old carrier ends by itself)
 * ready        --the same, at once-->      empty     (again after a back-off)
 * ready        --lost-->                   empty     (again after a back-off)
 * </pre>
 */
public final class AgentDriver implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AgentDriver.class);

  /** One carrier there is to be. */
  private static final class Place {
    private final Backoff backoff = new Backoff();
    private @Nullable AgentCarrier carrier;
    private @Nullable Future<?> timer;
    private boolean ready;
    private long readySinceNanos;
  }

  /**
   * How it fares, at one instant.
   *
   * @param latest why the carrier that ended last did; empty when none has
   */
  public record Status(
      String name,
      boolean connected,
      int carriers,
      String server,
      long rttNanos,
      Map<String, List<String>> exposed,
      Map<String, String> refused,
      String latest) {
    public Status {
      exposed = Map.copyOf(exposed);
      refused = Map.copyOf(refused);
    }
  }

  private final AgentSettings settings;
  private final CarrierDials dials;
  private final LocalServices services;
  private final AgentNews news;
  private final Clock clock;
  private final Randomness randomness;
  private final EventLoop home;
  private final HealthWatch health;
  private final String run;
  private final List<Place> places = new ArrayList<>();
  private final Map<String, List<String>> exposed = new LinkedHashMap<>();
  private final Map<String, String> refused = new LinkedHashMap<>();
  private final List<Awaited> awaited = new ArrayList<>();
  private final Backoff asking = new Backoff();
  private @Nullable Future<?> askingAgain;
  private String latest = "";
  private long nextRef = 1;
  private int nextServer;
  private boolean closed;
  private volatile Status status;

  /**
   * @param dials makes connections to the server
   * @param services what the server may ask for
   */
  public AgentDriver(
      AgentSettings settings,
      CarrierDials dials,
      LocalServices services,
      AgentNews news,
      Clock clock,
      Randomness randomness) {
    this.settings = settings;
    this.dials = dials;
    this.services = services;
    this.news = news;
    this.clock = clock;
    this.randomness = randomness;
    this.home = services.home();
    this.health = services.watch(this::reoffer);
    this.run = HexFormat.of().formatHex(randomness.secureBytes(16));
    for (int i = 0; i < settings.connections(); i++) places.add(new Place());
    status = new Status(settings.name(), false, 0, "", 0, Map.of(), Map.of(), "");
  }

  /** Begins to dial; any thread. */
  public void start() {
    home.execute(
        () -> {
          health.follow();
          dial(places.getFirst());
        });
  }

  /**
   * Completes when the server has taken all of these services, with empty, or has refused one, with
   * the reason. Any thread.
   */
  public CompletableFuture<Optional<String>> taken(Set<String> names) {
    CompletableFuture<Optional<String>> outcome = new CompletableFuture<>();
    home.execute(
        () -> {
          awaited.add(new Awaited(names, outcome));
          publish();
        });
    return outcome;
  }

  /** The same once what is served now was offered; these are new or changed. Any thread. */
  public CompletableFuture<Optional<String>> offerAndAwait(Set<String> names) {
    home.execute(() -> exposed.keySet().removeAll(names));
    offerAnew();
    return taken(names);
  }

  /** Any thread. */
  public Status status() {
    return status;
  }

  /** The same for all its carriers. */
  public String run() {
    return run;
  }

  public AgentSettings settings() {
    return settings;
  }

  /** Other services are served from here on: those that went are taken away. Any thread. */
  public void offerAnew() {
    home.execute(
        () -> {
          health.follow();
          reoffer();
        });
  }

  private void reoffer() {
    List<String> gone = new ArrayList<>(exposed.keySet());
    for (Offer offer : services.offers()) gone.remove(offer.name());
    gone.forEach(exposed::remove);
    refused.clear();
    asking.reset();
    if (closed) return;
    for (AgentCarrier carrier : oneOfEachServer()) {
      if (!gone.isEmpty()) carrier.say(new ControlMessage.Withdraw(nextRef++, gone));
      offer(carrier, services.offers());
    }
    publish();
  }

  /** What the server did not take may be free by now, or allowed. */
  private void askAgain() {
    askingAgain = null;
    if (closed) return;
    List<Offer> again =
        services.offers().stream().filter(offer -> refused.containsKey(offer.name())).toList();
    if (again.isEmpty()) return;
    for (AgentCarrier carrier : oneOfEachServer()) offer(carrier, again);
  }

  /** Tells the server, lets streams end, and dials no more. Any thread. */
  public void drain() {
    home.execute(
        () -> {
          closed = true;
          health.stop();
          if (askingAgain != null) askingAgain.cancel(false);
          for (Place place : places) {
            if (place.timer != null) place.timer.cancel(false);
            if (place.carrier != null) place.carrier.leave();
          }
        });
  }

  @Override
  public void close() {
    home.execute(
        () -> {
          closed = true;
          health.stop();
          if (askingAgain != null) askingAgain.cancel(false);
          for (Place place : places) {
            if (place.timer != null) place.timer.cancel(false);
            if (place.carrier != null) place.carrier.cut();
          }
        });
  }

  // ---- the home loop ----------------------------------------------------------------------

  private void dial(Place place) {
    place.timer = null;
    if (closed || place.carrier != null) return;
    int server = Math.floorMod(nextServer, settings.servers().size());
    AgentCarrier carrier =
        new AgentCarrier(
            settings,
            settings.servers().get(server),
            run,
            dials,
            services,
            event -> on(place, event));
    place.carrier = carrier;
    carrier.begin();
  }

  /** Events of carriers come as tasks of the home loop. */
  private void on(Place place, AgentCarrier.Event event) {
    if (place.carrier != event.carrier()) {
      // A former carrier of the place: its end is no news.
      if (event instanceof AgentCarrier.Event.Said said) said(said.message());
      return;
    }
    switch (event) {
      case AgentCarrier.Event.Ready(AgentCarrier carrier) -> ready(place, carrier);
      case AgentCarrier.Event.Said(AgentCarrier _, ControlMessage message) -> {
        if (message instanceof ControlMessage.Drain) replace(place);
        else said(message);
      }
      case AgentCarrier.Event.Leaving _ -> replace(place);
      case AgentCarrier.Event.Ended(AgentCarrier _, String why) -> ended(place, why);
    }
  }

  private void ready(Place place, AgentCarrier carrier) {
    boolean first = anyReady() == null;
    place.ready = true;
    place.readySinceNanos = clock.nanos();
    refused.remove("");
    // On every carrier: it may be another process of the server that took this one.
    offer(carrier, services.offers());
    for (Place other : places) {
      if (other.carrier == null && other.timer == null) dial(other);
    }
    if (first) {
      log.atInfo().addKeyValue("server", carrier.server()).log("tunnel connected");
      news.connected(true);
    }
    publish();
  }

  private void offer(AgentCarrier carrier, List<Offer> offers) {
    long ref = nextRef++;
    // A few a line: the server bounds how long a line may be.
    for (int from = 0; from < offers.size(); from += 32) {
      carrier.say(
          new ControlMessage.Register(
              ref, offers.subList(from, Math.min(offers.size(), from + 32))));
    }
  }

  private void said(ControlMessage message) {
    switch (message) {
      case ControlMessage.Ack(long _, List<ControlMessage.Exposed> at) -> {
        for (ControlMessage.Exposed each : at) {
          refused.remove(each.service());
          List<String> before = exposed.put(each.service(), each.at());
          if (!each.at().equals(before)) news.exposed(each.service(), each.at());
        }
        if (refused.isEmpty()) asking.reset();
      }
      case ControlMessage.Refusal refusal -> {
        String service = refusal.service().orElse("");
        exposed.remove(service);
        String before = refused.put(service, refusal.code() + ": " + refusal.text());
        if (before == null) {
          log.atWarn()
              .addKeyValue("service", service)
              .addKeyValue("code", refusal.code())
              .addKeyValue("text", refusal.text())
              .log("tunnel server refused");
          news.refused(service, refusal.code(), refusal.text());
        }
        if (!service.isEmpty() && askingAgain == null && !closed) {
          long wait = asking.next(randomness.generator()).toNanos();
          askingAgain = home.schedule(this::askAgain, wait, TimeUnit.NANOSECONDS);
        }
      }
      default -> {} // not for agents
    }
    publish();
  }

  /** The carrier goes, in its time; its successor comes first. */
  private void replace(Place place) {
    AgentCarrier old = place.carrier;
    rest(place);
    if (old != null) old.leave();
    if (!closed && place.timer == null) {
      Duration wait = place.backoff.successor(clock.nanos(), randomness.generator());
      if (wait.isZero()) dial(place);
      else dialIn(place, wait);
    }
    publish();
  }

  private void ended(Place place, String why) {
    boolean wasReady = place.ready;
    rest(place);
    if (!wasReady) nextServer++;
    latest = why;
    if (closed) {
      publish();
      return;
    }
    dialIn(place, place.backoff.next(randomness.generator()));
    if (wasReady && anyReady() == null) {
      log.atWarn().addKeyValue("why", why).log("tunnel lost");
      news.connected(false);
    } else {
      log.atDebug().addKeyValue("why", why).log("carrier ended");
    }
    publish();
  }

  /** It has no carrier any more; one that held for long was a good one. */
  private void rest(Place place) {
    if (place.ready && clock.nanos() - place.readySinceNanos >= Backoff.STABLE.toNanos()) {
      place.backoff.reset();
    }
    place.carrier = null;
    place.ready = false;
  }

  private void dialIn(Place place, Duration wait) {
    place.timer = home.schedule(() -> dial(place), wait.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Carriers by which each server that is reached is told once, and in order. */
  private Collection<AgentCarrier> oneOfEachServer() {
    Map<String, AgentCarrier> byServer = new LinkedHashMap<>();
    for (Place place : places) {
      AgentCarrier carrier = place.carrier;
      if (place.ready && carrier != null) byServer.putIfAbsent(carrier.server(), carrier);
    }
    return byServer.values();
  }

  private @Nullable AgentCarrier anyReady() {
    for (Place place : places) {
      if (place.ready && place.carrier != null) return place.carrier;
    }
    return null;
  }

  private void publish() {
    AgentCarrier carrier = anyReady();
    int carriers = (int) places.stream().filter(place -> place.ready).count();
    status =
        new Status(
            settings.name(),
            carrier != null,
            carriers,
            carrier == null ? "" : carrier.server(),
            carrier == null ? 0 : carrier.rttNanos(),
            carrier == null ? Map.of() : exposed,
            refused,
            latest);
    awaited.removeIf(each -> each.seen(carrier != null, exposed.keySet(), refused));
  }
}
