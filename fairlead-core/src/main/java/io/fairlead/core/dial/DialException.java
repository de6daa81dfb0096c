package io.fairlead.core.dial;

/** A dial did not lead to a stream. One subclass per thing the caller may do about it. */
public abstract sealed class DialException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient Destination destination;

  DialException(Destination destination, String message) {
    super(message, null, false, false); // expected on a busy edge: no stack
    this.destination = destination;
  }

  public final Destination destination() {
    return destination;
  }

  /** Whether the same dial may succeed when tried again, or through another endpoint. */
  public abstract boolean retryable();

  /** Stable word for logs, metrics and error bodies. */
  public abstract String code();

  /** The other side answered with a refusal. */
  public static final class Refused extends DialException {
    private static final long serialVersionUID = 1;

    public Refused(Destination destination, String message) {
      super(destination, message);
    }

    @Override
    public boolean retryable() {
      return true;
    }

    @Override
    public String code() {
      return "connect_refused";
    }
  }

  /** No route to the network or the host. */
  public static final class Unreachable extends DialException {
    private static final long serialVersionUID = 1;
    private final boolean network;

    public Unreachable(Destination destination, boolean network, String message) {
      super(destination, message);
      this.network = network;
    }

    /** True when the network, false when only the host is unreachable. */
    public boolean network() {
      return network;
    }

    @Override
    public boolean retryable() {
      return true;
    }

    @Override
    public String code() {
      return network ? "network_unreachable" : "host_unreachable";
    }
  }

  /** Nothing answered in time. */
  public static final class TimedOut extends DialException {
    private static final long serialVersionUID = 1;

    public TimedOut(Destination destination, String message) {
      super(destination, message);
    }

    @Override
    public boolean retryable() {
      return true;
    }

    @Override
    public String code() {
      return "connect_timeout";
    }
  }

  /** The name does not resolve. */
  public static final class Unresolved extends DialException {
    private static final long serialVersionUID = 1;

    public Unresolved(Destination destination, String message) {
      super(destination, message);
    }

    @Override
    public boolean retryable() {
      return false;
    }

    @Override
    public String code() {
      return "dns_error";
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
      super(destination, message);
      this.fix = fix;
    }

    public String fix() {
      return fix;
    }

    @Override
    public boolean retryable() {
      return false;
    }

    @Override
    public String code() {
      return "destination_denied";
    }
  }

  /** The TLS handshake with the other side failed. */
  public static final class Insecure extends DialException {
    private static final long serialVersionUID = 1;

    public Insecure(Destination destination, String message) {
      super(destination, message);
    }

    @Override
    public boolean retryable() {
      return false;
    }

    @Override
    public String code() {
      return "tls_failed";
    }
  }

  /** We are out of something: descriptors, ports, a limit of ours. */
  public static final class Exhausted extends DialException {
    private static final long serialVersionUID = 1;

    public Exhausted(Destination destination, String message) {
      super(destination, message);
    }

    @Override
    public boolean retryable() {
      return true;
    }

    @Override
    public String code() {
      return "resources_exhausted";
    }
  }
}
