package io.fairlead.mqtt.extension;

import io.fairlead.mqtt.EnhancedAuthenticator;
import io.fairlead.mqtt.codec.ReasonCode;
import java.net.SocketAddress;

/** An extension's method of enhanced authentication; where it fails, nobody comes in. */
final class GuardedMethod implements EnhancedAuthenticator {
  private static final Step NO = new Step.Refused(ReasonCode.SERVER_UNAVAILABLE);

  private final Loaded owner;
  private final EnhancedAuthenticator theirs;
  private final String method;

  GuardedMethod(Loaded owner, EnhancedAuthenticator theirs) {
    this.owner = owner;
    this.theirs = theirs;
    this.method = theirs.method();
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public Exchange begin(String clientId) {
    return guarded(owner.ask(() -> theirs.begin(clientId), () -> _ -> NO));
  }

  @Override
  public Exchange begin(String clientId, SocketAddress remote) {
    return guarded(owner.ask(() -> theirs.begin(clientId, remote), () -> _ -> NO));
  }

  private Exchange guarded(Exchange exchange) {
    return data -> owner.ask(() -> exchange.next(data), () -> NO);
  }
}
