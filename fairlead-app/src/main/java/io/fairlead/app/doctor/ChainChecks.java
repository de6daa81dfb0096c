package io.fairlead.app.doctor;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.time.Clock;
import io.fairlead.pubsub.ChainIdentity;
import io.fairlead.pubsub.Decoders;
import io.fairlead.pubsub.Endpoint;
import io.fairlead.pubsub.Head;
import io.fairlead.pubsub.HttpPollConnector;
import io.fairlead.pubsub.PubSub;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.PubSubFrontend;
import io.fairlead.pubsub.RpcCall;
import io.fairlead.pubsub.ServiceSettings;
import io.fairlead.pubsub.SubscribeRequest;
import io.fairlead.pubsub.chain.ChainConfig;
import io.fairlead.pubsub.chain.JwtTokens;
import io.fairlead.pubsub.chain.PubSubConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Nodes of chains: whether each answers, serves that chain, keeps up, and tells news; and the clock
 * of this machine against theirs.
 */
final class ChainChecks {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** A public chain makes a block every few seconds; a private one may rest. */
  private static final Duration HEAD_AGE_MAX = Duration.ofMinutes(5);

  /** What nodes themselves allow a block to lie in their future. */
  private static final Duration AHEAD_MAX = Duration.ofSeconds(15);

  private static final ServiceSettings ONCE =
      ServiceSettings.DEFAULT
          .heads(false)
          .waitFirst(false)
          .timeouts(PATIENCE, PATIENCE, PATIENCE)
          .reconnect(ServiceSettings.Reconnect.DEFAULT.maxAttempts(1).persistent(false));

  /** What one node said of itself. */
  private record Answer(long chainId, Optional<Head> head) {}

  /** What was found at one endpoint, and the time of its newest block. */
  private record Look(Finding finding, OptionalLong headSeconds) {}

  private ChainChecks() {}

  static List<Finding> all(PubSubConfig config, Clock clock) {
    List<Finding> findings = new ArrayList<>();
    List<Look> looks = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Look>> asked = new ArrayList<>();
      config
          .chains()
          .forEach(
              (name, chain) -> {
                try {
                  for (Endpoint each : chain.open("/pubsub/chains/" + name, new JwtTokens(clock))) {
                    asked.add(threads.submit(() -> look(name, chain, each, clock)));
                  }
                } catch (ConfigException refused) {
                  refused
                      .problems()
                      .forEach(
                          problem ->
                              findings.add(
                                  Finding.fail(
                                      "chain." + name, problem.message(), problem.hint())));
                }
              });
      for (Future<Look> each : asked) looks.add(each.get());
    } catch (ExecutionException bug) {
      throw new IllegalStateException(bug.getCause());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
    for (Look each : looks) findings.add(each.finding());
    ahead(looks, clock.wall()).ifPresent(findings::add);
    return findings;
  }

  private static Look look(String name, ChainConfig chain, Endpoint endpoint, Clock clock) {
    String check = "chain." + name + "." + endpoint.alias();
    Answer answer;
    try {
      answer = ask(endpoint);
    } catch (PubSubException unanswered) {
      return new Look(
          Finding.warn(
              check, "no answer: " + unanswered.getMessage(), "start it, or mend its address"),
          OptionalLong.empty());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return new Look(Finding.ok(check, "not asked"), OptionalLong.empty());
    }
    OptionalLong wanted = chain.identity().chainId();
    if (wanted.isPresent() && wanted.getAsLong() != answer.chainId()) {
      return new Look(
          Finding.fail(
              check,
              "it serves chain " + answer.chainId() + ", not " + wanted.getAsLong(),
              "mend its address, or chain_id"),
          OptionalLong.empty());
    }
    if (answer.head().isEmpty()) {
      return new Look(
          Finding.warn(check, "it has no block yet", "wait until it has caught up"),
          OptionalLong.empty());
    }
    Head head = answer.head().get();
    Duration age = Duration.between(Instant.ofEpochSecond(head.timestampSeconds()), clock.wall());
    String at = "chain " + answer.chainId() + ", block " + head.number();
    return new Look(
        age.compareTo(HEAD_AGE_MAX) > 0
            ? Finding.warn(
                check,
                at + ", which is " + age.toSeconds() + " s old",
                "it lags or its chain rests: compare it with another node")
            : Finding.ok(check, at + ", " + Math.max(0, age.toSeconds()) + " s old"),
        OptionalLong.of(head.timestampSeconds()));
  }

  private static Answer ask(Endpoint endpoint) throws InterruptedException {
    try (PubSubFrontend node =
        PubSub.builder()
            .name("doctor")
            .connector(endpoint.connector())
            .identity(ChainIdentity.UNASKED)
            .settings(ONCE)
            .connect()) {
      long chain = node.call(RpcCall.of("eth_chainId", List.of(), Decoders.quantity()));
      Optional<Head> head =
          node.call(
              RpcCall.of(
                  "eth_getBlockByNumber", List.of("latest", false), Decoders.optionalHead()));
      // Over HTTP the gateway asks by itself; elsewhere the node must be able to tell news.
      if (!(endpoint.connector() instanceof HttpPollConnector)) {
        node.subscribe(SubscribeRequest.newHeads()).close();
      }
      return new Answer(chain, head);
    }
  }

  /** A block from our future, by more than nodes allow, is a clock of ours that is slow. */
  private static Optional<Finding> ahead(List<Look> looks, Instant now) {
    OptionalLong newest = looks.stream().flatMapToLong(each -> each.headSeconds().stream()).max();
    if (newest.isEmpty()) return Optional.empty();
    Duration ahead = Duration.between(now, Instant.ofEpochSecond(newest.getAsLong()));
    if (ahead.compareTo(AHEAD_MAX) > 0) {
      return Optional.of(
          Finding.warn(
              "clock",
              "the newest block was made " + ahead.toSeconds() + " s after what is now here",
              "set the clock: chronyc makestep, or timedatectl set-ntp true"));
    }
    return Optional.of(
        Finding.ok("clock", "no block of a chain lies in its future (clocks that are fast pass)"));
  }
}
