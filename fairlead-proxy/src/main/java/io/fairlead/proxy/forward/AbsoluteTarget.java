package io.fairlead.proxy.forward;

import io.fairlead.core.dial.Destination;
import io.fairlead.net.http.RequestHead;
import io.fairlead.proxy.forward.Refusal.Kind;
import java.util.Optional;

/** Reads what an absolute-form request asks for (RFC 9112 §3.2.2). */
public final class AbsoluteTarget {
  private static final String HTTP = "http://";
  private static final int HTTP_PORT = 80;

  private AbsoluteTarget() {}

  /** Why the request cannot be forwarded, whoever sends it. */
  public static Optional<Refusal> refusal(RequestHead head) {
    String target = head.target();
    if (!target.regionMatches(true, 0, HTTP, 0, HTTP.length())) {
      return refusal(Kind.SCHEME_UNSUPPORTED, "only http:// targets are forwarded; use CONNECT");
    }
    if (hasUserInformation(target)) {
      return refusal(Kind.MALFORMED, "a target has no user information");
    }
    if (destination(head).isEmpty()) {
      return refusal(Kind.MALFORMED, "the target names no host");
    }
    if (head.method().equals("TRACE")) {
      return refusal(Kind.METHOD_DISABLED, "TRACE is not forwarded");
    }
    return Optional.empty();
  }

  /** Where it goes; port 80 when the target names none. */
  public static Optional<Destination.HostPort> destination(RequestHead head) {
    return Authority.parse(head.authority(), HTTP_PORT);
  }

  /** The target as the origin server gets it (RFC 9112 §3.2.1, §3.2.4). */
  public static String forOrigin(RequestHead head) {
    String rest = head.pathAndQuery();
    if (rest.isEmpty()) return head.method().equals("OPTIONS") ? "*" : "/";
    return rest.charAt(0) == '?' ? "/" + rest : rest;
  }

  /**
   * Hops left (RFC 9110 §7.6.2); large numbers are as good as the largest.
   *
   * @return -1 when it is no number
   */
  public static int maxForwards(String value) {
    if (value.isEmpty()) return -1;
    int hops = 0;
    for (int i = 0; i < value.length(); i++) {
      int digit = value.charAt(i) - '0';
      if (digit < 0 || digit > 9) return -1;
      hops = Math.min(hops, 1_000_000) * 10 + digit;
    }
    return hops;
  }

  private static boolean hasUserInformation(String target) {
    for (int i = HTTP.length(); i < target.length(); i++) {
      char c = target.charAt(i);
      if (c == '/' || c == '?') return false;
      if (c == '@') return true;
    }
    return false;
  }

  private static Optional<Refusal> refusal(Kind kind, String message) {
    return Optional.of(Refusal.of(kind, message));
  }
}
