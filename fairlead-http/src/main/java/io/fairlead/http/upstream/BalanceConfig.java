package io.fairlead.http.upstream;

import io.fairlead.core.unit.Secret;
import io.fairlead.http.balance.Method;
import java.time.Duration;
import java.util.Optional;

/**
 * Who takes the next request.
 *
 * @param key what hashing methods keep together
 * @param sticky keeps a client with its endpoint by a cookie
 * @param slowStart time over which a new or recovered endpoint grows to its weight; zero for none
 * @param panic when a smaller share of a group is healthy, health is ignored; 0 for never
 */
public record BalanceConfig(
    Method method, HashBy key, Optional<Sticky> sticky, Duration slowStart, double panic) {
  public static final BalanceConfig DEFAULTS =
      new BalanceConfig(
          Method.P2C_EWMA, new HashBy.ClientIp(), Optional.empty(), Duration.ZERO, 0.5);

  /** The same with another method. */
  public BalanceConfig by(Method other) {
    return new BalanceConfig(other, key, sticky, slowStart, panic);
  }

  /** What of a request is hashed. */
  public sealed interface HashBy {
    /** The client's address, after trusted proxies. */
    record ClientIp() implements HashBy {
      @Override
      public String toString() {
        return "client_ip";
      }
    }

    /** The path. */
    record OfPath() implements HashBy {
      @Override
      public String toString() {
        return "path";
      }
    }

    /** The name the client asked for in its TLS handshake. */
    record Sni() implements HashBy {
      @Override
      public String toString() {
        return "sni";
      }
    }

    /** A field's first value. */
    record Header(String name) implements HashBy {
      @Override
      public String toString() {
        return "header:" + name;
      }
    }

    /** A cookie's value. */
    record Cookie(String name) implements HashBy {
      @Override
      public String toString() {
        return "cookie:" + name;
      }
    }

    /** Reads what {@code toString} writes. */
    static HashBy parse(String text) {
      switch (text) {
        case "client_ip":
          return new ClientIp();
        case "path":
          return new OfPath();
        case "sni":
          return new Sni();
        default:
      }
      int colon = text.indexOf(':');
      String name = text.substring(colon + 1);
      if (colon > 0 && !name.isEmpty() && name.chars().allMatch(HashBy::tokenChar)) {
        if (text.startsWith("header:")) return new Header(name);
        if (text.startsWith("cookie:")) return new Cookie(name);
      }
      throw new IllegalArgumentException("one of client_ip, path, sni, header:NAME or cookie:NAME");
    }

    private static boolean tokenChar(int c) {
      return c > ' ' && c < 0x7f && "()<>@,;:\\\"/[]?={}".indexOf(c) < 0;
    }
  }

  /**
   * A cookie that names an endpoint without telling its address.
   *
   * @param secret for the names; without it they change with every start of the process
   */
  public record Sticky(String cookie, Optional<Secret> secret) {}
}
