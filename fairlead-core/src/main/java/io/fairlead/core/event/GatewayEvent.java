package io.fairlead.core.event;

import io.fairlead.core.access.Cause;
import io.fairlead.core.access.EntryId;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Something that happened. Nothing that must happen may depend on anyone hearing of it. */
public sealed interface GatewayEvent {
  /** Wall time it happened. */
  Instant at();

  /** Dotted lower-case name of the kind, stable, as logs and the event stream show it. */
  String kind();

  /**
   * What it is about, by snake_case name, in reading order, for logs and the event stream. Values
   * are text, numbers, booleans, {@link Duration}, {@link Instant}, lists or maps of these; never a
   * secret. {@link #at} and {@link #kind} are not repeated.
   */
  Map<String, Object> fields();

  /** A configuration became the running one. */
  record ConfigApplied(Instant at, long generation, String origin, Duration took)
      implements GatewayEvent {
    @Override
    public String kind() {
      return "config.applied";
    }

    @Override
    public Map<String, Object> fields() {
      return named("generation", generation, "origin", origin, "took", took);
    }
  }

  /** A configuration was refused; the running one went on. */
  record ConfigRejected(Instant at, long generation, String origin, int problems)
      implements GatewayEvent {
    @Override
    public String kind() {
      return "config.rejected";
    }

    @Override
    public Map<String, Object> fields() {
      return named("generation", generation, "origin", origin, "problems", problems);
    }
  }

  /**
   * A configuration runs on approval: unless someone confirms in time, it is undone.
   *
   * @param deadline wall time at which it is undone
   */
  record ConfigUnconfirmed(Instant at, long generation, Instant deadline) implements GatewayEvent {
    @Override
    public String kind() {
      return "config.unconfirmed";
    }

    @Override
    public Map<String, Object> fields() {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("generation", generation);
      fields.put("deadline", deadline);
      return fields;
    }
  }

  /** A configuration that ran on approval stays. */
  record ConfigConfirmed(Instant at, long generation, String who) implements GatewayEvent {
    @Override
    public String kind() {
      return "config.confirmed";
    }

    @Override
    public Map<String, Object> fields() {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("generation", generation);
      fields.put("who", who);
      return fields;
    }
  }

  /**
   * The gateway went back to an earlier configuration by itself.
   *
   * @param generation the new one, equal to an earlier one
   * @param undone the one that was left
   * @param reason {@code unconfirmed} or {@code guard}
   */
  record ConfigRolledBack(Instant at, long generation, long undone, String reason)
      implements GatewayEvent {
    @Override
    public String kind() {
      return "config.rolled_back";
    }

    @Override
    public Map<String, Object> fields() {
      return named("generation", generation, "undone", undone, "reason", reason);
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

    @Override
    public Map<String, Object> fields() {
      Map<String, Object> fields =
          named("source", entry.source(), "entry", entry.id(), "reason", cause.reason().word());
      fields.put("position", cause.position());
      cause.tx().ifPresent(tx -> fields.put("tx", tx));
      fields.put("cut", cut);
      return fields;
    }
  }

  /**
   * A registry target stands differently to its list.
   *
   * @param state lower-case word, e.g. {@code in_sync}, {@code hold}, {@code stale}
   * @param why empty when all is well
   * @param planId the plan that waits for someone
   */
  record RegistryStateChanged(
      Instant at, String target, String state, String why, Optional<String> planId)
      implements GatewayEvent {
    @Override
    public String kind() {
      return "registry.state";
    }

    @Override
    public Map<String, Object> fields() {
      Map<String, Object> fields = named("target", target, "state", state, "why", why);
      planId.ifPresent(id -> fields.put("plan_id", id));
      return fields;
    }
  }

  /**
   * One line of a registry target came, changed or went, or somebody decided about a plan.
   *
   * @param line the fields of its audit line
   */
  record RegistryChanged(Instant at, Map<String, Object> line) implements GatewayEvent {
    public RegistryChanged {
      line = Collections.unmodifiableMap(new LinkedHashMap<>(line)); // in this order
    }

    @Override
    public String kind() {
      return "registry.change";
    }

    @Override
    public Map<String, Object> fields() {
      return new LinkedHashMap<>(line);
    }
  }

  /**
   * A chain took back what a list was read from.
   *
   * @param depth blocks that are no longer on it; at least that many when the ancestor is not known
   * @param block the last block that was accepted before
   */
  record RegistryReorged(Instant at, String source, long block, long depth)
      implements GatewayEvent {
    @Override
    public String kind() {
      return "registry.reorg";
    }

    @Override
    public Map<String, Object> fields() {
      return named("source", source, "block", block, "depth", depth);
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

    @Override
    public Map<String, Object> fields() {
      Map<String, Object> fields =
          named("flow", flowId, "service", service, "principal", principal);
      fields.put("destination", destination);
      fields.put("sent_bytes", sentBytes);
      fields.put("received_bytes", receivedBytes);
      fields.put("lasted", lasted);
      fields.put("reason", reason);
      entry.ifPresent(bound -> fields.put("entry", bound.toString()));
      return fields;
    }
  }

  /**
   * An endpoint of an upstream changed its state.
   *
   * @param endpoint its name
   * @param reason why, in a few words
   */
  record EndpointChanged(
      Instant at, String upstream, String endpoint, String from, String to, String reason)
      implements GatewayEvent {
    @Override
    public String kind() {
      return "upstream.endpoint";
    }

    @Override
    public Map<String, Object> fields() {
      Map<String, Object> fields = named("upstream", upstream, "endpoint", endpoint, "to", to);
      fields.put("from", from);
      fields.put("reason", reason);
      return fields;
    }
  }

  /**
   * Another certificate is served.
   *
   * @param cert its name in the configuration
   * @param source {@code files}, {@code internal} or {@code acme}
   */
  record CertificateTakenOver(
      Instant at, String cert, String source, List<String> names, String issuer, Instant notAfter)
      implements GatewayEvent {
    @Override
    public String kind() {
      return "cert.taken_over";
    }

    @Override
    public Map<String, Object> fields() {
      Map<String, Object> fields = named("cert", cert, "source", source, "names", names);
      fields.put("issuer", issuer);
      fields.put("not_after", notAfter);
      return fields;
    }
  }

  /** A certificate could not be renewed or read; the last good one, if any, serves on. */
  record CertificateFailed(Instant at, String cert, String source, String why)
      implements GatewayEvent {
    @Override
    public String kind() {
      return "cert.reload_failed";
    }

    @Override
    public Map<String, Object> fields() {
      return named("cert", cert, "source", source, "why", why);
    }
  }

  /**
   * A client came to the broker.
   *
   * @param resumed whether it found a session of an earlier connection
   */
  record MqttConnected(
      Instant at, String clientId, String principal, String version, boolean resumed)
      implements GatewayEvent {
    @Override
    public String kind() {
      return "mqtt.connected";
    }

    @Override
    public Map<String, Object> fields() {
      Map<String, Object> fields =
          named("client_id", clientId, "principal", principal, "version", version);
      fields.put("resumed", resumed);
      return fields;
    }
  }

  /**
   * A client left the broker, or was made to.
   *
   * @param kept whether its session waits for it
   * @param reason {@code client} (it said good-bye), {@code lost}, or the word of the reason that
   *     it was told
   */
  record MqttDisconnected(
      Instant at, String clientId, String principal, boolean kept, String reason)
      implements GatewayEvent {
    @Override
    public String kind() {
      return "mqtt.disconnected";
    }

    @Override
    public Map<String, Object> fields() {
      Map<String, Object> fields =
          named("client_id", clientId, "principal", principal, "kept", kept);
      fields.put("reason", reason);
      return fields;
    }
  }

  /**
   * A client was not let into the broker.
   *
   * @param reason the word of the reason that it was told
   */
  record MqttRefused(Instant at, String remote, String reason) implements GatewayEvent {
    @Override
    public String kind() {
      return "mqtt.refused";
    }

    @Override
    public Map<String, Object> fields() {
      return new LinkedHashMap<>(Map.of("remote", remote, "reason", reason));
    }
  }

  /** A session ended because its client stayed away too long. */
  record MqttSessionExpired(Instant at, String clientId, String principal) implements GatewayEvent {
    @Override
    public String kind() {
      return "mqtt.session_expired";
    }

    @Override
    public Map<String, Object> fields() {
      return new LinkedHashMap<>(Map.of("client_id", clientId, "principal", principal));
    }
  }

  /** Messages for a client began to be dropped: its queue is full. Told once for each time away. */
  record MqttQueueFull(Instant at, String clientId, String principal, boolean connected)
      implements GatewayEvent {
    @Override
    public String kind() {
      return "mqtt.queue_full";
    }

    @Override
    public Map<String, Object> fields() {
      return named("client_id", clientId, "principal", principal, "connected", connected);
    }
  }

  /**
   * A bridge of the broker came up or went down.
   *
   * @param address of the other broker
   * @param reason why it went, in words; empty when it came
   */
  record MqttBridge(Instant at, String bridge, boolean up, String address, String reason)
      implements GatewayEvent {
    @Override
    public String kind() {
      return up ? "mqtt.bridge_up" : "mqtt.bridge_down";
    }

    @Override
    public Map<String, Object> fields() {
      return named("bridge", bridge, "address", address, "reason", reason);
    }
  }

  /**
   * A tunnel agent came or left.
   *
   * @param state {@code connected}, or why it left
   * @param entry the registry entry of its key
   */
  record TunnelAgentChanged(Instant at, String agent, String state, Optional<EntryId> entry)
      implements GatewayEvent {
    @Override
    public String kind() {
      return "tunnel.agent";
    }

    @Override
    public Map<String, Object> fields() {
      return named(
          "agent", agent, "state", state, "entry", entry.map(EntryId::toString).orElse(""));
    }
  }

  /**
   * A relay keeps a place for this node, or keeps it no more.
   *
   * @param relay its peer id
   * @param state {@code gained}, or why it is kept no more
   */
  record RelayReservationChanged(Instant at, String relay, String state, Optional<Instant> expires)
      implements GatewayEvent {
    @Override
    public String kind() {
      return "relay.reservation";
    }

    @Override
    public Map<String, Object> fields() {
      Map<String, Object> fields = new LinkedHashMap<>(Map.of("relay", relay));
      fields.put("state", state);
      expires.ifPresent(end -> fields.put("expires", end));
      return fields;
    }
  }

  /**
   * Others can dial this node, or cannot, as far as is known.
   *
   * @param state {@code public}, {@code private} or {@code unknown}
   */
  record RelayReachabilityChanged(Instant at, String state) implements GatewayEvent {
    @Override
    public String kind() {
      return "relay.reachability";
    }

    @Override
    public Map<String, Object> fields() {
      return new LinkedHashMap<>(Map.of("state", state));
    }
  }

  /** Where this node says it can be reached changed. */
  record RelayAddressesChanged(Instant at, List<String> addresses) implements GatewayEvent {
    @Override
    public String kind() {
      return "relay.addresses";
    }

    @Override
    public Map<String, Object> fields() {
      return new LinkedHashMap<>(Map.of("addresses", addresses));
    }
  }

  private static Map<String, Object> named(
      String first, Object one, String second, Object two, String third, Object three) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put(first, one);
    fields.put(second, two);
    fields.put(third, three);
    return fields;
  }
}
