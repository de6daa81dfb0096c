package io.fairlead.app.trace;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.Secret;
import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Section {@code telemetry}. */
public record TelemetryConfig(Tracing tracing) {
  /**
   * Section {@code telemetry.tracing}.
   *
   * @param endpoint of the collector; {@code /v1/traces} is added where it has no path
   * @param headers sent with each batch
   * @param share of the traces that begin here which is recorded, 0 to 1
   */
  public record Tracing(boolean enabled, URI endpoint, Map<String, Secret> headers, double share) {
    // RFC 9110 §5.6.2.
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}");

    /** What frames a request; the HTTP client refuses them. */
    private static final Set<String> RESERVED =
        Set.of("connection", "content-length", "expect", "host", "upgrade");

    private static final RecordType<Tracing> TYPE =
        RecordType.define(
            "tracing",
            "Spans for a collector that speaks OTLP over HTTP: requests and streams (those that the"
                + " access log would name), changes of the configuration, the registry's cycles,"
                + " requests to chains.",
            fields -> {
              Field<Boolean> enabled =
                  fields.key("enabled", Types.bool(), "Whether spans are sent.").orElse(false);
              Field<URI> endpoint =
                  fields
                      .key(
                          "otlp_endpoint",
                          Types.url("http", "https"),
                          "The collector; `/v1/traces` is added where it has no path.")
                      .orElse(URI.create("http://127.0.0.1:4318"));
              Field<Map<String, Secret>> headers =
                  fields
                      .key(
                          "headers",
                          Types.freeMapOf(Types.secret()),
                          "Fields sent with each batch, such as a key.")
                      .orElse(Map.of());
              Field<Double> share =
                  fields
                      .key(
                          "sample_ratio",
                          Types.number().between(0, 1),
                          "Share of the traces that begin here which is recorded. A caller's"
                              + " decision is kept.")
                      .orElse(0.01);
              fields.check(
                  (values, checks) -> {
                    for (String name : values.get(headers).keySet()) {
                      String reason = unsendable(name);
                      if (!reason.isEmpty()) {
                        checks.errorAt(
                            values.path()
                                + "/headers/"
                                + name.replace("~", "~0").replace("/", "~1"),
                            Codes.UNFIT,
                            "`" + name + "` " + reason,
                            "remove it, or name the field that the collector wants");
                      }
                    }
                  });
              return values ->
                  new Tracing(
                      values.get(enabled),
                      values.get(endpoint),
                      values.get(headers),
                      values.get(share));
            });

    /** Why a batch cannot have a field of that name; empty when it can. */
    private static String unsendable(String name) {
      if (!TOKEN.matcher(name).matches()) return "is not the name of a field";
      return RESERVED.contains(name.toLowerCase(Locale.ROOT))
          ? "is made by the gateway itself"
          : "";
    }

    /** Where batches go. */
    URI traces() {
      String path = endpoint.getPath();
      return path == null || path.isEmpty() || path.equals("/")
          ? endpoint.resolve("/v1/traces")
          : endpoint;
    }
  }

  public static final RecordType<TelemetryConfig> TYPE =
      RecordType.define(
          "telemetry",
          "What the gateway tells others about its work.",
          fields -> {
            Field<Tracing> tracing =
                fields
                    .key("tracing", Tracing.TYPE, "Spans for a collector.")
                    .orElse(Tracing.TYPE.defaults());
            return values -> new TelemetryConfig(values.get(tracing));
          });
}
