package io.fairlead.tunnel.server.netty;

import io.fairlead.core.time.Clock;
import io.fairlead.net.http.ForwardResult;
import io.fairlead.net.http.RequestHead;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.net.journal.AccessEntry;
import io.fairlead.net.journal.AccessLog;
import io.fairlead.net.tls.AgreedTls;
import java.util.Optional;

/**
 * What the access log will say about one request through a tunnel, gathered while it runs; exists
 * only while the log is on. Confined to the exchange's event loop.
 */
final class TunnelNote implements Runnable {
  private final AccessLog log;
  private final Clock clock;
  private final ServerExchange exchange;
  private String member = "";
  private Optional<String> error = Optional.empty();
  private boolean forwarded;
  private boolean written;
  private int attempts;
  private long connectNanos = -1;
  private long firstByteNanos = -1;

  TunnelNote(AccessLog log, Clock clock, ServerExchange exchange) {
    this.log = log;
    this.clock = clock;
    this.exchange = exchange;
  }

  /** An answer of ours went out, with that stable word. */
  void error(String code) {
    if (!code.isEmpty()) error = Optional.of(code);
  }

  /** The forwarder has it from here on and tells of its end. */
  void forwarded() {
    forwarded = true;
  }

  /**
   * @param at the service, as {@code AGENT/SERVICE}
   */
  void attempt(String at) {
    member = at;
    attempts++;
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
    if (forwarded) return;
    write(
        new AccessEntry.Outcome(
            exchange.status(),
            0,
            exchange.sentBytes(),
            clock.nanos() - exchange.startedAtNanos(),
            error),
        AccessEntry.Upstream.NONE);
  }

  /** The forwarder is done with it. */
  void ended(ForwardResult result) {
    write(
        new AccessEntry.Outcome(
            result.status(),
            result.receivedBytes(),
            result.sentBytes(),
            result.durationNanos(),
            error),
        new AccessEntry.Upstream(
            member,
            result.upstreamStatus() == 0 ? -1 : result.upstreamStatus(),
            attempts,
            connectNanos,
            firstByteNanos));
  }

  private void write(AccessEntry.Outcome outcome, AccessEntry.Upstream upstream) {
    if (written) return;
    written = true;
    RequestHead head = exchange.head();
    String target = head.pathAndQuery();
    int mark = target.indexOf('?');
    log.write(
        new AccessEntry(
            AccessEntry.Kind.REQUEST,
            clock.wall(),
            "",
            exchange.connection().listener(),
            "tunnels",
            member,
            new AccessEntry.Client(
                exchange.connection().remoteText(),
                exchange.connection().principal().id(),
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
            outcome,
            upstream));
  }
}
