package io.fairlead.http.upstream;

import io.fairlead.core.dial.Destination;
import io.fairlead.http.upstream.UpstreamConfig.EndpointConfig;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Members of upstreams that do not stand in the configuration: whoever follows a list kept
 * elsewhere, and the control API, says here what it wants. What was said holds at once, survives
 * reloads, and waits for an upstream that is not configured yet. Thread-safe; may take the time of
 * building a hash table, so not for event loops.
 *
 * <p>An upstream's members are the endpoints of its configuration and of its discovery, less those
 * any source withholds, plus those the sources add. The same address said twice is one member, with
 * the weight of the last who said it. A member that stays keeps its connections, health and
 * latency.
 */
public interface UpstreamMembers {
  /**
   * One member.
   *
   * @param draining whether it gets no new request, while those it has may end
   */
  record Member(EndpointConfig endpoint, boolean draining) {
    public static Member of(EndpointConfig endpoint) {
      return new Member(endpoint, false);
    }
  }

  /**
   * What one source says about one upstream.
   *
   * @param members it adds
   * @param withheld addresses that are no members, whoever names them
   * @param alone whether the endpoints of the configuration and of discovery do not count
   */
  record Overlay(List<Member> members, Set<Destination> withheld, boolean alone) {
    /** Says nothing. */
    public static final Overlay NONE = new Overlay(List.of(), Set.of(), false);

    public Overlay {
      members = List.copyOf(members);
      withheld = Set.copyOf(withheld);
    }

    /** These members besides those of the configuration. */
    public static Overlay adding(List<Member> members) {
      return new Overlay(members, Set.of(), false);
    }

    /** Exactly these members. */
    public static Overlay exactly(List<Member> members) {
      return new Overlay(members, Set.of(), true);
    }
  }

  /** How members that are no longer wanted leave. */
  enum Leaving {
    /** Requests and streams they have may end; idle connections are closed. */
    IN_PEACE,
    /** All their connections are closed: requests under way end with 502, streams end. */
    AT_ONCE
  }

  /** An operator's wish about one member. */
  enum Admin {
    /** Take part. */
    UP,
    /** No new requests; those it has may end. */
    DRAIN,
    /** No requests, whatever its health. */
    DOWN
  }

  /**
   * Replaces what {@code source} says about an upstream; {@link Overlay#NONE} takes it back.
   *
   * @return how many members left
   */
  int say(String source, String upstream, Overlay overlay, Leaving leaving);

  /**
   * Sets an operator's wish. Holds as long as the process and the member's address.
   *
   * @param endpoint name or address of a member
   * @param weight 1–1000 instead of the configured one; empty leaves it as it is
   * @return false when there is no such upstream or member
   */
  boolean administer(
      String upstream, String endpoint, Optional<Admin> admin, Optional<Integer> weight);
}
