package io.fairlead.mqtt;

import io.fairlead.core.access.EntryId;
import io.fairlead.mqtt.codec.ReasonCode;
import java.net.SocketAddress;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Map;
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
   * @param remote where the client is
   * @param local see {@link MqttClient#local}
   * @param certificate of the client, which the listener has verified
   */
  record Shown(
      String clientId,
      Optional<String> user,
      byte @Nullable [] password,
      SocketAddress remote,
      boolean local,
      Optional<X509Certificate> certificate) {
    /** Without the password. */
    @Override
    public String toString() {
      return "Shown[" + clientId + ", " + user + "]";
    }
  }

  /** The answer. */
  sealed interface Answer {
    /**
     * This is who it is.
     *
     * @param by see {@link MqttClient#knownBy}
     * @param entry of the registry, when it proved to be that; otherwise the membership says
     *     whether the account stands for one
     * @param attributes more that is known of it, by name
     * @param until when its connection ends, if it does by itself
     */
    record Accepted(
        String user,
        Set<String> groups,
        String by,
        Optional<EntryId> entry,
        Map<String, String> attributes,
        Optional<Instant> until)
        implements Answer {
      public Accepted {
        groups = Set.copyOf(groups);
        attributes = Map.copyOf(attributes);
      }

      public Accepted(String user, Set<String> groups) {
        this(user, groups, "", Optional.empty(), Map.of(), Optional.empty());
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
