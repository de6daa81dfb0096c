package io.fairlead.proxy.forward;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.mailbox.Machine;
import io.fairlead.net.auth.BasicCredentials;
import io.fairlead.proxy.forward.Refusal.Kind;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One CONNECT request, from its head to the relay.
 *
 * <pre>
 * Fresh          --requested, malformed-->         Ended          (Refuse 400)
 * Fresh          --requested, mode not enabled-->  Ended          (Refuse 403)
 * Fresh          --requested, no auth needed-->    Opening        (OpenFlow)
 * Fresh          --requested, no credentials-->    Ended          (Refuse 407)
 * Fresh          --requested, credentials-->       Authenticating (Authenticate)
 * Authenticating --authenticated-->                Opening        (OpenFlow)
 * Authenticating --refused-->                      Ended          (Refuse 407 or 403)
 * Authenticating --throttled-->                    Ended          (Tarpit)
 * Opening        --opened-->                       Ended          (Join)
 * Opening        --refused-->                      Ended          (Refuse)
 * any            --peer gone-->                    Ended          (Abandon, unless Ended)
 * </pre>
 *
 * Not thread-safe: owned by the connection's event loop.
 */
public final class ConnectHandshake implements Machine<ConnectInput, ConnectEffect> {
  private sealed interface State {
    record Fresh() implements State {}

    record Authenticating(Destination.HostPort destination) implements State {}

    record Opening() implements State {}

    record Ended() implements State {}
  }

  private static final State ENDED = new State.Ended();

  private final boolean enabled;
  private final boolean authRequired;
  private State state = new State.Fresh();

  /**
   * @param enabled whether {@code connect} is among the service's modes
   * @param authRequired whether the service has accounts
   */
  public ConnectHandshake(boolean enabled, boolean authRequired) {
    this.enabled = enabled;
    this.authRequired = authRequired;
  }

  @Override
  public void accept(ConnectInput input, long nowNanos, Consumer<? super ConnectEffect> effects) {
    state =
        switch (input) {
          case ConnectInput.Requested requested -> requested(requested, effects);
          case ConnectInput.Authenticated _
              when state instanceof State.Authenticating(Destination.HostPort destination) -> {
            effects.accept(new ConnectEffect.OpenFlow(destination));
            yield new State.Opening();
          }
          case ConnectInput.AuthRefused(Refusal refusal)
              when state instanceof State.Authenticating -> {
            effects.accept(
                refusal.kind() == Kind.THROTTLED
                    ? new ConnectEffect.Tarpit()
                    : new ConnectEffect.Refuse(refusal));
            yield ENDED;
          }
          case ConnectInput.Opened _ when state instanceof State.Opening -> {
            effects.accept(new ConnectEffect.Join());
            yield ENDED;
          }
          case ConnectInput.OpenRefused(Refusal refusal) when state instanceof State.Opening -> {
            effects.accept(new ConnectEffect.Refuse(refusal));
            yield ENDED;
          }
          case ConnectInput.PeerGone _ -> {
            if (!(state instanceof State.Ended)) effects.accept(new ConnectEffect.Abandon());
            yield ENDED;
          }
          // Answers to a client that has gone.
          case ConnectInput.Authenticated _,
              ConnectInput.AuthRefused _,
              ConnectInput.Opened _,
              ConnectInput.OpenRefused _ ->
              state;
        };
  }

  private State requested(
      ConnectInput.Requested requested, Consumer<? super ConnectEffect> effects) {
    if (!(state instanceof State.Fresh)) {
      throw new IllegalStateException("requested in " + state + " (expected: Fresh)");
    }
    if (requested.framed()) {
      return refuse(Kind.MALFORMED, "CONNECT has no body", effects); // RFC 9110 §9.3.6
    }
    Optional<Destination.HostPort> destination = Authority.withPort(requested.target());
    if (destination.isEmpty()) {
      return refuse(Kind.MALFORMED, "CONNECT asks for host:port with a port of 1-65535", effects);
    }
    if (!enabled) return refuse(Kind.MODE_DISABLED, "CONNECT is not enabled here", effects);
    if (!authRequired) {
      effects.accept(new ConnectEffect.OpenFlow(destination.get()));
      return new State.Opening();
    }
    if (requested.proxyAuthorization().isEmpty()) {
      return refuse(Kind.AUTH_REQUIRED, "say who you are", effects);
    }
    Optional<BasicCredentials> credentials =
        BasicCredentials.parse(requested.proxyAuthorization().get());
    if (credentials.isEmpty()) {
      return refuse(Kind.AUTH_FAILED, "user or password not accepted", effects);
    }
    effects.accept(new ConnectEffect.Authenticate(credentials.get()));
    return new State.Authenticating(destination.get());
  }

  private static State refuse(Kind kind, String message, Consumer<? super ConnectEffect> effects) {
    effects.accept(new ConnectEffect.Refuse(Refusal.of(kind, message)));
    return ENDED;
  }
}
