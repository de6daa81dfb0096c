package io.fairlead.net.http;

import io.fairlead.core.unit.Limit;
import io.fairlead.net.http.codec.ChunkLimits;
import io.fairlead.net.http.codec.HeadLimits;
import io.fairlead.net.http.codec.Reject;
import io.fairlead.net.http.codec.RequestScanner;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@link HttpSettings} in the units of the hot path. */
record EdgeRules(
    HeadLimits head,
    RequestScanner.Aliases aliases,
    boolean strictAuthority,
    long headNanos,
    long firstNanos,
    long keepAliveNanos,
    long bodyIdleNanos,
    long writeStallNanos,
    long bodyMax,
    int requestsMax,
    long bodyBytesPerSecond,
    int pipelinedMax,
    boolean allowConnect,
    ChunkLimits chunks,
    List<FieldEdits.Field> answerFields) {
  static EdgeRules of(HttpSettings settings) {
    return new EdgeRules(
        new HeadLimits(
            settings.requestLineMax().toInt(),
            settings.headMax().toInt(),
            settings.fieldMax().toInt(),
            settings.fieldsMax()),
        switch (settings.underscoreFields()) {
          case DROP -> RequestScanner.Aliases.DROP;
          case ALLOW -> RequestScanner.Aliases.KEEP;
          case REJECT -> RequestScanner.Aliases.REJECT;
        },
        settings.strictAuthority(),
        settings.headTimeout().toNanos(),
        settings.firstRequestTimeout().toNanos(),
        settings.keepAliveTimeout().toNanos(),
        settings.bodyIdleTimeout().toNanos(),
        settings.writeStallTimeout().toNanos(),
        bytes(settings.bodyMax()),
        settings.requestsMax(),
        settings.pace().bodyRate() instanceof Limit.AtMost(long rate) ? rate : 0,
        settings.pace().pipelinedMax(),
        settings.allowConnect(),
        settings.chunks(),
        settings.answerFields());
  }

  /** What a well-formed request is refused for. */
  @Nullable Reject refusal(RequestView view) {
    String method = view.method();
    if (method.equals("TRACE")) return Reject.METHOD_NOT_ALLOWED;
    if (!allowConnect && method.equals("CONNECT")) return Reject.METHOD_NOT_ALLOWED;
    return view.scanner().contentLength() > bodyMax ? Reject.BODY_TOO_LARGE : null;
  }

  /** A bound as a number. */
  static long bytes(Limit limit) {
    return switch (limit) {
      case Limit.Unlimited _ -> Long.MAX_VALUE;
      case Limit.AtMost(long max) -> max;
    };
  }
}
