package io.fairlead.http.health;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How endpoints are asked whether they are well.
 *
 * @param path asked for by {@code http}
 * @param expect statuses of {@code http} that pass
 * @param body text an {@code http} answer must hold within its first 64 KiB
 * @param host {@code Host} of {@code http}, {@code :authority} of {@code grpc}
 * @param service asked for by {@code grpc}; empty for the server as a whole
 * @param interval between two checks, spread by a tenth either way
 * @param timeout of one check, connecting included
 * @param rise passes in a row until healthy
 * @param fall failures in a row until unhealthy
 * @param initial before the first check: unknown, healthy or unhealthy
 */
public record CheckConfig(
    Type type,
    String path,
    List<StatusRange> expect,
    Optional<String> body,
    Optional<String> host,
    String service,
    Duration interval,
    Duration timeout,
    int rise,
    int fall,
    HealthState initial) {
  /** What is asked. */
  public enum Type {
    /** Whether a connection can be made. */
    TCP,
    /** A GET over HTTP. */
    HTTP,
    /** The gRPC health service. */
    GRPC,
    /** Whether a TLS handshake succeeds. */
    TLS
  }

  public static final CheckConfig DEFAULTS =
      new CheckConfig(
          Type.HTTP,
          "/",
          List.of(new StatusRange(200, 399)),
          Optional.empty(),
          Optional.empty(),
          "",
          Duration.ofSeconds(5),
          Duration.ofSeconds(2),
          2,
          3,
          HealthState.UNKNOWN);

  public CheckConfig {
    expect = List.copyOf(expect);
  }

  /** Whether that status passes. */
  public boolean expects(int status) {
    for (StatusRange range : expect) {
      if (status >= range.first() && status <= range.last()) return true;
    }
    return false;
  }

  /** Inclusive. */
  public record StatusRange(int first, int last) {
    public StatusRange {
      if (first < 100 || last > 599 || last < first) {
        throw new IllegalArgumentException("a range of statuses is 100-599, lower first");
      }
    }

    /**
     * @param text {@code 204} or {@code 200-399}
     */
    public static StatusRange parse(String text) {
      int dash = text.indexOf('-');
      try {
        return dash < 0
            ? new StatusRange(Integer.parseInt(text), Integer.parseInt(text))
            : new StatusRange(
                Integer.parseInt(text.substring(0, dash)),
                Integer.parseInt(text.substring(dash + 1)));
      } catch (NumberFormatException notANumber) {
        throw new IllegalArgumentException("a status or a range such as 200-399", notANumber);
      }
    }

    @Override
    public String toString() {
      return first == last ? Integer.toString(first) : first + "-" + last;
    }
  }
}
