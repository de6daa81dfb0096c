package io.fairlead.http.route;

import io.fairlead.net.http.FieldEdits;
import io.fairlead.net.http.Fields;
import java.util.List;

/**
 * The fields that tell an upstream who asked: {@code X-Forwarded-For}, {@code -Proto}, {@code
 * -Host}, {@code X-Request-Id} and {@code Via}. What a peer that is not trusted says about itself
 * is left out, {@code Forwarded}, {@code X-Real-IP} and the {@code X-Forwarded-} relatives
 * included.
 *
 * @param pseudonym this gateway's name in {@code Via}, random per process
 * @param via10 value of {@code Via} for a request of HTTP/1.0
 * @param via11 and for the others
 */
public record Forwarding(String pseudonym, String via10, String via11) {
  private static final List<String> CLAIMS =
      List.of(
          "x-request-id",
          "forwarded",
          "x-forwarded-for",
          "x-forwarded-proto",
          "x-forwarded-host",
          "x-forwarded-port",
          "x-forwarded-server",
          "x-real-ip");

  public Forwarding(String pseudonym) {
    this(pseudonym, "1.0 " + pseudonym, "1.1 " + pseudonym);
  }

  /** Adds the fields of the upstream request to {@code edits}. */
  public void apply(RequestFacts facts, FieldEdits edits) {
    Fields fields = facts.head().fields();
    if (facts.trustedPeer()) {
      extend(facts, fields, edits);
    } else {
      edits
          .dropAll(CLAIMS)
          .add("X-Forwarded-For", facts.remoteText())
          .add("X-Forwarded-Proto", facts.head().scheme())
          .add("X-Forwarded-Host", facts.head().authority());
    }
    edits
        .add("X-Request-Id", facts.requestId())
        .add("Via", facts.head().minorVersion() == 0 ? via10 : via11);
  }

  /** Whether the request passed this gateway before (RFC 9110 §7.6.3). */
  public boolean loops(Fields fields) {
    for (int i = 0; i < fields.size(); i++) {
      if (fields.nameIs(i, "via") && names(fields.value(i))) return true;
    }
    return false;
  }

  private void extend(RequestFacts facts, Fields fields, FieldEdits edits) {
    String chain = String.join(", ", fields.all("x-forwarded-for"));
    edits
        .drop("x-forwarded-for")
        .drop("x-request-id")
        .add(
            "X-Forwarded-For",
            chain.isEmpty() ? facts.remoteText() : chain + ", " + facts.remoteText());
    if (fields.first("x-forwarded-proto").isEmpty()) {
      edits.add("X-Forwarded-Proto", facts.head().scheme());
    }
    if (fields.first("x-forwarded-host").isEmpty()) {
      edits.add("X-Forwarded-Host", facts.head().authority());
    }
  }

  private boolean names(String via) {
    int at = via.indexOf(pseudonym);
    while (at >= 0) {
      int end = at + pseudonym.length();
      boolean begins = at > 0 && (via.charAt(at - 1) == ' ' || via.charAt(at - 1) == '\t');
      boolean ends = end == via.length() || " \t,".indexOf(via.charAt(end)) >= 0;
      if (begins && ends) return true;
      at = via.indexOf(pseudonym, at + 1);
    }
    return false;
  }
}
