package io.fairlead.relay.finder;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.config.ConfigReader;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Environment;
import io.fairlead.relay.RelayConfig;
import io.fairlead.relay.finder.FinderSettings.BackoffPolicy;
import io.fairlead.relay.finder.ScoredSelection.Nearness;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The numbers a finder goes by, as they were agreed on: none changes by accident. */
class FinderDefaultsTest {
  private static FinderSettings read(String auto) {
    return ConfigReader.read(
            RelayConfig.TYPE,
            new ConfigSource("relay.yaml", "{ auto: { " + auto + " } }", Path.of("/conf")),
            Environment.withVariables(Map.of()))
        .value()
        .orElseThrow()
        .auto()
        .settings();
  }

  /** With a list that has no fixed length, which would bound what is waited for. */
  @Test
  void whatIsNotConfigured() {
    FinderSettings usual = read("connected: true");
    assertThat(usual.numRelays()).isEqualTo(2);
    assertThat(usual.minCandidates()).isEqualTo(4);
    assertThat(usual.maxCandidates()).isEqualTo(20);
    assertThat(usual.bootDelay()).isEqualTo(ofMinutes(3));
    assertThat(usual.backoff()).isEqualTo(ofHours(1));
    assertThat(usual.maxCandidateAge()).isEqualTo(ofMinutes(30));
    assertThat(usual.minInterval()).isEqualTo(ofSeconds(30));
    assertThat(usual.reconnectGrace()).isEqualTo(ofSeconds(15));
    assertThat(usual.backoffPolicy()).isEqualTo(BackoffPolicy.GRADED);
    assertThat(usual.rebalance()).isEqualTo(Duration.ZERO); // off
    assertThat(usual.strategy())
        .isEqualTo(new ScoredSelection(0.35, 0.25, 0.20, 0.20, 0.15, new Nearness(0.3, 0.5, 0.5)));
    assertThat(FinderSettings.DEFAULTS).isEqualTo(usual);
  }

  @Test
  void whatIsConfigured() {
    FinderSettings other =
        read(
            "connected: true, num_relays: 3, min_candidates: 5, max_candidates: 21,"
                + " boot_delay: 4m, backoff: 2h, max_candidate_age: 31m, min_interval: 31s,"
                + " reconnect_grace: 16s, backoff_policy: fixed, strategy: random,"
                + " rebalance: 10m");
    assertThat(other)
        .isEqualTo(
            new FinderSettings(
                3,
                5,
                21,
                ofMinutes(4),
                ofHours(2),
                ofMinutes(31),
                ofSeconds(31),
                ofSeconds(16),
                BackoffPolicy.FIXED,
                RelaySelection.RANDOM,
                ofMinutes(10)));
  }

  /** The fewest are never more than the most. */
  @Test
  void theMostBoundsTheFewest() {
    assertThat(read("connected: true, max_candidates: 3").minCandidates()).isEqualTo(3);
    assertThat(read("connected: true, min_candidates: 30").minCandidates()).isEqualTo(20);
    FinderSettings list = FinderSettings.DEFAULTS.forList(7);
    assertThat(list.numRelays()).isEqualTo(7);
    assertThat(list.minCandidates()).isEqualTo(7);
    assertThat(list.maxCandidates()).isEqualTo(7);
  }

  @Test
  void whatNobodyConfigures() {
    assertThat(RelayFinder.REFRESH_CHECK).isEqualTo(ofMinutes(1));
    assertThat(RelayFinder.REFRESH_AHEAD).isEqualTo(ofMinutes(2));
    assertThat(RelayFinder.CHECK_TIMEOUT).isEqualTo(ofSeconds(20));
    assertThat(RelayFinder.RESERVE_TIMEOUT).isEqualTo(ofSeconds(10));
    assertThat(RelayFinder.FIRST_RETURN).isEqualTo(ofSeconds(1));
    assertThat(RelayFinder.JITTER).isEqualTo(0.2);
    assertThat(RelayAddresses.PUBLISHED_MAX).isEqualTo(100);
    assertThat(FinderDriver.PROTECTION).isEqualTo("autorelay");
    assertThat(Rebalance.AHEAD).isEqualTo(0.25);
    assertThat(Rebalance.RUNNING).isEqualTo(3);
  }

  /** What failed how often in a row, and how long it is left alone for that by each policy. */
  @ParameterizedTest
  @CsvSource({
    "RESERVATION_REFUSED, 1, PT10M, PT1H",
    "RESERVATION_REFUSED, 2, PT20M, PT1H",
    "RESERVATION_REFUSED, 3, PT40M, PT1H",
    "RESERVATION_REFUSED, 4, PT1H, PT1H",
    "RESOURCE_LIMIT_EXCEEDED, 1, PT10M, PT1H",
    "RESOURCE_LIMIT_EXCEEDED, 4, PT1H, PT1H",
    "PERMISSION_DENIED, 1, PT1H, PT1H",
    "PERMISSION_DENIED, 9, PT1H, PT1H",
    "CONNECTION_FAILED, 1, PT1M, PT1H",
    "CONNECTION_FAILED, 2, PT2M, PT1H",
    "CONNECTION_FAILED, 6, PT32M, PT1H",
    "CONNECTION_FAILED, 7, PT1H, PT1H",
    "MALFORMED_MESSAGE, 1, PT1M, PT1H",
    "OTHER, 1, PT1M, PT1H",
    "NOT_CONNECTED, 1, PT30S, PT0S",
    "NOT_CONNECTED, 2, PT1M, PT0S",
    "NOT_CONNECTED, 5, PT8M, PT0S",
    "NOT_CONNECTED, 6, PT10M, PT0S",
    "NOT_CONNECTED, 1000000, PT10M, PT0S",
  })
  void howLongAPeerIsLeftAlone(ReserveResult why, int failures, Duration graded, Duration fixed) {
    FinderSettings settings = FinderSettings.DEFAULTS;
    assertThat(Backoffs.of(why, failures, settings)).isEqualTo(graded);
    assertThat(Backoffs.of(why, failures, FinderScene.PLAIN)).isEqualTo(fixed);
  }
}
