package io.fairlead.net.certs;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.file.FolderWatch;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.net.acme.AcmeClient;
import io.fairlead.net.acme.AcmeFailure;
import io.fairlead.net.acme.AcmeSettings;
import io.fairlead.net.acme.HttpChallenges;
import io.fairlead.net.acme.Renewal;
import io.fairlead.net.tls.CertifiedKey;
import io.fairlead.net.tls.ServedCert;
import io.fairlead.net.tls.ServerTls;
import io.fairlead.net.tls.TicketKeys;
import io.fairlead.net.tls.TlsShared;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps every certificate of the configuration fresh, and puts each next one where listeners find
 * it, without a reload. A thread of its own looks when files change and every half minute; orders
 * run beside it, one at a time. Thread-safe.
 */
public final class CertKeeper implements Service {
  private static final Logger log = LoggerFactory.getLogger(CertKeeper.class);

  /** Clocks jump and folders of some file systems tell nothing: looking is cheap. */
  private static final Duration LOOK_EVERY = Duration.ofSeconds(30);

  private static final Duration WINDOW_EVERY = Duration.ofHours(12);
  private static final Object WAKE = new Object();

  /**
   * What it works with.
   *
   * @param stateDir holds the internal authority, accounts and certificates of ACME servers
   */
  public record Surroundings(Path stateDir, TlsShared shared, HttpChallenges http) {}

  /** What became of an operator's wish. */
  public enum Renewed {
    NO_SUCH,
    /** Read or issued again. */
    DONE,
    /** Not possible now; the report says why. */
    FAILED,
    /** An order was begun. */
    ORDERED
  }

  private final Surroundings around;
  private final CertNews news;
  private final Clock clock;
  private final Randomness randomness;
  private final BlockingQueue<Object> wakes = new ArrayBlockingQueue<>(1); // one says it all
  private final Object lock = new Object();
  private final Map<String, CertSlot> slots = new LinkedHashMap<>(); // guarded by lock
  private final Map<String, CertSlot> drafts = new LinkedHashMap<>(); // guarded by lock
  private final Map<String, List<ServerTls>> live = new LinkedHashMap<>(); // guarded by lock
  private @Nullable InternalCa authority; // guarded by lock
  private @Nullable Thread order; // guarded by lock
  private TicketSettings tickets = TicketSettings.DEFAULTS; // guarded by lock
  private String ticketsError = ""; // guarded by lock
  private long ticketsRotatedNanos; // guarded by lock
  private volatile boolean closed;
  private volatile @Nullable FolderWatch watch;
  private volatile @Nullable Thread keeping;

  public CertKeeper(
      Surroundings around, EventBus events, Meters meters, Clock clock, Randomness randomness) {
    this.around = around;
    this.news = new CertNews(events, meters, clock);
    this.clock = clock;
    this.randomness = randomness;
    this.ticketsRotatedNanos = clock.nanos();
  }

  @Override
  public String name() {
    return "certs";
  }

  /** Of all listeners. */
  public TlsShared shared() {
    return around.shared();
  }

  /**
   * The place of a certificate, with the newest there is in it. Files are read, an internal
   * certificate is issued; one from an ACME server may still be missing, nobody waits for it.
   *
   * @throws ConfigException there is none to begin with
   */
  public ServedCert open(String id, CertSource source) throws ConfigException {
    synchronized (lock) {
      CertSlot known = slots.get(id);
      if (known != null && known.source.equals(source)) {
        if (source instanceof CertSource.Files files) {
          take(known, CertifiedKey.read(files.cert(), files.key(), clock.wall(), path(id)));
        }
        return known.place;
      }
      CertSlot drafted = drafts.get(id);
      if (drafted != null && drafted.source.equals(source)) return drafted.place;
      CertSlot slot = new CertSlot(id, source, begin(id, source));
      slot.chance = randomness.generator().nextDouble();
      if (source instanceof CertSource.Acme) {
        files(id)
            .attempts()
            .ifPresent(
                last -> {
                  slot.failures = last.failures();
                  slot.notBefore = Optional.of(last.notBefore());
                });
      }
      drafts.put(id, slot); // until keep says what stays
      return slot.place;
    }
  }

  /** The same for a trial: reads, and leaves no trace. */
  public ServedCert tryOut(String id, CertSource source) throws ConfigException {
    return source instanceof CertSource.Files files
        ? ServedCert.holding(
            id, CertifiedKey.read(files.cert(), files.key(), clock.wall(), path(id)))
        : ServedCert.awaiting(id, source.hosts());
  }

  /** These are the certificates from now on; others are forgotten. */
  public void keep(Map<String, CertSource> sources) {
    synchronized (lock) {
      Map<String, CertSlot> next = new LinkedHashMap<>();
      for (CertSlot slot : drafts.values()) keep(slot, sources, next);
      for (CertSlot slot : slots.values()) keep(slot, sources, next);
      for (CertSlot gone : slots.values()) {
        if (!next.containsKey(gone.id)) news.hide(gone);
      }
      drafts.clear();
      slots.clear();
      slots.putAll(next);
      slots.values().forEach(news::show);
      follow();
    }
    wake();
  }

  private static void keep(
      CertSlot slot, Map<String, CertSource> sources, Map<String, CertSlot> into) {
    if (slot.source.equals(sources.get(slot.id))) into.put(slot.id, slot);
  }

  /** Whoever shows certificates; told of each change until the same owner names others. */
  public void follow(String owner, Collection<ServerTls> showing) {
    synchronized (lock) {
      live.put(owner, List.copyOf(showing));
    }
  }

  /**
   * Reads what a configuration says about ticket keys.
   *
   * @throws ConfigException the file holds none
   */
  public void check(TicketSettings settings, String path) throws ConfigException {
    if (settings.file().isPresent()) {
      var _ = TicketKeys.read(settings.file().get(), path);
    }
  }

  /** Ticket keys come from here from now on. */
  public void tickets(TicketSettings settings) {
    synchronized (lock) {
      tickets = settings;
      follow();
    }
    wake();
  }

  public List<CertReport> report() {
    Instant now = clock.wall();
    synchronized (lock) {
      return slots.values().stream().map(slot -> slot.report(now)).toList();
    }
  }

  /** The internal authority's certificate, if a certificate is of it. */
  public Optional<X509Certificate> authority() {
    synchronized (lock) {
      return Optional.ofNullable(authority).map(InternalCa::certificate);
    }
  }

  /** Gets the next certificate now. What a server said about pauses still holds. */
  public Renewed renew(String id) {
    synchronized (lock) {
      CertSlot slot = slots.get(id);
      if (slot == null) return Renewed.NO_SUCH;
      switch (slot.source) {
        case CertSource.Files files -> {
          return reread(slot, files) ? Renewed.DONE : Renewed.FAILED;
        }
        case CertSource.Internal internal -> {
          issue(slot, internal);
          return slot.lastError.isEmpty() ? Renewed.DONE : Renewed.FAILED;
        }
        case CertSource.Acme _ -> {
          slot.wanted = true;
          if (!slot.paused) slot.notBefore = Optional.empty();
        }
      }
    }
    wake();
    return Renewed.ORDERED;
  }

  @Override
  public void start() throws StartException {
    try {
      FolderWatch opened = FolderWatch.open();
      watch = opened;
      Thread.ofVirtual().name("certs-watch").start(() -> watch(opened));
    } catch (IOException none) {
      log.atWarn().addKeyValue("why", none).log("certificate files are looked at by the clock");
    }
    synchronized (lock) {
      follow();
    }
    keeping = Thread.ofVirtual().name("certs").start(this::run);
  }

  @Override
  public void drain(Deadline deadline) {
    close();
  }

  @Override
  public void close() {
    closed = true;
    try {
      FolderWatch opened = watch;
      if (opened != null) opened.close();
    } catch (IOException _) {
      // Only its descriptor is lost, with the process ending.
    }
    Thread running = keeping;
    if (running != null) running.interrupt();
    synchronized (lock) {
      if (order != null) order.interrupt();
    }
  }

  private void run() {
    try {
      while (!closed) {
        try {
          look();
        } catch (RuntimeException bug) {
          log.atError().setCause(bug).log("certificates could not be looked at");
        }
        wakes.poll(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException closing) {
      log.atDebug().log("certificates no longer kept");
    }
  }

  private void watch(FolderWatch from) {
    try {
      while (from.await()) wake();
    } catch (InterruptedException closing) {
      log.atDebug().log("certificate files no longer watched");
    }
  }

  private void wake() {
    var _ = wakes.offer(WAKE); // full: somebody woke it already
  }

  /** Does what is due. */
  void look() {
    synchronized (lock) {
      for (CertSlot slot : slots.values()) {
        switch (slot.source) {
          case CertSource.Files files -> {
            var _ = reread(slot, files);
          }
          case CertSource.Internal internal -> {
            if (due(slot)) issue(slot, internal);
          }
          case CertSource.Acme acme -> {
            if (order == null && due(slot)) order(slot, acme.settings());
          }
        }
      }
      if (order == null) askWindow();
      renewTickets();
      follow(); // a link may lead elsewhere by now
    }
  }

  private boolean due(CertSlot slot) {
    return slot.due().filter(due -> !due.isAfter(clock.wall())).isPresent();
  }

  private ServedCert begin(String id, CertSource source) throws ConfigException {
    Instant now = clock.wall();
    return switch (source) {
      case CertSource.Files files ->
          ServedCert.holding(id, CertifiedKey.read(files.cert(), files.key(), now, path(id)));
      case CertSource.Internal(List<String> hosts) ->
          ServedCert.holding(id, authority(id).issue(hosts, now));
      case CertSource.Acme(AcmeSettings settings) -> {
        ServedCert place = ServedCert.awaiting(id, settings.hosts());
        files(id).load(now, path(id)).ifPresent(place::put);
        yield place;
      }
    };
  }

  private boolean reread(CertSlot slot, CertSource.Files files) {
    try {
      take(slot, CertifiedKey.read(files.cert(), files.key(), clock.wall(), path(slot.id)));
      return true;
    } catch (ConfigException refused) {
      // Half-written, or the key is not there yet: the next look finds it whole.
      fail(slot, refused.problems().getFirst().message());
      return false;
    }
  }

  private void issue(CertSlot slot, CertSource.Internal internal) {
    try {
      take(slot, authority(slot.id).issue(internal.hosts(), clock.wall()));
    } catch (ConfigException refused) {
      slot.failures++;
      slot.notBefore = Optional.of(clock.wall().plus(Renewal.backoff(slot.failures, slot.chance)));
      fail(slot, refused.problems().getFirst().message());
    }
  }

  private InternalCa authority(String id) throws ConfigException {
    InternalCa open = authority;
    if (open == null) {
      open = InternalCa.open(around.stateDir(), randomness, clock.wall(), path(id));
      authority = open;
    }
    return open;
  }

  /** Serves another certificate, if it is another. */
  private void take(CertSlot slot, CertifiedKey next) {
    slot.lastError = Optional.empty();
    slot.failures = 0;
    slot.notBefore = Optional.empty();
    slot.wanted = false;
    slot.paused = false;
    Optional<CertifiedKey> held = slot.place.current();
    if (held.isPresent() && held.get().sameAs(next)) return;
    slot.place.put(next);
    slot.chance = randomness.generator().nextDouble();
    refresh();
    news.swapped(slot, next);
  }

  private void fail(CertSlot slot, String why) {
    if (slot.lastError.equals(Optional.of(why))) return; // said already
    slot.lastError = Optional.of(why);
    news.failed(slot, why);
  }

  private void refresh() {
    for (List<ServerTls> each : live.values()) {
      for (ServerTls tls : each) {
        try {
          tls.refresh();
        } catch (SSLException | IllegalArgumentException unfit) {
          log.atError().setCause(unfit).log("the TLS engine refused a certificate");
        }
      }
    }
  }

  private void order(CertSlot slot, AcmeSettings settings) {
    slot.ordering = true;
    AcmeSettings.Way way = settings.challenges().get(slot.failures % settings.challenges().size());
    Optional<CertifiedKey> held = slot.place.current();
    order =
        Thread.ofVirtual()
            .name("acme-order")
            .start(
                () -> {
                  try {
                    AcmeClient.Issued issued = client().order(settings, way, held);
                    synchronized (lock) {
                      slot.window = issued.window();
                      slot.windowAsked = clock.wall();
                      save(slot, issued.cert());
                      take(slot, issued.cert());
                    }
                  } catch (AcmeFailure failure) {
                    unsuccessful(slot, failure);
                  } catch (InterruptedException closing) {
                    log.atDebug().addKeyValue("cert", slot.id).log("order given up");
                  } catch (RuntimeException bug) {
                    log.atError().addKeyValue("cert", slot.id).setCause(bug).log("order broke");
                    unsuccessful(slot, AcmeFailure.of(bug));
                  } finally {
                    synchronized (lock) {
                      slot.ordering = false;
                      order = null;
                    }
                    wake();
                  }
                });
  }

  private void unsuccessful(CertSlot slot, AcmeFailure failure) {
    synchronized (lock) {
      slot.failures++;
      slot.wanted = false;
      Instant next =
          clock.wall().plus(Renewal.backoff(slot.failures, randomness.generator().nextDouble()));
      slot.paused = failure.notBefore().isPresent();
      if (slot.paused && failure.notBefore().get().isAfter(next)) next = failure.notBefore().get();
      slot.notBefore = Optional.of(next);
      try {
        files(slot.id).save(new AcmeFiles.Attempts(slot.failures, next));
      } catch (IOException unwritable) {
        log.atWarn().addKeyValue("why", unwritable).log("attempt not remembered");
      }
      slot.lastError = Optional.empty();
      fail(slot, String.valueOf(failure.getMessage()));
    }
  }

  private void save(CertSlot slot, CertifiedKey cert) {
    try {
      files(slot.id).save(cert);
    } catch (IOException unwritable) {
      // It serves all the same; after a restart another one is ordered.
      log.atError()
          .addKeyValue("cert", slot.id)
          .addKeyValue("why", unwritable)
          .log("certificate not saved");
    }
  }

  /** Asks one server about one certificate, when it was not asked for long. */
  private void askWindow() {
    Instant now = clock.wall();
    for (CertSlot slot : slots.values()) {
      if (!(slot.source instanceof CertSource.Acme(AcmeSettings settings))) continue;
      Optional<CertifiedKey> held = slot.place.current();
      if (held.isEmpty() || slot.windowAsked.isAfter(now.minus(WINDOW_EVERY))) continue;
      slot.windowAsked = now;
      order =
          Thread.ofVirtual()
              .name("acme-window")
              .start(
                  () -> {
                    try {
                      Optional<Renewal.Window> window = client().window(settings, held.get());
                      synchronized (lock) {
                        if (slot.place.current().equals(held)) slot.window = window;
                      }
                    } catch (AcmeFailure | RuntimeException failure) {
                      log.atDebug().addKeyValue("cert", slot.id).setCause(failure).log("no window");
                    } finally {
                      synchronized (lock) {
                        order = null;
                      }
                      wake();
                    }
                  });
      return;
    }
  }

  private void renewTickets() {
    TicketKeys keys = around.shared().tickets();
    if (tickets.file().isPresent()) {
      try {
        if (keys.use(TicketKeys.read(tickets.file().get(), "/runtime/tls_tickets/file"))) refresh();
        ticketsError = "";
      } catch (ConfigException refused) {
        String why = refused.problems().getFirst().message();
        if (!why.equals(ticketsError)) log.atWarn().addKeyValue("why", why).log("ticket keys kept");
        ticketsError = why;
      }
      return;
    }
    if (clock.nanos() - ticketsRotatedNanos < tickets.rotation().toNanos()) return;
    ticketsRotatedNanos = clock.nanos();
    keys.rotate();
    refresh();
  }

  private void follow() {
    FolderWatch opened = watch;
    if (opened == null) return;
    Set<Path> files = new HashSet<>();
    for (CertSlot slot : slots.values()) {
      if (slot.source instanceof CertSource.Files(Path cert, Path key)) {
        files.add(cert);
        files.add(key);
      }
    }
    tickets.file().ifPresent(files::add);
    opened.follow(files);
  }

  private AcmeClient client() {
    return new AcmeClient(
        around.stateDir().resolve("acme").resolve("accounts"),
        around.http(),
        around.shared().challenges(),
        clock);
  }

  private AcmeFiles files(String id) {
    return new AcmeFiles(around.stateDir().resolve("acme").resolve(id));
  }

  private static String path(String id) {
    return "/certs/" + id + "/files";
  }
}
