package io.fairlead.control.access;

import io.fairlead.core.time.Clock;
import io.fairlead.core.watch.Watch;
import java.time.Duration;
import java.util.Optional;

/**
 * Decides on each request by the policy in force, and asks the system or the clock where the policy
 * alone cannot say. Blocks when it has to find out who a peer is; any thread but an event loop.
 */
public final class Gatekeeper {
  /** Wrong tokens a minute of one source, and of all, that are answered at once. */
  private static final int WRONG_TOKENS_PER_SOURCE = 10;

  private static final int WRONG_TOKENS = 1000;

  private final Watch<AccessPolicy> policy;
  private final PeerProof proof;
  private final AttemptThrottle wrongTokens;

  /**
   * @param policy in force; each request asks the newest
   */
  public Gatekeeper(Watch<AccessPolicy> policy, PeerProof proof, Clock clock) {
    this.policy = policy;
    this.proof = proof;
    this.wrongTokens = new AttemptThrottle(clock, WRONG_TOKENS_PER_SOURCE, WRONG_TOKENS);
  }

  public AccessPolicy policy() {
    return policy.current();
  }

  /** Never {@link Decision.AskPeer}. */
  public Decision decide(Knock knock) {
    AccessPolicy inForce = policy.current();
    Decision decision = inForce.decide(knock);
    return switch (decision) {
      case Decision.AskPeer _ when knock.door() instanceof Door.Tcp tcp ->
          inForce.decide(proof.ownerOf(tcp));
      case Decision.AskPeer _ -> throw new IllegalStateException("only TCP peers are asked");
      // A right token is let in before this is asked: nobody can lock its holder out.
      case Decision.Refused refused when refused.code().equals(AccessPolicy.BAD_TOKEN) ->
          wrongToken(knock).orElse(refused);
      case Decision.Allowed _, Decision.Refused _, Decision.Throttled _ -> decision;
    };
  }

  private Optional<Decision> wrongToken(Knock knock) {
    if (!(knock.door() instanceof Door.Tcp tcp)) return Optional.empty();
    Optional<Duration> wait = wrongTokens.begin(tcp.peer().getAddress());
    return wait.map(
        left -> new Decision.Throttled(left, "too many wrong tokens from this address"));
  }
}
