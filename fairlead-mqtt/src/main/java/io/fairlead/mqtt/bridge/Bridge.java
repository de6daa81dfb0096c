package io.fairlead.mqtt.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Timers;
import io.fairlead.mqtt.BridgeConfig;
import io.fairlead.mqtt.MqttClient;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Packet.ConnAck;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.delivery.BrokerCore;
import io.fairlead.mqtt.delivery.LocalLine;
import io.fairlead.mqtt.delivery.Shard;
import io.fairlead.mqtt.session.Session;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One bridge, as long as its configuration stays the same.
 *
 * <pre>
 * PREPARING  --session here has its subscriptions-->  CONNECTING
 * CONNECTING --CONNACK of the other broker-->         JOINING
 * JOINING    --session here is attached-->            UP        (state topic: 1)
 * any        --something failed-->                    WAITING   (state topic: 0)
 * WAITING    --back-off over-->                       PREPARING or CONNECTING
 * any        --stop-->                                STOPPED
 * </pre>
 *
 * The other broker is asked first, so that nothing is taken out of the queue for nobody. On the
 * thread of its session's shard, but for {@link #report}, {@link #start} and {@link #stop}.
 */
public final class Bridge {
  private enum State {
    PREPARING,
    CONNECTING,
    JOINING,
    UP,
    WAITING,
    STOPPED
  }

  private static final String ECHOES =
      "the other broker would send back what comes from here, and version 3.1.1 cannot ask it not"
          + " to; give topics that leave and topics that come in different remote_prefix, or write"
          + " version: \"5.0\"";
  private static final Duration PAUSE = Duration.ofMillis(10);
  private static final int EARLY_MAX = 10_000;
  private static final int FULL_MAX = 10;

  private final BrokerCore core;
  private final BridgeConfig config;
  private volatile RemoteLink.Dials dials;
  private final String clientId;
  private final Randomness randomness;
  private final Trail trail;
  private final BridgeMeters meters;
  private final TopicMap topics;
  private final Set<String> forgotten;
  private final Retry retry;
  private final BridgeNews news;
  private final String localId;

  private volatile State state = State.STOPPED;
  private volatile Instant since;
  private volatile String trouble = "";
  private volatile URI address;
  private volatile @Nullable Session session;

  private @Nullable Shard shard;
  private @Nullable LocalLine here;
  private @Nullable RemoteLink there;
  private @Nullable Crossing crossing;
  private final List<Packet> early = new ArrayList<>(); // between CONNACK and our session
  private Timers.@Nullable Handle timer;
  private Timers.@Nullable Handle beat;
  private LocalLine.@Nullable Peer peer; // of this moment; earlier ones are not heard
  private RemoteLink.@Nullable Listener listener; // likewise
  private boolean cleaned; // the other broker was asked to forget its session
  private boolean fresh; // the session here began with this bridge
  private boolean asked; // the other broker has our subscriptions
  private boolean owesRetained = true;
  private boolean announced;
  private boolean heard;
  private boolean silent;
  private int full;

  /**
   * @param clientId at the other broker
   * @param brokerId of this broker, unlike any other's
   * @param forgotten filters that an earlier configuration asked the other broker for
   */
  Bridge(
      BrokerCore core,
      BridgeConfig config,
      RemoteLink.Dials dials,
      String clientId,
      String brokerId,
      BridgeMeters meters,
      Randomness randomness,
      Set<String> forgotten) {
    this.core = core;
    this.config = config;
    this.dials = dials;
    this.clientId = clientId;
    this.randomness = randomness;
    this.trail = new Trail(brokerId);
    this.meters = meters;
    this.topics = TopicMap.of(config.topics());
    this.forgotten = Set.copyOf(forgotten);
    this.news = new BridgeNews(core, config.name());
    this.retry = new Retry(config.addresses().size(), config.backoffMin(), config.backoffMax());
    this.localId = localId(config.name());
    this.announced = config.announce() && !config.version().rich();
    this.since = core.clock().wall();
    this.address = config.addresses().getFirst();
  }

  /** The client id of a bridge in its own broker. */
  static String localId(String name) {
    return LocalLine.ID_PREFIX + "bridge/" + name;
  }

  /** Certificates may have been read anew: later connections go by these. Any thread. */
  void dialBy(RemoteLink.Dials next) {
    dials = next;
  }

  BridgeConfig config() {
    return config;
  }

  /** Filters that the other broker was or will be asked for. */
  Set<String> filters() {
    return topics.coming().stream()
        .map(BridgeConfig.Topic::remote)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Any thread; once, or after {@link #stop}. */
  void start() {
    Shard home =
        core.homeOf(localId, core.shard(Math.floorMod(localId.hashCode(), core.shards().size())));
    home.executor()
        .execute(
            () -> {
              if (state != State.STOPPED) return;
              shard = home;
              news.begins(home);
              prepare();
            });
  }

  /**
   * Leaves both brokers; what waits keeps waiting. Any thread.
   *
   * @param forGood its session here ends, with all that waits
   * @return completes when nothing crosses any more
   */
  CompletableFuture<Void> stop(boolean forGood) {
    Shard home = core.find(localId).orElse(core.shard(0));
    return CompletableFuture.runAsync(() -> stopNow(forGood), home.executor());
  }

  private void stopNow(boolean forGood) {
    Shard home = shard;
    if (home == null) return;
    boolean wasUp = state == State.UP;
    become(State.STOPPED);
    disconnect(true);
    if (wasUp) news.wentDown(address, "stopped", home);
    Session mine = session;
    if (forGood && mine != null && !mine.over()) {
      mine.end();
      session = null;
    }
  }

  /** Any thread. */
  BridgeReport report() {
    Session mine = session;
    return new BridgeReport(
        config.name(),
        switch (state) {
          case UP -> "up";
          case PREPARING, CONNECTING, JOINING -> "connecting";
          case WAITING -> "waiting";
          case STOPPED -> "stopped";
        },
        address.toString(),
        config.version().word(),
        since,
        trouble,
        mine == null ? 0 : mine.queued(),
        mine == null ? 0 : mine.inflight(),
        meters.sent(),
        meters.taken(),
        meters.lost());
  }

  /** Whether messages cross now. Any thread. */
  boolean up() {
    return state == State.UP;
  }

  // ---- the session here, so that what is published from now on waits for the other broker

  private void prepare() {
    become(State.PREPARING);
    enter(65_535, new Preparing());
  }

  private void enter(int window, LocalLine.Peer next) {
    Properties wishes =
        Properties.of()
            .with(PropertyId.SESSION_EXPIRY, 0xffff_ffffL)
            .with(PropertyId.RECEIVE_MAXIMUM, window)
            .build();
    Packet.Connect connect =
        new Packet.Connect(
            MqttVersion.V5, false, 0, localId, Optional.empty(), Optional.empty(), null, wishes);
    MqttClient client = LocalLine.client(localId, localId, "bridge");
    Optional<MqttClient> user =
        config.localUser().map(name -> LocalLine.client(localId, name, "bridge"));
    peer = next;
    here = LocalLine.open(home(), client, connect, next, user);
  }

  /** It subscribes and leaves at once: what waits for it is then kept as for one that is away. */
  private final class Preparing implements LocalLine.Peer {
    @Override
    public void packet(Packet packet) {
      LocalLine line = here;
      if (peer != this || line == null) return;
      switch (packet) {
        case ConnAck answer when answer.reason().error() ->
            fail("this broker does not let it in: " + answer.reason().word());
        case ConnAck answer -> {
          session = line.session().orElse(null);
          fresh |= !answer.sessionPresent();
          if (!Wishes.here(line, topics, false)) line.leave();
        }
        case Packet.SubAck answer -> {
          granted(answer.reasons());
          line.leave();
        }
        default -> {}
      }
    }

    @Override
    public boolean ready() {
      return false;
    }

    @Override
    public void closed() {
      if (peer != this) return;
      peer = null;
      here = null;
      connect();
    }
  }

  private void granted(List<ReasonCode> reasons) {
    for (ReasonCode each : reasons) {
      if (each.error()) trouble = "this broker refused a subscription: " + each.word();
    }
  }

  // ---- the other broker

  private void connect() {
    become(State.CONNECTING);
    URI to = config.addresses().get(retry.address());
    address = to;
    Remote mine = new Remote();
    listener = mine;
    var _ = // both outcomes are looked at
        dials
            .dial(home(), to, config.version(), announced, config.connectTimeout(), mine)
            .whenComplete(
                (link, failure) -> {
                  if (link == null) {
                    if (listener == mine) fail(failure == null ? "no connection" : words(failure));
                  } else if (listener != mine) {
                    link.close();
                  } else {
                    greet(link, mine);
                  }
                });
  }

  private static String words(Throwable failure) {
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    return String.valueOf(cause.getMessage());
  }

  private void greet(RemoteLink link, Remote mine) {
    there = link;
    Properties wishes =
        config.version().rich()
            ? Properties.of()
                .with(PropertyId.SESSION_EXPIRY, 0xffff_ffffL)
                .with(PropertyId.RECEIVE_MAXIMUM, Crossing.WINDOW)
                .build()
            : Properties.EMPTY;
    // Ids that the other broker remembers of a session that is gone here would swallow messages.
    boolean clean = fresh && topics.leaving().stream().anyMatch(each -> each.qos() == 2);
    cleaned = clean;
    link.send(
        new Packet.Connect(
            config.version(),
            clean,
            (int) Math.min(65_535, config.keepAlive().toSeconds()),
            clientId,
            Optional.empty(),
            config.user(),
            config.password().map(each -> each.reveal().getBytes(UTF_8)).orElse(null),
            wishes));
    timer =
        home()
            .timers()
            .after(
                config.connectTimeout(),
                () -> {
                  if (listener == mine && state == State.CONNECTING) fail("no answer to CONNECT");
                });
  }

  private final class Remote implements RemoteLink.Listener {
    @Override
    public void packet(Packet packet) {
      if (listener != this) return;
      heard = true;
      Crossing now = crossing;
      switch (packet) {
        case ConnAck answer -> welcomed(answer);
        case Packet.SubAck answer -> subscribed(answer);
        case Packet.Disconnect end ->
            fail("the other broker ended the connection: " + end.reason().word());
        default -> {
          if (now == null) {
            tooEarly(packet);
          } else {
            now.fromThere(packet);
            slowDown(now);
          }
        }
      }
    }

    @Override
    public void writable() {
      LocalLine line = here;
      if (listener == this && line != null && state == State.UP) line.onWritable();
    }

    @Override
    public void closed(String why) {
      if (listener != this) return;
      // A broker that does not know the announcement may have no better way to say so.
      if (state == State.CONNECTING) announced = false;
      fail(why.isEmpty() ? "the other broker closed the connection" : why);
    }
  }

  /** What waits for us there follows CONNACK at once, and our session is not ready yet. */
  private void tooEarly(Packet packet) {
    RemoteLink link = there;
    if (state != State.JOINING || link == null) return;
    early.add(packet);
    link.pause(PAUSE);
    if (early.size() > EARLY_MAX) fail("its session here is not ready in time");
  }

  private void welcomed(ConnAck answer) {
    RemoteLink link = there;
    if (state != State.CONNECTING || link == null) return;
    if (answer.reason().error()) {
      if (answer.reason() == ReasonCode.UNSUPPORTED_PROTOCOL_VERSION) announced = false;
      fail("the other broker does not let it in: " + answer.reason().word());
      return;
    }
    boolean returned = !config.version().rich() && !announced && topics.echoes();
    if (returned) {
      announced = config.announce();
      fail(ECHOES);
      return;
    }
    if (cleaned && !config.version().rich()) {
      // Such a session ends with its connection: the next one is to last.
      fresh = false;
      disconnect(true);
      connect();
      return;
    }
    become(State.JOINING);
    int most = config.version().rich() ? 65_535 : core.config().session().v3Inflight();
    int window = (int) answer.properties().number(PropertyId.RECEIVE_MAXIMUM, most);
    enter(window, new Joined(link, answer));
  }

  private final class Joined implements LocalLine.Peer {
    private final RemoteLink link;
    private final ConnAck welcome;

    Joined(RemoteLink link, ConnAck welcome) {
      this.link = link;
      this.welcome = welcome;
    }

    @Override
    public void packet(Packet packet) {
      LocalLine line = here;
      if (peer != this || line == null) return;
      switch (packet) {
        case ConnAck answer when answer.reason().error() ->
            fail("this broker does not let it in: " + answer.reason().word());
        case ConnAck answer -> joined(line, link, welcome, answer);
        case Packet.SubAck answer -> granted(answer.reasons());
        case Packet.Disconnect end -> fail("this broker ended it: " + end.reason().word());
        default -> {
          Crossing now = crossing;
          if (now != null) now.fromHere(packet);
        }
      }
    }

    @Override
    public boolean ready() {
      return peer == this && crossing != null && link.writable();
    }

    @Override
    public void closed() {
      if (peer == this) fail("its session here ended");
    }
  }

  private void joined(LocalLine line, RemoteLink link, ConnAck welcome, ConnAck answer) {
    Session mine = line.session().orElseThrow();
    session = mine;
    if (!welcome.sessionPresent()) {
      mine.forgetInbound();
      asked = false;
      owesRetained = true;
    }
    fresh = !answer.sessionPresent() && welcome.sessionPresent();
    Crossing.Terms terms = Crossing.Terms.of(config.version(), welcome);
    Crossing made = new Crossing(line, link, terms, topics, trail, meters, new Course());
    crossing = made;
    become(State.UP);
    trouble = "";
    news.cameUp(address, home());
    if (!asked) Wishes.there(link, topics, config.version().rich(), forgotten);
    var _ = Wishes.here(line, topics, owesRetained);
    heard = true;
    beat(link);
    List<Packet> waited = List.copyOf(early);
    early.clear();
    for (Packet each : waited) {
      if (crossing == made) made.fromThere(each);
    }
    line.onWritable();
  }

  private void subscribed(Packet.SubAck answer) {
    Optional<String> refused = Wishes.refused(answer, topics);
    asked = refused.isEmpty();
    refused.ifPresent(why -> trouble = why);
  }

  /** How it goes while it is up. */
  private final class Course implements Crossing.Verdict {
    @Override
    public void full(String who) {
      if (++full > FULL_MAX) return;
      fail(who + " cannot keep messages now (0x97)");
    }

    @Override
    public boolean patient() {
      return full <= FULL_MAX;
    }

    @Override
    public void moved() {
      retry.good();
      full = 0;
      Session mine = session;
      if (owesRetained && mine != null && mine.queued() == 0 && mine.inflight() == 0) {
        owesRetained = false;
      }
    }
  }

  private void slowDown(Crossing now) {
    Shard home = home();
    Session mine = session;
    boolean slowed = mine != null && mine.takeSlowed();
    RemoteLink link = there;
    if (link == null) return;
    boolean crowded = home.congested() || core.store().congested();
    if (slowed || crowded || now.congested()) link.pause(PAUSE);
  }

  /** Asks whether the other broker is there; two beats without a word are too many. */
  private void beat(RemoteLink link) {
    beat =
        home()
            .timers()
            .after(
                config.keepAlive().dividedBy(2),
                () -> {
                  if (there != link || state != State.UP) return;
                  if (!heard) {
                    if (silent) {
                      fail("the other broker is silent");
                      return;
                    }
                    silent = true;
                  } else {
                    silent = false;
                  }
                  heard = false;
                  link.send(Packet.PingReq.INSTANCE);
                  beat(link);
                });
  }

  // ---- the end of an attempt

  private void fail(String why) {
    if (state == State.STOPPED) return;
    boolean wasUp = state == State.UP;
    if (wasUp) meters.cut();
    else meters.failed();
    disconnect(false);
    trouble = address + ": " + why;
    become(State.WAITING);
    if (wasUp) news.wentDown(address, why, home());
    Duration wait = retry.failed(randomness.generator());
    timer = home().timers().after(wait, this::again);
  }

  private void again() {
    Session mine = session;
    if (mine == null || mine.over()) prepare();
    else connect();
  }

  private void disconnect(boolean politely) {
    if (timer != null) timer.cancel();
    if (beat != null) beat.cancel();
    listener = null;
    peer = null;
    crossing = null;
    early.clear();
    silent = false;
    RemoteLink link = there;
    there = null;
    if (link != null) {
      if (politely) link.send(new Packet.Disconnect(ReasonCode.SUCCESS, Properties.EMPTY));
      link.close();
    }
    LocalLine line = here;
    here = null;
    if (line != null) line.leave();
  }

  private void become(State next) {
    state = next;
    since = core.clock().wall();
  }

  private Shard home() {
    Shard mine = shard;
    if (mine == null) throw new IllegalStateException("bridge " + config.name() + " not started");
    return mine;
  }
}
