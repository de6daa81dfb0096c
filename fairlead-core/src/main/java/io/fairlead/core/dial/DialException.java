package io.fairlead.core.dial;

/** A dial did not lead to a stream. One subclass per thing the caller may do about it. */
public abstract sealed class DialException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient Destination destination;
  private final String code;
  private final boolean retryable;

  private DialException(Destination destination, String code, boolean retryable, String message) {
    super(message, null, false, false); // expected on a busy edge: no stack
    this.destination = destination;
    this.code = code;
    this.retryable = retryable;
  }

  public final Destination destination() {
    return destination;
  }

  /** Whether the same dial may succeed when tried again, or through another endpoint. */
  public final boolean retryable() {
    return retryable;
  }

  /** Stable word for logs, metrics and error bodies. */
  public final String code() {
    return code;
  }

  /** The other side answered with a refusal. */
  public static final class Refused extends DialException {
    private static final long serialVersionUID = 1;

    public Refused(Destination destination, String message) {
      super(destination, "connect_refused", true, message);
    }
  }

  /** No route to the network or the host. */
  public static final class Unreachable extends DialException {
    private static final long serialVersionUID = 1;
    private final boolean network;

    public Unreachable(Destination destination, boolean network, String message) {
      super(destination, network ? "network_unreachable" : "host_unreachable", true, message);
      this.network = network;
    }

    /** True when the network, false when only the host is unreachable. */
    public boolean network() {
      return network;
    }
  }

  /** Nothing answered in time. */
  public static final class TimedOut extends DialException {
    private static final long serialVersionUID = 1;

    public TimedOut(Destination destination, String message) {
      super(destination, "connect_timeout", true, message);
    }
  }

  /** The name does not resolve. */
  public static final class Unresolved extends DialException {
    private static final long serialVersionUID = 1;

    public Unresolved(Destination destination, String message) {
      super(destination, "dns_error", false, message);
    }
  }

  /** A rule of ours forbids it; nothing was dialled. */
  public static final class Forbidden extends DialException {
    private static final long serialVersionUID = 1;
    private final String fix;

    /**
     * @param message what was refused and by which rule
     * @param fix the key to set and its value, for the operator
     */
    public Forbidden(Destination destination, String message, String fix) {
      super(destination, "destination_denied", false, message);
      this.fix = fix;
    }

    public String fix() {
      return fix;
    }
  }

  /** The TLS handshake with the other side failed. */
  public static final class Insecure extends DialException {
    private static final long serialVersionUID = 1;

    public Insecure(Destination destination, String message) {
      super(destination, "tls_failed", false, message);
    }
  }

  /** We are out of something: descriptors, ports, a limit of ours. */
  public static final class Exhausted extends DialException {
    private static final long serialVersionUID = 1;

    public Exhausted(Destination destination, String message) {
      super(destination, "resources_exhausted", true, message);
    }
  }
}
