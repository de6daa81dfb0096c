package io.fairlead.tunnel.server.netty;

import io.fairlead.core.event.EventBus;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.time.Clock;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.net.journal.AccessEntry;
import io.fairlead.net.journal.AccessLog;
import io.fairlead.net.live.LiveConnection;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Tells of streams through tunnels that ended: an event, and a line of the access log. */
final class TunnelJournal {
  private final EventBus events;
  private final AccessLog access;
  private final Clock clock;

  TunnelJournal(EventBus events, AccessLog access, Clock clock) {
    this.events = events;
    this.access = access;
    this.clock = clock;
  }

  Clock clock() {
    return clock;
  }

  /** What the log will say about a request; null while it is off. */
  @Nullable TunnelNote note(ServerExchange exchange) {
    return access.on() ? new TunnelNote(access, clock, exchange) : null;
  }

  /**
   * @param member the service, as {@code AGENT/SERVICE}
   * @param reason stable snake_case word
   */
  void closed(
      LiveConnection connection,
      String member,
      long openedAtNanos,
      long receivedBytes,
      long sentBytes,
      String reason) {
    long lastedNanos = clock.nanos() - openedAtNanos;
    events.publish(
        new GatewayEvent.FlowClosed(
            clock.wall(),
            connection.id(),
            "tunnels",
            connection.principal().id(),
            member,
            sentBytes,
            receivedBytes,
            Duration.ofNanos(lastedNanos),
            reason,
            connection.principal().entry()));
    if (access.on()) write(connection, member, lastedNanos, receivedBytes, sentBytes, reason);
  }

  /**
   * A user who was not led to a service.
   *
   * @param member the service, as {@code AGENT/SERVICE}; empty if there was none
   * @param reason stable snake_case word
   */
  void refused(LiveConnection connection, String member, long askedAtNanos, String reason) {
    if (access.on()) write(connection, member, clock.nanos() - askedAtNanos, 0, 0, reason);
  }

  private void write(
      LiveConnection connection,
      String member,
      long lastedNanos,
      long receivedBytes,
      long sentBytes,
      String reason) {
    access.write(
        new AccessEntry(
            AccessEntry.Kind.STREAM,
            clock.wall(),
            Long.toString(connection.id()),
            connection.listener(),
            "tunnels",
            "",
            new AccessEntry.Client(
                connection.remoteText(), connection.principal().id(), "", "", ""),
            AccessEntry.Asked.stream(connection.kind(), member),
            new AccessEntry.Outcome(-1, receivedBytes, sentBytes, lastedNanos, Optional.of(reason)),
            new AccessEntry.Upstream(member, -1, 1, -1, -1)));
  }
}
