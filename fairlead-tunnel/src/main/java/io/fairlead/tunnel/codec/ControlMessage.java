package io.fairlead.tunnel.codec;

import java.util.List;
import java.util.Optional;

/** One line of a carrier's control stream. */
public sealed interface ControlMessage {
  /** The version of these messages. */
  int VERSION = 1;

  /**
   * The server begins.
   *
   * @param nonce 32 bytes, fresh for each carrier
   */
  record Hello(int version, String gateway, Binary nonce, List<String> methods)
      implements ControlMessage {
    public Hello {
      methods = List.copyOf(methods);
      if (nonce.length() != 32) {
        throw new IllegalArgumentException("nonce: " + nonce.length() + " bytes (expected: 32)");
      }
    }
  }

  /**
   * The agent says who it is.
   *
   * @param method {@code ed25519}, {@code token} or {@code mtls}
   * @param key its peer id, of {@code ed25519}
   * @param session the same for all carriers of one run of the agent
   */
  record Auth(
      int version,
      String agent,
      String method,
      Optional<String> key,
      Binary proof,
      String session,
      String program)
      implements ControlMessage {}

  /** Adds or changes services. */
  record Register(long ref, List<Offer> services) implements ControlMessage {
    public Register {
      services = List.copyOf(services);
    }
  }

  /** Changes one service. */
  record Update(long ref, Offer service) implements ControlMessage {}

  /** Takes services away. */
  record Withdraw(long ref, List<String> services) implements ControlMessage {
    public Withdraw {
      services = List.copyOf(services);
    }
  }

  /**
   * It was done. For an {@code auth}, {@code ref} is 0.
   *
   * @param exposed where services can be reached now
   */
  record Ack(long ref, List<Exposed> exposed) implements ControlMessage {
    public Ack {
      exposed = List.copyOf(exposed);
    }
  }

  /**
   * Where a service can be reached.
   *
   * @param at addresses as users write them, e.g. {@code https://a.example}; none of a private one
   */
  record Exposed(String service, List<String> at) {
    public Exposed {
      at = List.copyOf(at);
    }
  }

  /**
   * It was not done.
   *
   * @param code {@code auth}, {@code conflict}, {@code not_allowed}, {@code unavailable} or {@code
   *     malformed}
   * @param service of a registration of several
   */
  record Refusal(long ref, String code, String text, Optional<String> service)
      implements ControlMessage {}

  /** What the agent counts, for the server's figures: local dials that failed. */
  record Stats(long streams, long failed) implements ControlMessage {}

  /** The sender goes soon: make new carriers first. */
  record Drain() implements ControlMessage {}
}
