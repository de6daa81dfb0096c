package io.fairlead.control.netty;

import io.fairlead.control.http.Reply;
import io.fairlead.net.http.FieldEdits;
import io.fairlead.net.http.RequestHead;
import java.util.List;
import java.util.Set;

/**
 * What an answer says to a page of another origin that the configuration names (Fetch standard,
 * CORS protocol): nothing to any other. Never with credentials: such a page has a token, the cookie
 * is the gateway's own pages'.
 *
 * @param preflight whether the browser only asks whether it may
 */
record Cors(List<FieldEdits.Field> fields, boolean preflight) {
  private static final Cors NONE = new Cors(List.of(), false);

  static Cors of(RequestHead head, Set<String> origins) {
    if (origins.isEmpty()) return NONE;
    List<String> sent = head.fields().all("origin");
    if (sent.size() != 1 || !origins.contains(sent.getFirst())) {
      return new Cors(List.of(new FieldEdits.Field("Vary", "Origin")), false);
    }
    boolean asks =
        head.method().equals("OPTIONS")
            && head.fields().first("access-control-request-method").isPresent();
    return new Cors(
        List.of(
            new FieldEdits.Field("Vary", "Origin"),
            new FieldEdits.Field("Access-Control-Allow-Origin", sent.getFirst()),
            new FieldEdits.Field(
                "Access-Control-Expose-Headers", "ETag, X-Fairlead-Generation, Retry-After")),
        asks);
  }

  /** Says what such a page may send. */
  static Reply preflightReply() {
    return Reply.empty(204)
        .with("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
        .with(
            "Access-Control-Allow-Headers",
            "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key")
        .with("Access-Control-Max-Age", "600");
  }
}
