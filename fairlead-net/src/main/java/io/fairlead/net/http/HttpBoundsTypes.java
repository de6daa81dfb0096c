package io.fairlead.net.http;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.core.unit.Limit;
import io.fairlead.net.http.codec.ChunkLimits;
import java.time.Duration;
import java.util.Optional;

/** How the bounds of HTTP/1 are read; for sites, forward services and upstreams alike. */
public final class HttpBoundsTypes {
  private static final HttpSettings DEFAULTS = HttpSettings.DEFAULTS;
  private static final int FIELDS_CEILING = 1_000_000;

  /** What {@code off} stands for where a size must fit into an int. */
  private static final int SIZE_CEILING = Math.toIntExact(HttpSettings.HEAD_CEILING.bytes());

  /** Of chunked bodies, in both directions. */
  private static final RecordType<ChunkLimits> CHUNKS =
      RecordType.define(
          "ChunkLimits",
          "bounds of what a chunked body carries besides data",
          ReloadClass.LIVE,
          f -> {
            var extension =
                f.key(
                        "chunk_extension",
                        bytes(0, 1024),
                        "Extensions of one chunk, which are read and dropped.")
                    .orElse(ChunkLimits.DEFAULTS.extensionMax());
            var extensions =
                f.key("chunk_extensions", bytes(0, 1024), "Extensions of all chunks of a body.")
                    .orElse(ChunkLimits.DEFAULTS.extensionsMax());
            var trailers =
                f.key("trailers", bytes(0, 1024), "Trailer section behind a body.")
                    .orElse(ChunkLimits.DEFAULTS.trailersMax());
            var fields =
                f.key("trailer_fields", count(0, 1000, FIELDS_CEILING), "Fields of it.")
                    .orElse(ChunkLimits.DEFAULTS.trailerFieldsMax());
            return v ->
                new ChunkLimits(
                    v.get(extension), v.get(extensions), v.get(trailers), v.get(fields));
          });

  /** Stands flattened in the {@code limits} of who faces clients. */
  public static final RecordType<HttpBounds> BOUNDS =
      RecordType.define(
          "HttpBounds",
          "bounds of requests; those of heads hold for new connections",
          ReloadClass.LIVE,
          f -> {
            var body =
                f.key("body", bodyMax(), "Largest request body, or `off`; more is 413.")
                    .orElse(DEFAULTS.bodyMax());
            var line =
                f.key("request_line", size(256, 64), "Longest request line; more is 414.")
                    .orElse(DEFAULTS.requestLineMax());
            var head =
                f.key("head", size(1024, 1024), "Largest head; more is 431.")
                    .orElse(DEFAULTS.headMax());
            var field =
                f.key("field", size(256, 1024), "Longest single field; more is 431.")
                    .orElse(DEFAULTS.fieldMax());
            var fields =
                f.key("fields", count(8, 1000, FIELDS_CEILING), "Most fields; more is 431.")
                    .orElse(DEFAULTS.fieldsMax());
            var requests =
                f.key(
                        "requests_per_connection",
                        count(1, Integer.MAX_VALUE - 1, Integer.MAX_VALUE),
                        "Requests after which a connection is closed.")
                    .orElse(DEFAULTS.requestsMax());
            var pipelined =
                f.key(
                        "pipelined_requests",
                        count(1, 10_000, Integer.MAX_VALUE),
                        "Requests that wait behind the one being answered before reading stops; so"
                            + " do 64 KiB of them.")
                    .orElse(DEFAULTS.pace().pipelinedMax());
            var bodyRate =
                f.key(
                        "body_rate",
                        Types.orOff(Types.byteRate().atLeast(new ByteSize(1))),
                        "Least bytes of a body per second, after 5 s of grace; slower is 408.")
                    .orElse(Optional.of(new ByteSize(240)));
            var chunks = f.flattened(CHUNKS);
            return v ->
                new HttpBounds(
                    v.get(body),
                    v.get(line),
                    v.get(head),
                    v.get(field),
                    v.get(fields),
                    v.get(requests),
                    new HttpSettings.Pace(
                        v.get(bodyRate).map(rate -> Limit.atMost(rate.bytes())).orElse(Limit.OFF),
                        v.get(pipelined)),
                    v.get(chunks));
          });

  /** Stands flattened in the {@code timeouts} of who faces clients. */
  public static final RecordType<HttpTimes> TIMES =
      RecordType.define(
          "HttpTimes",
          "how long a client may take; for new connections",
          ReloadClass.LIVE,
          f -> {
            var keepAlive =
                f.key("keep_alive", time(), "Between two requests.")
                    .orElse(DEFAULTS.keepAliveTimeout());
            var bodyIdle =
                f.key("body_idle", time(), "Between two parts of a body; longer is 408.")
                    .orElse(DEFAULTS.bodyIdleTimeout());
            var stall =
                f.key("write_stall", time(), "Without progress while a response is written.")
                    .orElse(DEFAULTS.writeStallTimeout());
            return v -> new HttpTimes(v.get(keepAlive), v.get(bodyIdle), v.get(stall));
          });

  /** Of the responses of servers, beside chunked bodies; a breach is 502. */
  public static final RecordType<ResponseLimits> RESPONSES =
      RecordType.define(
          "ResponseLimits",
          "bounds of responses; more is 502",
          ReloadClass.LIVE,
          f -> {
            var head =
                f.key("response_head", bytes(1024, 1024), "Head of a response.")
                    .orElse(ResponseLimits.DEFAULTS.head().headMax());
            var interim =
                f.key(
                        "interim_responses",
                        count(0, 10_000, Integer.MAX_VALUE),
                        "Responses 1xx before the final one.")
                    .orElse(ResponseLimits.DEFAULTS.interimMax());
            return v -> ResponseLimits.of(v.get(head), v.get(interim), ChunkLimits.DEFAULTS);
          });

  /** The same with those of chunked bodies. */
  public static final RecordType<ResponseLimits> UPSTREAM =
      RecordType.define(
          "UpstreamLimits",
          "bounds of responses; more is 502",
          ReloadClass.LIVE,
          f -> {
            var responses = f.flattened(RESPONSES);
            var chunks = f.flattened(CHUNKS);
            return v -> {
              ResponseLimits some = v.get(responses);
              return new ResponseLimits(some.head(), some.interimMax(), v.get(chunks));
            };
          });

  private HttpBoundsTypes() {}

  /** A size or {@code off}. */
  public static ConfigType<Limit> bodyMax() {
    return Types.orOff(Types.size().atLeast(new ByteSize(1)))
        .mapped(
            Codes.OUT_OF_RANGE,
            size -> size.map(bytes -> Limit.atMost(bytes.bytes())).orElse(Limit.OFF),
            limit ->
                switch (limit) {
                  case Limit.Unlimited _ -> Optional.empty();
                  case Limit.AtMost(long bytes) -> Optional.of(new ByteSize(bytes));
                });
  }

  private static ConfigType<ByteSize> size(long minBytes, long maxKibi) {
    return Types.orOff(
            Types.size().atLeast(new ByteSize(minBytes)).atMost(ByteSize.ofKibi(maxKibi)))
        .mapped(
            Codes.OUT_OF_RANGE,
            size -> size.orElse(HttpSettings.HEAD_CEILING),
            size -> size.equals(HttpSettings.HEAD_CEILING) ? Optional.empty() : Optional.of(size));
  }

  private static ConfigType<Integer> bytes(long minBytes, long maxKibi) {
    return Types.orOff(
            Types.size().atLeast(new ByteSize(minBytes)).atMost(ByteSize.ofKibi(maxKibi)))
        .mapped(
            Codes.OUT_OF_RANGE,
            size -> size.map(ByteSize::toInt).orElse(SIZE_CEILING),
            count -> count == SIZE_CEILING ? Optional.empty() : Optional.of(new ByteSize(count)));
  }

  /**
   * @param off what {@code off} stands for
   */
  private static ConfigType<Integer> count(int least, int most, int off) {
    return Types.orOff(Types.integer().between(least, most))
        .mapped(
            Codes.OUT_OF_RANGE,
            count -> count.orElse(off),
            count -> count == off ? Optional.empty() : Optional.of(count));
  }

  private static ConfigType<Duration> time() {
    return Types.timeLimit(Duration.ofMillis(1));
  }
}
