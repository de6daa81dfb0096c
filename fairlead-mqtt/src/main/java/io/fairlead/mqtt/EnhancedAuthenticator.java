package io.fairlead.mqtt;

import io.fairlead.mqtt.codec.ReasonCode;
import java.net.SocketAddress;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One method of enhanced authentication (MQTT 5.0 §4.12). Thread-safe; must not block. */
public interface EnhancedAuthenticator {
  /** The name clients ask for it by. */
  String method();

  /** Begins an exchange for one client. */
  Exchange begin(String clientId);

  /** The same, for methods that go by where the client is. */
  default Exchange begin(String clientId, SocketAddress remote) {
    return begin(clientId);
  }

  /** One exchange; one owner. */
  interface Exchange {
    /**
     * Takes what the client sent.
     *
     * @param data null: nothing
     */
    Step next(byte @Nullable [] data);
  }

  /** What comes next. */
  sealed interface Step {
    /** Ask the client for more. */
    record Continue(byte[] data) implements Step {}

    /** This is who it is; {@code data} is the last word to it. */
    record Accepted(String user, Set<String> groups, Optional<byte[]> data, String by)
        implements Step {
      public Accepted {
        groups = Set.copyOf(groups);
      }

      /** By no source of the configuration. */
      public Accepted(String user, Set<String> groups, Optional<byte[]> data) {
        this(user, groups, data, "");
      }
    }

    /** No. */
    record Refused(ReasonCode reason) implements Step {}
  }
}
