package io.fairlead.mqtt;

import io.fairlead.mqtt.codec.ReasonCode;
import java.net.SocketAddress;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Finds out who a client is. Asked on event loops: must not block. */
public interface MqttAuthenticator {
  /**
   * What the client showed.
   *
   * @param password null: none
   */
  record Shown(
      String clientId, Optional<String> user, byte @Nullable [] password, SocketAddress remote) {
    /** Without the password. */
    @Override
    public String toString() {
      return "Shown[" + clientId + ", " + user + "]";
    }
  }

  /** The answer. */
  sealed interface Answer {
    /** This is who it is. */
    record Accepted(String user, Set<String> groups) implements Answer {
      public Accepted {
        groups = Set.copyOf(groups);
      }
    }

    /** Nobody in particular, and that is all right. */
    record Anonymous() implements Answer {}

    /** No. */
    record Refused(ReasonCode reason) implements Answer {}
  }

  /** Completes at once or on any thread; a failure is {@link ReasonCode#SERVER_UNAVAILABLE}. */
  CompletionStage<Answer> authenticate(Shown shown);
}
