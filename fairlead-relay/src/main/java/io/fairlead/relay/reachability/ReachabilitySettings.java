package io.fairlead.relay.reachability;

import io.fairlead.libp2p.address.AddressScope;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.host.Reachability;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * How reachability is found out.
 *
 * @param forced what it is, without asking anyone
 * @param bootDelay before the first question
 * @param retry between questions while the answer is not sure
 * @param refresh between questions when it is
 * @param serverPause least time between two questions to one peer
 * @param probePause the same for questions about single addresses
 * @param addresses which addresses can be tried at all, of this node and of peers
 */
public record ReachabilitySettings(
    Optional<Reachability> forced,
    Duration bootDelay,
    Duration retry,
    Duration refresh,
    Duration serverPause,
    Duration probePause,
    Predicate<Multiaddr> addresses) {
  public static final ReachabilitySettings DEFAULTS =
      new ReachabilitySettings(
          Optional.empty(),
          Duration.ofSeconds(15),
          Duration.ofSeconds(90),
          Duration.ofMinutes(15),
          Duration.ofSeconds(90),
          Duration.ofMinutes(2),
          address -> AddressScope.of(address) == AddressScope.PUBLIC);

  /** These without asking anyone. */
  public ReachabilitySettings forcing(Reachability reachability) {
    return new ReachabilitySettings(
        Optional.of(reachability), bootDelay, retry, refresh, serverPause, probePause, addresses);
  }

  /** These with other times; peers are asked about single addresses as often as otherwise. */
  public ReachabilitySettings withTimes(
      Duration bootDelay, Duration retry, Duration refresh, Duration serverPause) {
    return new ReachabilitySettings(
        forced, bootDelay, retry, refresh, serverPause, serverPause, addresses);
  }

  /** These trying other addresses: those of a network of one's own, for instance. */
  public ReachabilitySettings trying(Predicate<Multiaddr> addresses) {
    return new ReachabilitySettings(
        forced, bootDelay, retry, refresh, serverPause, probePause, addresses);
  }
}
