package io.fairlead.http.exchange;

import io.fairlead.core.time.Clock;
import io.fairlead.http.route.RequestFacts;
import io.fairlead.net.http.ForwardResult;
import io.fairlead.net.http.RequestHead;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.net.journal.AccessEntry;
import io.fairlead.net.journal.AccessLog;
import io.fairlead.net.journal.TracePlace;
import io.fairlead.net.tls.AgreedTls;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the access log will say about one request, gathered while it runs; exists only while the log
 * is on. Written when the exchange ends; of a forwarded one, when the forwarder says so. Confined
 * to the exchange's event loop.
 */
final class AccessNote implements Runnable {
  private final AccessLog log;
  private final Clock clock;
  private final String site;
  private final ServerExchange exchange;
  private @Nullable RequestFacts facts;
  private String route = "";
  private Optional<String> error = Optional.empty();
  private boolean forwarded;
  private boolean written;
  private int attempts = -1;
  private long connectNanos = -1;
  private long firstByteNanos = -1;

  AccessNote(AccessLog log, Clock clock, String site, ServerExchange exchange) {
    this.log = log;
    this.clock = clock;
    this.site = site;
    this.exchange = exchange;
  }

  void facts(RequestFacts known) {
    facts = known;
  }

  void route(String id) {
    route = id;
  }

  /** An answer of ours went out, with that stable word. */
  void error(String code) {
    if (!code.isEmpty()) error = Optional.of(code);
  }

  /** The forwarder has it from here on and tells of its end. */
  void forwarded() {
    forwarded = true;
  }

  void attempt() {
    attempts = Math.max(attempts, 0) + 1;
    connectNanos = -1;
  }

  void connected(long nanos) {
    connectNanos = nanos;
  }

  void answered() {
    firstByteNanos = clock.nanos() - exchange.startedAtNanos();
  }

  /** The exchange is over. */
  @Override
  public void run() {
    if (!forwarded) write(exchange.status(), 0, exchange.sentBytes(), -1, since());
  }

  /** The forwarder is done with it. */
  void ended(ForwardResult result) {
    write(
        result.status(),
        result.receivedBytes(),
        result.sentBytes(),
        result.upstreamStatus() == 0 ? -1 : result.upstreamStatus(),
        result.durationNanos());
  }

  private long since() {
    return clock.nanos() - exchange.startedAtNanos();
  }

  private void write(int status, long received, long sent, int upstreamStatus, long nanos) {
    if (written) return;
    written = true;
    RequestFacts known = facts;
    RequestHead head = exchange.head();
    log.write(
        new AccessEntry(
            AccessEntry.Kind.REQUEST,
            clock.wall(),
            known == null ? "" : known.requestId(),
            exchange.connection().listener(),
            site,
            route,
            new AccessEntry.Client(
                known == null ? exchange.connection().remoteText() : known.clientText(),
                (known == null ? exchange.connection().principal() : known.principal()).id(),
                exchange.secure() ? AgreedTls.of(exchange.channel()) : "",
                head.fields().first("user-agent").orElse(""),
                head.fields().first("referer").orElse("")),
            new AccessEntry.Asked(
                exchange.multiplexed() ? "HTTP/2" : "HTTP/1." + head.minorVersion(),
                head.method(),
                head.scheme(),
                head.authority(),
                known == null ? head.target() : known.path(),
                known == null ? "" : known.query()),
            new AccessEntry.Outcome(status, received, sent, nanos, error),
            known == null
                ? AccessEntry.Upstream.NONE
                : new AccessEntry.Upstream(
                    known.upstream(), upstreamStatus, attempts, connectNanos, firstByteNanos),
            known == null ? TracePlace.NONE : known.tracePlace()));
  }
}
