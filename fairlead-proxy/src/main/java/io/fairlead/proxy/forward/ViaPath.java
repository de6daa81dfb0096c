package io.fairlead.proxy.forward;

import io.fairlead.net.http.Fields;
import java.util.List;
import java.util.Optional;

/** What the {@code Via} fields of a request tell about its way here (RFC 9110 §7.6.3). */
public final class ViaPath {
  private static final int HOPS_MAX = 20;

  private ViaPath() {}

  /**
   * Looks for a loop.
   *
   * @param own names this gateway goes by
   */
  public static Optional<Refusal> refusal(Fields fields, List<String> own) {
    int hops = 0;
    for (int i = 0; i < fields.size(); i++) {
      if (!fields.nameIs(i, "via")) continue;
      for (String member : fields.value(i).split(",", -1)) {
        String hop = member.strip();
        if (hop.isEmpty()) continue;
        hops++;
        if (own.contains(receivedBy(hop))) {
          return Optional.of(Refusal.of(Refusal.Kind.LOOP, "the request has been here before"));
        }
      }
    }
    if (hops <= HOPS_MAX) return Optional.empty();
    return Optional.of(
        Refusal.of(
            Refusal.Kind.TOO_MANY_HOPS, "proxies passed: " + hops + ", at most " + HOPS_MAX));
  }

  /** {@code [protocol/]version received-by [comment]}. */
  private static String receivedBy(String hop) {
    int from = hop.indexOf(' ');
    if (from < 0) return "";
    String rest = hop.substring(from).strip();
    int end = rest.indexOf(' ');
    return end < 0 ? rest : rest.substring(0, end);
  }
}
