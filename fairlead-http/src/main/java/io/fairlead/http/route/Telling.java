package io.fairlead.http.route;

import io.fairlead.net.http.FieldEdits;
import io.fairlead.net.journal.AccessLog;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a site's upstreams are told besides {@code X-Forwarded-…}.
 *
 * @param trace what becomes of the trace context
 * @param forwarded whether {@code Forwarded} is written too (RFC 7239)
 */
public record Telling(Trace trace, boolean forwarded) {
  public static final Telling DEFAULT = new Telling(Trace.AUTO, false);

  /** What becomes of the trace context (W3C) that a request came with. */
  public enum Trace {
    /**
     * It goes on through the gateway while traces are collected, and passes as it came elsewhere.
     */
    AUTO,
    /** It passes as it came. */
    PASS,
    /** It goes on through the gateway; where there is none, one begins. */
    CONTINUE,
    /** The same for peers whose word is believed; of others a new one begins. */
    RESTART;

    /**
     * The context for the upstream; null where it is none of ours to write.
     *
     * @param wanted whether somebody asks which trace it is, though it only passes
     */
    public @Nullable TraceContext of(
        RequestFacts facts, RequestIds ids, AccessLog journal, boolean wanted) {
      if (!ours(journal, wanted)) return wanted ? TraceContext.of(facts.head().fields()) : null;
      TraceContext came =
          this != RESTART || facts.trustedPeer() ? TraceContext.of(facts.head().fields()) : null;
      return came == null
          ? TraceContext.begin(ids.chance(), journal::records)
          : came.next(ids.chance());
    }

    /**
     * Whether the gateway is a part of the trace.
     *
     * @param wanted as above; what nobody is told of is no part by default
     */
    public boolean ours(AccessLog journal, boolean wanted) {
      return this == AUTO ? wanted && journal.traces() : this != PASS;
    }
  }

  /** Adds the fields of the upstream request; after those of {@link Forwarding}. */
  public void apply(RequestFacts facts, FieldEdits edits) {
    TraceContext context = facts.ownTrace();
    if (context != null) {
      edits.drop("traceparent").add("traceparent", context.text());
      if (context.begun()) edits.drop("tracestate");
    }
    if (forwarded) forwarded(facts, edits);
  }

  private static void forwarded(RequestFacts facts, FieldEdits edits) {
    String element =
        "for="
            + node(facts.remote(), facts.remoteText())
            + ";host="
            + quoted(facts.head().authority())
            + ";proto="
            + facts.head().scheme();
    List<String> before = facts.trustedPeer() ? facts.head().fields().all("forwarded") : List.of();
    edits.drop("forwarded");
    edits.add("Forwarded", before.isEmpty() ? element : String.join(", ", before) + ", " + element);
  }

  /** RFC 7239 §6: addresses of version 6 stand in brackets, and so in quotes. */
  private static String node(@Nullable InetAddress remote, String text) {
    return remote instanceof Inet6Address ? "\"[" + text + "]\"" : text;
  }

  private static String quoted(String authority) {
    return "\"" + authority.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }
}
