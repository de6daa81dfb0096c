package io.fairlead.proxy;

import io.fairlead.core.address.HostAndPort;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.net.access.Subject;
import io.fairlead.net.http.ForwardResult;
import io.fairlead.net.http.RefusedRequest;
import io.fairlead.net.http.RequestHead;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.net.journal.AccessEntry;
import io.fairlead.net.journal.AccessLog;
import io.fairlead.net.tls.AgreedTls;
import io.fairlead.proxy.forward.Flow;
import io.fairlead.proxy.forward.Refusal;
import io.fairlead.proxy.udp.UdpMeters;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts flows and refusals; tells onlookers and the access log of each flow's end. Thread-safe.
 */
public final class FlowJournal {
  private static final String REJECTED = "proxy.rejected";
  private static final String REJECTED_HELP = "Connections and requests the proxy turned away.";

  private final EventBus events;
  private final Clock clock;
  private final AccessLog access;
  private final Timer durations;
  private final Map<Refusal.Kind, Counter> rejected = new EnumMap<>(Refusal.Kind.class);
  private final Counter undetected;
  private final Counter userConnections;
  private final Counter handshakes;
  private final Counter detections;
  private final Counter bandwidth;
  private final UdpMeters udp;
  private final AtomicLong nextId = new AtomicLong(1);
  private final Object idle = new Object();
  private final AtomicLong live = new AtomicLong();

  public FlowJournal(EventBus events, Meters meters, Clock clock, AccessLog access) {
    this.access = access;
    this.events = events;
    this.clock = clock;
    meters.gauge("proxy.flows", "Tunnels and UDP associations open through the proxy.", live::get);
    durations = meters.timer("proxy.flow.duration", "How long tunnels lasted.");
    for (Refusal.Kind kind : Refusal.Kind.values()) {
      rejected.put(kind, meters.counter(REJECTED, REJECTED_HELP, "reason", kind.label()));
    }
    undetected = meters.counter(REJECTED, REJECTED_HELP, "reason", "detect_failed");
    udp = new UdpMeters(meters);
    userConnections = limit(meters, "per_user_connections");
    handshakes = limit(meters, "proxy_handshake_time");
    detections = limit(meters, "proxy_detect_time");
    bandwidth = limit(meters, "bandwidth");
  }

  public Clock clock() {
    return clock;
  }

  public UdpMeters udp() {
    return udp;
  }

  /** Tunnels and associations open now. */
  public long live() {
    return live.get();
  }

  /** An id no other flow of this process has. */
  public long nextFlowId() {
    return nextId.getAndIncrement();
  }

  public void opened() {
    live.incrementAndGet();
  }

  /**
   * A flow that was {@link #opened} has ended.
   *
   * @param service id of the service
   * @param receivedBytes from the client
   * @param sentBytes to the client
   * @param reason stable snake_case word
   */
  public void closed(String service, Flow flow, long receivedBytes, long sentBytes, String reason) {
    long lastedNanos = clock.nanos() - flow.openedAtNanos();
    durations.record(lastedNanos, TimeUnit.NANOSECONDS);
    events.publish(
        new GatewayEvent.FlowClosed(
            clock.wall(),
            flow.id(),
            service,
            flow.subject().principal().id(),
            flow.destination().toString(),
            sentBytes,
            receivedBytes,
            Duration.ofNanos(lastedNanos),
            reason,
            flow.subject().principal().entry()));
    if (access.on()) access.write(streamed(service, flow, receivedBytes, sentBytes, reason));
    if (live.decrementAndGet() == 0) {
      synchronized (idle) {
        idle.notifyAll();
      }
    }
  }

  /** A request was refused for its head. */
  public void refused(String service, RefusedRequest request) {
    if (access.on()) access.write(request.entry(clock.wall(), service));
  }

  /** A request with an absolute target is over. */
  public void forwarded(
      String service,
      ServerExchange exchange,
      Subject subject,
      Destination.HostPort destination,
      ForwardResult result,
      Optional<String> error) {
    if (!access.on()) return;
    RequestHead head = exchange.head();
    String target = head.pathAndQuery();
    int mark = target.indexOf('?');
    access.write(
        new AccessEntry(
            AccessEntry.Kind.REQUEST,
            clock.wall(),
            "",
            exchange.connection().listener(),
            service,
            "",
            new AccessEntry.Client(
                textOf(subject),
                subject.principal().id(),
                exchange.secure() ? AgreedTls.of(exchange.channel()) : "",
                head.fields().first("user-agent").orElse(""),
                head.fields().first("referer").orElse("")),
            new AccessEntry.Asked(
                exchange.multiplexed() ? "HTTP/2" : "HTTP/1." + head.minorVersion(),
                head.method(),
                head.scheme(),
                head.authority(),
                mark < 0 ? target : target.substring(0, mark),
                mark < 0 ? "" : target.substring(mark + 1)),
            new AccessEntry.Outcome(
                result.status(),
                result.receivedBytes(),
                result.sentBytes(),
                result.durationNanos(),
                error),
            new AccessEntry.Upstream(
                destination.toString(),
                result.upstreamStatus() == 0 ? -1 : result.upstreamStatus(),
                1,
                -1,
                -1)));
  }

  private AccessEntry streamed(
      String service, Flow flow, long receivedBytes, long sentBytes, String reason) {
    return new AccessEntry(
        AccessEntry.Kind.STREAM,
        clock.wall(),
        Long.toString(flow.id()),
        flow.connection().listener(),
        service,
        "",
        new AccessEntry.Client(textOf(flow.subject()), flow.subject().principal().id(), "", "", ""),
        AccessEntry.Asked.stream(flow.kind().word(), flow.destination().toString()),
        new AccessEntry.Outcome(
            -1,
            receivedBytes,
            sentBytes,
            clock.nanos() - flow.openedAtNanos(),
            Optional.of(reason)),
        flow.remote()
            .map(to -> new AccessEntry.Upstream(addressOf(to), -1, 1, -1, -1))
            .orElse(AccessEntry.Upstream.NONE));
  }

  private static String addressOf(InetSocketAddress to) {
    return to.getAddress() == null
        ? to.getHostString() + ":" + to.getPort()
        : new HostAndPort(to.getAddress().getHostAddress(), to.getPort()).toString();
  }

  private static String textOf(Subject subject) {
    String text = subject.client().getHostAddress();
    int zone = text.indexOf('%');
    return zone < 0 ? text : text.substring(0, zone);
  }

  public void rejected(Refusal.Kind kind) {
    Counter counter = rejected.get(kind);
    if (counter != null) counter.increment();
    if (kind == Refusal.Kind.USER_CONNECTIONS) userConnections.increment();
  }

  /** A client that did not finish its part in time; told besides what it got for an answer. */
  public void tooSlow() {
    handshakes.increment();
  }

  /**
   * A connection whose first bytes were no protocol we speak, or never came.
   *
   * @param late whether they did not come in time
   */
  public void undetected(boolean late) {
    undetected.increment();
    if (late) detections.increment();
  }

  /** A tunnel rested, so as not to be faster than its rate. */
  public void rested() {
    bandwidth.increment();
  }

  private static Counter limit(Meters meters, String limit) {
    return meters.counter("limit.rejections", "Work refused by a limit.", "limit", limit);
  }

  /** Waits until no tunnel is open, or the deadline. */
  void awaitIdle(Deadline deadline) throws InterruptedException {
    synchronized (idle) {
      while (live.get() > 0 && !deadline.passed()) {
        idle.wait(Math.max(1, deadline.remaining().toMillis()));
      }
    }
  }
}
