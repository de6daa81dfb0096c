package io.fairlead.http.upstream;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.http.balance.Candidate;
import io.fairlead.http.balance.LoadBalancer;
import io.fairlead.http.balance.Method;
import io.fairlead.http.balance.Priorities;
import io.fairlead.http.balance.Rendezvous;
import io.fairlead.http.balance.RoundRobin;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The members of a cluster and who of them takes requests at this moment. Immutable; every change
 * of a member or its health makes a new one.
 */
final class Roster {
  /**
   * A member.
   *
   * @param weight configured, or as an operator wants it
   * @param group of failover
   * @param token names it in a cookie; empty when there is none
   */
  record Seat(Endpoint endpoint, int weight, int group, String token) {}

  static final Roster EMPTY = new Roster(List.of(), List.of(), null, null, null, false, false);

  private final List<Seat> seats;
  private final Endpoint[] usable;
  private final @Nullable LoadBalancer balancer;
  private final @Nullable LoadBalancer ofStreams;
  private final @Nullable LoadBalancer ofDatagrams;
  private final boolean panicking;
  private final boolean growing;
  private final Map<String, Endpoint> byToken = new HashMap<>();

  private Roster(
      List<Seat> seats,
      List<Seat> serving,
      @Nullable LoadBalancer balancer,
      @Nullable LoadBalancer ofStreams,
      @Nullable LoadBalancer ofDatagrams,
      boolean panicking,
      boolean growing) {
    this.seats = List.copyOf(seats);
    this.usable = serving.stream().map(Seat::endpoint).toArray(Endpoint[]::new);
    this.balancer = balancer;
    this.ofStreams = ofStreams;
    this.ofDatagrams = ofDatagrams;
    this.panicking = panicking;
    this.growing = growing;
    for (Seat seat : serving) {
      if (!seat.token().isEmpty()) byToken.put(seat.token(), seat.endpoint());
    }
  }

  /** Called by the owner of the members' health. */
  static Roster of(
      List<Seat> seats, BalanceConfig balance, Roster before, Clock clock, Randomness randomness) {
    List<Seat> group = balance.method() == Method.FAILOVER ? group(seats) : seats;
    List<Seat> healthy = new ArrayList<>();
    List<Seat> atAll = new ArrayList<>();
    for (Seat seat : group) {
      if (seat.endpoint().health().state().usable()) healthy.add(seat);
      if (seat.endpoint().health().state().lastResort()) atAll.add(seat);
    }
    boolean panicking = healthy.size() < balance.panic() * atAll.size();
    List<Seat> serving = panicking ? atAll : healthy;
    if (serving.isEmpty()) return new Roster(seats, List.of(), null, null, null, panicking, false);

    long now = clock.nanos();
    boolean growing = false;
    List<Candidate> candidates = new ArrayList<>();
    for (Seat seat : serving) {
      Endpoint endpoint = seat.endpoint();
      int weight = endpoint.grown(seat.weight(), balance.slowStart(), now);
      growing |= endpoint.growing();
      // Hashing keeps its places: a table that changes while a member grows would move keys twice.
      candidates.add(
          new Candidate(
              endpoint.id(), balance.method().hashes() ? seat.weight() : weight, endpoint));
    }
    LoadBalancer chooser = balance.method().over(candidates, before.position(), clock, randomness);
    // Latency is a matter of answers. Streams have none, so they count; datagrams go by client.
    boolean byLatency = balance.method() == Method.P2C_EWMA;
    return new Roster(
        seats,
        serving,
        chooser,
        byLatency ? Method.LEAST_CONN.over(candidates, 0, clock, randomness) : chooser,
        byLatency ? new Rendezvous(candidates) : chooser,
        panicking,
        growing);
  }

  private static List<Seat> group(List<Seat> seats) {
    if (seats.isEmpty()) return seats;
    int[] groups = seats.stream().mapToInt(Seat::group).toArray();
    boolean[] healthy = new boolean[groups.length];
    for (int i = 0; i < healthy.length; i++) {
      healthy[i] = seats.get(i).endpoint().health().state().usable();
    }
    int chosen = Priorities.choose(groups, healthy);
    return seats.stream().filter(seat -> seat.group() == chosen).toList();
  }

  List<Seat> seats() {
    return seats;
  }

  /** Whether health is ignored, because too few are healthy. */
  boolean panicking() {
    return panicking;
  }

  /** Whether a member's weight still grows. */
  boolean growing() {
    return growing;
  }

  @Nullable Endpoint pick(long key) {
    LoadBalancer chooser = balancer;
    return chooser == null ? null : usable[chooser.pick(key)];
  }

  @Nullable Endpoint pick(Traffic traffic, long key) {
    LoadBalancer chooser = of(traffic);
    return chooser == null ? null : usable[chooser.pick(key)];
  }

  private @Nullable LoadBalancer of(Traffic traffic) {
    return switch (traffic) {
      case REQUESTS -> balancer;
      case STREAM -> ofStreams;
      case DATAGRAMS -> ofDatagrams;
    };
  }

  /** Another than {@code failed} where there is one. */
  @Nullable Endpoint pickOther(Endpoint failed, long key) {
    return pickOther(Traffic.REQUESTS, failed, key);
  }

  @Nullable Endpoint pickOther(Traffic traffic, Endpoint failed, long key) {
    LoadBalancer chooser = of(traffic);
    if (chooser == null) return null;
    for (int i = 0; i < usable.length; i++) {
      if (usable[i] == failed) return usable[usable.length == 1 ? 0 : chooser.pickOther(key, i)];
    }
    return usable[chooser.pick(key)];
  }

  /** Who a cookie names, when it takes requests. */
  @Nullable Endpoint named(String token) {
    return byToken.get(token);
  }

  /** The cookie's value for an endpoint; empty when there is none. */
  String token(Endpoint endpoint) {
    for (Seat seat : seats) {
      if (seat.endpoint() == endpoint) return seat.token();
    }
    return "";
  }

  private int position() {
    return balancer instanceof RoundRobin turns ? turns.position() : 0;
  }
}
