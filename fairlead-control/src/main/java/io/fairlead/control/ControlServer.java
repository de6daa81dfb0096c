package io.fairlead.control;

import io.fairlead.control.access.AccessPolicy;
import io.fairlead.control.access.AttemptThrottle;
import io.fairlead.control.access.ControlToken;
import io.fairlead.control.access.Gatekeeper;
import io.fairlead.control.access.NamedToken;
import io.fairlead.control.access.PeerProof;
import io.fairlead.control.access.Sessions;
import io.fairlead.control.api.GatewayControl;
import io.fairlead.control.dashboard.Dashboard;
import io.fairlead.control.dashboard.DashboardConfig;
import io.fairlead.control.http.ControlLimits;
import io.fairlead.control.http.Endpoints;
import io.fairlead.control.http.MetricsPage;
import io.fairlead.control.http.ResourceArea;
import io.fairlead.control.http.Router;
import io.fairlead.control.http.SeriesArea;
import io.fairlead.control.http.SignIn;
import io.fairlead.control.netty.BoundDoor;
import io.fairlead.control.netty.ControlDoors;
import io.fairlead.control.netty.ControlHandler;
import io.fairlead.control.series.MetricSeries;
import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Problem;
import io.fairlead.core.config.Reloadable;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Secret;
import io.fairlead.core.watch.WatchValue;
import io.fairlead.net.NetCodes;
import io.fairlead.net.auth.AuthThrottle;
import io.fairlead.net.auth.UsersAuthenticator;
import io.fairlead.net.auth.UsersFile;
import io.fairlead.net.http.HttpEdge;
import io.fairlead.net.listen.InheritedSockets;
import io.fairlead.net.listen.PassedSocket;
import io.fairlead.net.live.ConnectionRegistry;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.TransportKind;
import io.fairlead.net.tls.ServerTls;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the control API on a unix socket and a TCP port. Life cycle and reloads belong to one
 * owner; {@link #addresses} may be read from any thread.
 *
 * <p>A reload keeps each door whose place did not change, with the connections it has; the rules of
 * access follow the newest configuration with the next request.
 */
public final class ControlServer implements Service, Reloadable<ControlServer.Settings> {
  private static final Logger log = LoggerFactory.getLogger(ControlServer.class);
  private static final int LOGIN_FAILURES_PER_SOURCE = 5;
  private static final int LOGIN_FAILURES = 20;

  private static final Duration SAMPLED_EVERY = Duration.ofSeconds(1);

  /** Whoever connected to the unix socket before another process took its name is let in. */
  private static final Duration LAST_CALLERS = Duration.ofMillis(200);

  /**
   * What it is configured to be.
   *
   * @param tls with the certificate that {@link ControlConfig#tls} names
   */
  public record Settings(ControlConfig config, Optional<Securing> tls) {
    /** Gets TLS ready, and hears whether it came to use. */
    public interface Securing {
      /**
       * @throws ConfigException its certificate cannot be had
       */
      ServerTls ready() throws ConfigException;

      /** This is what the doors show from now on. */
      void shown(ServerTls tls);
    }
  }

  /**
   * What stands behind it.
   *
   * @param gateway may still be starting when requests come
   * @param areas resources of features
   * @param audit gets every change, and every login
   */
  public record Behind(GatewayControl gateway, List<ResourceArea> areas, AuditTrail audit) {
    public Behind {
      areas = List.copyOf(areas);
    }
  }

  private final EventLoops loops;
  private final ExecutorService workers;
  private final ControlToken token;
  private final WatchValue<AccessPolicy> policy;
  private final WatchValue<ControlLimits> limits;
  private final WatchValue<DashboardConfig> dashboard;
  private final Router router;
  private final ControlDoors doors;
  private final OptionalInt ownUid = PeerProof.ownUid();
  private final Clock clock;
  private final Sessions sessions;
  private final MetricSeries series;
  private final UsersAuthenticator users;

  private Settings settings;
  private UsersFile accounts = UsersFile.empty();
  private InheritedSockets inherited = new InheritedSockets();
  private boolean besideAnother;
  private volatile Open open = new Open(List.of(), Optional.empty());

  /** What is bound now: the TCP doors, and the unix one. */
  private record Open(List<Placed<InetSocketAddress>> tcp, Optional<Placed<Path>> unix) {}

  /** A door, and the place configured for it. */
  private record Placed<P>(P place, BoundDoor door) {}

  /**
   * @param settings what to serve from {@link #start} on
   * @param registry everything {@code /metrics} shows
   */
  public ControlServer(
      Settings settings,
      ControlToken token,
      Behind behind,
      HttpEdge edge,
      PrometheusMeterRegistry registry,
      Clock clock) {
    Meters meters = new Meters(registry);
    this.settings = settings;
    this.token = token;
    this.clock = clock;
    this.series = new MetricSeries(registry, clock);
    this.sessions = new Sessions(clock, Randomness.system());
    this.users = new UsersAuthenticator(accounts, clock, meters, new AuthThrottle(clock, meters));
    meters.gauge("control.sessions", "Logins that have not ended.", sessions::size);
    this.loops = EventLoops.create(1, TransportKind.AUTO, "control", clock);
    this.workers =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("control-", 0).factory());
    this.policy = new WatchValue<>(policyOf(settings.config()));
    this.limits = new WatchValue<>(settings.config().limits());
    this.dashboard = new WatchValue<>(settings.config().dashboard());
    AttemptThrottle logins = new AttemptThrottle(clock, LOGIN_FAILURES_PER_SOURCE, LOGIN_FAILURES);
    List<ResourceArea> areas = new ArrayList<>(behind.areas());
    areas.add(new SignIn(users, sessions, logins, policy, behind.audit()));
    areas.add(new Dashboard(dashboard));
    areas.add(new SeriesArea(series));
    router = new Endpoints(behind.gateway(), new MetricsPage(registry), clock, areas).router();
    ControlHandler handler =
        new ControlHandler(
            router,
            new Gatekeeper(policy, PeerProof.ofThisMachine(), clock),
            behind.gateway(),
            behind.audit(),
            workers,
            limits,
            meters);
    // A registry of its own, with meters nobody sees: control connections are neither traffic to
    // count nor work that a revocation may cut.
    ConnectionRegistry guests =
        new ConnectionRegistry(clock, new Meters(new SimpleMeterRegistry()));
    this.doors = new ControlDoors(loops, guests, edge, handler, limits, meters);
  }

  @Override
  public String name() {
    return "control";
  }

  /**
   * Begins beside a process that still serves: takes its TCP doors from what it passed, and binds
   * the unix door under a name of its own until {@link #settle}. Before {@link #start}.
   */
  public void beginBeside(InheritedSockets passed) {
    inherited = passed;
    besideAnother = true;
  }

  /** The other process is out: the unix door gets its name. */
  public void settle() {
    besideAnother = false;
    if (open.unix().isEmpty()) return;
    Placed<Path> unix = open.unix().get();
    try {
      doors.settle(unix.door(), unix.place());
    } catch (IOException failure) {
      log.atError()
          .addKeyValue("path", unix.place())
          .setCause(failure)
          .log("control socket could not be put in its place");
    }
  }

  /** The TCP doors, for another process to go on with. */
  public List<PassedSocket> export() {
    return open.tcp().stream()
        .map(one -> new PassedSocket(passedName(one.place()), one.door().descriptor()))
        .toList();
  }

  /**
   * Closes every door, leaving their addresses to another process, and waits some seconds at most
   * until every request under way has its answer.
   */
  public void letGo() {
    Open before = open;
    open = new Open(List.of(), Optional.empty());
    List<Future<?>> closing = new ArrayList<>();
    before.tcp().forEach(one -> closing.add(one.door().letGo(Duration.ZERO)));
    before.unix().ifPresent(one -> closing.add(one.door().letGo(LAST_CALLERS)));
    closing.forEach(Future::awaitUninterruptibly);
    doors(before).forEach(BoundDoor::awaitGuests);
  }

  private static String passedName(InetSocketAddress place) {
    return "control " + place.getAddress().getHostAddress() + " " + place.getPort();
  }

  @Override
  public void start() throws StartException {
    try {
      Secrets secrets = read(settings);
      accounts = secrets.accounts();
      users.swap(accounts);
      secure(settings, secrets);
      open = bind(settings.config(), new Open(List.of(), Optional.empty()), new ArrayList<>());
    } catch (ConfigException refused) {
      throw new StartException(
          StartException.Reason.OTHER, "control: " + refused.getMessage(), refused);
    } catch (BindFailure failure) {
      boolean taken = failure.cause instanceof BindException;
      throw new StartException(
          taken ? StartException.Reason.ADDRESS_IN_USE : StartException.Reason.RESOURCE,
          failure.problem().message() + "; " + failure.problem().hint(),
          failure.cause);
    }
    doors(open).forEach(BoundDoor::open);
    remember();
  }

  /** Samples once a second until the loop ends; what a gauge asks may block, so not on the loop. */
  private void remember() {
    try {
      workers.execute(series::sample);
      var _ = loops.timers(loops.next()).after(SAMPLED_EVERY, this::remember);
    } catch (RejectedExecutionException closing) {
      // Nobody is left to look at it.
    }
  }

  @Override
  public Prepared prepare(Settings next) throws ConfigException {
    Secrets secrets = read(next);
    List<BoundDoor> opened = new ArrayList<>();
    Open before = open;
    Open after;
    try {
      after = bind(next.config(), before, opened);
    } catch (BindFailure failure) {
      throw new ConfigException(failure.problem());
    }
    return new Prepared() {
      @Override
      public void commit() {
        settings = next;
        users.swap(secrets.accounts());
        endSessions(accounts, secrets.accounts());
        accounts = secrets.accounts();
        endSessions(policy.current().rules().tokens(), next.config().rules().tokens());
        policy.set(policyOf(next.config()));
        limits.set(next.config().limits());
        dashboard.set(next.config().dashboard());
        secure(next, secrets);
        open = after;
        opened.forEach(BoundDoor::open);
        List<BoundDoor> kept = doors(after);
        for (BoundDoor door : doors(before)) {
          if (!kept.contains(door)) door.retire();
        }
      }

      @Override
      public void discard() {
        opened.forEach(BoundDoor::close);
      }
    };
  }

  /** Where it is bound, port 0 resolved; TCP first. */
  public List<SocketAddress> addresses() {
    return doors(open).stream().map(BoundDoor::address).toList();
  }

  /** Nothing to wait for: while everything else drains, this shows how. */
  @Override
  public void drain(Deadline deadline) {}

  @Override
  public void close() {
    doors(open).forEach(BoundDoor::close);
    open = new Open(List.of(), Optional.empty());
    loops.close();
    workers.shutdownNow();
    users.close();
  }

  /** Every route there is, e.g. to prove of each that it is guarded. */
  public Router router() {
    return router;
  }

  /** What the configuration names and does not hold. */
  private record Secrets(UsersFile accounts, Optional<ServerTls> tls) {}

  private void secure(Settings now, Secrets secrets) {
    doors.secure(secrets.tls());
    now.tls().ifPresent(securing -> secrets.tls().ifPresent(securing::shown));
  }

  private Secrets read(Settings from) throws ConfigException {
    Map<String, UsersFile> sources = new LinkedHashMap<>();
    int index = 0;
    for (ControlConfig.User user : from.config().users()) {
      String path = "/control/users/" + index++ + "/password_file";
      UsersFile file = UsersFile.read(user.passwordFile(), path);
      if (!file.names().contains(user.name())) {
        throw new ConfigException(
            Problem.error(
                NetCodes.BAD_ACCOUNT.id(),
                path,
                Problem.Place.NOWHERE,
                user.passwordFile() + ": has no account `" + user.name() + "`",
                "add a line " + user.name() + ":HASH"));
      }
      sources.put(user.name(), file);
    }
    if (from.tls().isEmpty()) return new Secrets(UsersFile.chosen(sources), Optional.empty());
    return new Secrets(UsersFile.chosen(sources), Optional.of(from.tls().get().ready()));
  }

  /** Of users who left or got another password. */
  private void endSessions(UsersFile before, UsersFile after) {
    Map<String, Secret> kept = after.verifiers();
    before
        .verifiers()
        .forEach(
            (user, verifier) -> {
              if (!Optional.ofNullable(kept.get(user)).equals(Optional.of(verifier))) {
                sessions.closeAll(user);
              }
            });
  }

  /** Of tokens that left or are another now. */
  private void endSessions(List<NamedToken> before, List<NamedToken> after) {
    for (NamedToken token : before) {
      if (!after.contains(token)) sessions.closeAll(AccessPolicy.holderOf(token));
    }
  }

  /** Binds what {@code next} wants and {@code before} does not have; all or nothing. */
  private Open bind(ControlConfig next, Open before, List<BoundDoor> opened) throws BindFailure {
    List<Placed<InetSocketAddress>> tcp = new ArrayList<>();
    Optional<Placed<Path>> unix = Optional.empty();
    try {
      for (InetSocketAddress place : next.tcpPlaces()) {
        Optional<Placed<InetSocketAddress>> kept =
            before.tcp().stream().filter(one -> one.place().equals(place)).findFirst();
        if (kept.isPresent()) {
          tcp.add(kept.get());
          continue;
        }
        try {
          OptionalInt passed = inherited.take(passedName(place));
          BoundDoor door = passed.isPresent() ? doors.adopt(passed.getAsInt()) : doors.bind(place);
          opened.add(door);
          tcp.add(new Placed<>(place, door));
        } catch (IOException failure) {
          throw new BindFailure("/control/listen", place.toString(), failure);
        }
      }
      Optional<Path> wanted = next.unixPlace();
      if (wanted.isPresent()) {
        Path place = wanted.get();
        unix = before.unix().filter(one -> one.place().equals(place));
        if (unix.isEmpty()) {
          try {
            BoundDoor door = besideAnother ? doors.bindBeside(place) : doors.bind(place);
            opened.add(door);
            unix = Optional.of(new Placed<>(place, door));
          } catch (IOException failure) {
            throw new BindFailure("/control/socket", place.toString(), failure);
          }
        }
      }
    } catch (BindFailure failure) {
      opened.forEach(BoundDoor::close);
      throw failure;
    }
    return new Open(List.copyOf(tcp), unix);
  }

  private AccessPolicy policyOf(ControlConfig config) {
    return new AccessPolicy(ownUid, token, config.rules(), sessions);
  }

  private static List<BoundDoor> doors(Open open) {
    List<BoundDoor> all = new ArrayList<>();
    open.tcp().forEach(one -> all.add(one.door()));
    open.unix().ifPresent(one -> all.add(one.door()));
    return all;
  }

  /** A door could not be had. */
  private static final class BindFailure extends Exception {
    private static final long serialVersionUID = 1;

    private final String path;
    private final String place;
    private final IOException cause;

    BindFailure(String path, String place, IOException cause) {
      super(cause);
      this.path = path;
      this.place = place;
      this.cause = cause;
    }

    Problem problem() {
      return Problem.error(
          NetCodes.ADDRESS_IN_USE.id(),
          path,
          Problem.Place.NOWHERE,
          "cannot bind " + place + ": " + cause.getMessage(),
          "stop what uses it, or change " + path.substring(1).replace('/', '.'));
    }
  }
}
