package io.fairlead.mqtt;

import io.fairlead.core.random.Randomness;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.net.auth.AuthThrottle;
import io.fairlead.net.auth.ScramCredential;
import io.fairlead.net.auth.ScramServer;
import io.fairlead.net.auth.ScramStep;
import io.fairlead.net.auth.UsersFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * SCRAM-SHA-256 (RFC 7677) for the accounts of users files that have a SCRAM secret. Of an account
 * with another kind of hash, and of a name that is nobody's, clients learn the same: that they did
 * not prove it. Immutable.
 */
final class ScramLogins implements EnhancedAuthenticator {
  private final List<UsersFile> files;
  private final byte[] nobodyKey;
  private final AuthThrottle throttle;
  private final Randomness randomness;

  /**
   * @param files in their order; the first that knows a name counts
   * @param nobodyKey 16 secret bytes or more, the same for the life of the broker
   */
  ScramLogins(
      Collection<UsersFile> files, byte[] nobodyKey, AuthThrottle throttle, Randomness randomness) {
    this.files = List.copyOf(files);
    this.nobodyKey = nobodyKey.clone();
    this.throttle = throttle;
    this.randomness = randomness;
  }

  /** Whether there is an account that could use it. */
  boolean anybody() {
    return files.stream()
        .flatMap(file -> file.verifiers().values().stream())
        .anyMatch(written -> ScramCredential.ofAccount(written).isPresent());
  }

  @Override
  public String method() {
    return ScramServer.METHOD;
  }

  @Override
  public Exchange begin(String clientId) {
    return new Proving(InetAddress.getLoopbackAddress());
  }

  @Override
  public Exchange begin(String clientId, SocketAddress remote) {
    boolean known = remote instanceof InetSocketAddress inet && inet.getAddress() != null;
    return new Proving(
        known ? ((InetSocketAddress) remote).getAddress() : InetAddress.getLoopbackAddress());
  }

  private Optional<UsersFile> file(String name) {
    return files.stream().filter(file -> file.knows(name)).findFirst();
  }

  /** One exchange. */
  private final class Proving implements Exchange {
    private final InetAddress peer;
    private final ScramServer server;
    private String claimed = "";

    Proving(InetAddress peer) {
      this.peer = peer;
      this.server = ScramServer.plain(this::credential, nobodyKey, randomness, false);
    }

    private Optional<ScramCredential> credential(String name) {
      claimed = name;
      return file(name).flatMap(file -> file.verifier(name)).flatMap(ScramCredential::ofAccount);
    }

    @Override
    public Step next(byte @Nullable [] data) {
      boolean proves = !claimed.isEmpty();
      if (proves && throttle.begin(peer, claimed).isPresent()) {
        return new Step.Refused(ReasonCode.SERVER_BUSY);
      }
      return switch (server.accept(data == null ? new byte[0] : data)) {
        case ScramStep.Challenge challenge -> new Step.Continue(challenge.data());
        case ScramStep.Accepted end -> {
          throttle.succeeded(peer, end.user());
          yield new Step.Accepted(
              end.user(),
              file(end.user()).map(file -> file.groups(end.user())).orElseThrow(),
              Optional.of(end.data()),
              "file");
        }
        case ScramStep.Refused _ -> new Step.Refused(ReasonCode.NOT_AUTHORIZED);
      };
    }
  }
}
