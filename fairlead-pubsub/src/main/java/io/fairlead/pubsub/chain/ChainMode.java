package io.fairlead.pubsub.chain;

import io.fairlead.pubsub.EndpointMode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a chain's endpoints are used together, as the configuration says it: {@code failover}, {@code
 * race:N} or {@code quorum:K}.
 *
 * @param how which of them
 * @param count endpoints that race, or that must agree; 1 for failover
 */
public record ChainMode(How how, int count) {
  /** The three ways. */
  public enum How {
    FAILOVER,
    RACE,
    QUORUM
  }

  /** One at a time. */
  public static final ChainMode FAILOVER = new ChainMode(How.FAILOVER, 1);

  private static final Pattern COUNTED = Pattern.compile("(race|quorum):([1-9][0-9]{0,2})");

  /**
   * Reads it.
   *
   * @throws IllegalArgumentException it is none of them
   */
  public static ChainMode parse(String text) {
    if (text.equals("failover")) return FAILOVER;
    Matcher counted = COUNTED.matcher(text);
    if (!counted.matches()) {
      throw new IllegalArgumentException(
          "mode: " + text + " (expected: failover, race:N or quorum:K)");
    }
    How how = counted.group(1).equals("race") ? How.RACE : How.QUORUM;
    return new ChainMode(how, Integer.parseInt(counted.group(2)));
  }

  /** As the configuration writes it. */
  String text() {
    return switch (how) {
      case FAILOVER -> "failover";
      case RACE -> "race:" + count;
      case QUORUM -> "quorum:" + count;
    };
  }

  /**
   * The mode of that many endpoints.
   *
   * @param endpoints how many there are
   */
  public EndpointMode over(int endpoints) {
    return over(endpoints, QuorumConfig.DEFAULT);
  }

  EndpointMode over(int endpoints, QuorumConfig terms) {
    return switch (how) {
      case FAILOVER -> new EndpointMode.Failover();
      case RACE -> new EndpointMode.Race(count);
      case QUORUM ->
          new EndpointMode.Quorum(count, endpoints, terms.timeout(), terms.onDisagreement());
    };
  }
}
