package io.fairlead.mqtt;

import io.fairlead.core.unit.Secret;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.net.auth.AuthResult;
import io.fairlead.net.auth.Authenticator;
import io.fairlead.net.auth.Credentials;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Asks the accounts for those who show a name and a password, and admits those who show none where
 * that is allowed. Immutable.
 *
 * @param accounts none: a name counts for nothing
 */
record AccountsAuthenticator(
    Optional<? extends Authenticator> accounts, MqttConfig.Anonymous anonymous)
    implements MqttAuthenticator {
  @Override
  public CompletionStage<Answer> authenticate(Shown shown) {
    boolean named = shown.user().isPresent() || shown.password() != null;
    if (accounts.isEmpty() || !named) {
      Answer answer =
          admitsAnonymous(shown.remote())
              ? new Answer.Anonymous()
              : new Answer.Refused(ReasonCode.NOT_AUTHORIZED);
      return CompletableFuture.completedStage(answer);
    }
    byte[] password = shown.password();
    Secret secret = Secret.of(password == null ? "" : new String(password, StandardCharsets.UTF_8));
    Credentials credentials = new Credentials(shown.user().orElse(""), secret);
    return accounts
        .get()
        .authenticate(credentials, address(shown.remote()))
        .thenApply(
            result ->
                switch (result) {
                  case AuthResult.Accepted(var user, var groups) ->
                      new Answer.Accepted(user, groups);
                  case AuthResult.Rejected _ ->
                      new Answer.Refused(ReasonCode.BAD_USER_NAME_OR_PASSWORD);
                  case AuthResult.Throttled _ -> new Answer.Refused(ReasonCode.SERVER_BUSY);
                });
  }

  boolean admitsAnonymous(SocketAddress remote) {
    return switch (anonymous) {
      case TRUE -> true;
      case FALSE -> false;
      case LOOPBACK ->
          !(remote instanceof InetSocketAddress inet) || inet.getAddress().isLoopbackAddress();
    };
  }

  private static InetAddress address(SocketAddress remote) {
    return remote instanceof InetSocketAddress inet && inet.getAddress() != null
        ? inet.getAddress()
        : InetAddress.getLoopbackAddress();
  }
}
