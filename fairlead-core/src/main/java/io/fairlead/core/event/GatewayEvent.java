package io.fairlead.core.event;

import io.fairlead.core.access.Cause;
import io.fairlead.core.access.EntryId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Something that happened. Nothing that must happen may depend on anyone hearing of it. */
public sealed interface GatewayEvent {
  /** Wall time it happened. */
  Instant at();

  /** Dotted lower-case name of the kind, stable, as logs and the event stream show it. */
  String kind();

  /** A configuration became the running one. */
  record ConfigApplied(Instant at, long generation, String origin, Duration took)
      implements GatewayEvent {
    @Override
    public String kind() {
      return "config.applied";
    }
  }

  /** A configuration was refused; the running one went on. */
  record ConfigRejected(Instant at, long generation, String origin, int problems)
      implements GatewayEvent {
    @Override
    public String kind() {
      return "config.rejected";
    }
  }

  /**
   * An entry lost its right and its live work was cut.
   *
   * @param cut pieces of live work ended on this data plane
   */
  record MemberRemoved(Instant at, EntryId entry, Cause cause, int cut) implements GatewayEvent {
    @Override
    public String kind() {
      return "member.removed";
    }
  }

  /** One proxied pair ended. */
  record FlowClosed(
      Instant at,
      long flowId,
      String service,
      String principal,
      String destination,
      long sentBytes,
      long receivedBytes,
      Duration lasted,
      String reason,
      Optional<EntryId> entry)
      implements GatewayEvent {
    @Override
    public String kind() {
      return "flow.closed";
    }
  }
}
