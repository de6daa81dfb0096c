package io.fairlead.net.http;

import io.fairlead.core.unit.ByteSize;
import io.fairlead.core.unit.Limit;
import io.fairlead.net.http.codec.ChunkLimits;
import java.time.Duration;
import java.util.List;

/**
 * What a server connection allows. Defaults: {@link #DEFAULTS}.
 *
 * @param requestLineMax longer is 414
 * @param headMax whole head; longer is 431
 * @param fieldMax one field; longer is 431
 * @param fieldsMax count; more is 431
 * @param headTimeout from the first byte of a head to its end, else 408
 * @param firstRequestTimeout from accept to the first byte
 * @param keepAliveTimeout between requests
 * @param bodyIdleTimeout between body bytes, else 408
 * @param bodyMax bytes, or off; more is 413
 * @param writeStallTimeout no progress while writing
 * @param requestsMax per connection
 * @param pace what a client may send ahead, and how slowly
 * @param allowConnect whether CONNECT is passed to the handler; else 405
 * @param underscoreFields what happens to fields with {@code _} in the name
 * @param strictAuthority absolute-form authority differing from Host is 400; else it wins over Host
 * @param answerFields on every {@link Answer}, the edge's own refusals included; a field of that
 *     name in the answer wins. Streamed and forwarded responses say their fields themselves
 * @param http2 what HTTP/2 connections allow besides
 * @param chunks what chunked bodies may carry besides data
 */
public record HttpSettings(
    ByteSize requestLineMax,
    ByteSize headMax,
    ByteSize fieldMax,
    int fieldsMax,
    Duration headTimeout,
    Duration firstRequestTimeout,
    Duration keepAliveTimeout,
    Duration bodyIdleTimeout,
    Limit bodyMax,
    Duration writeStallTimeout,
    int requestsMax,
    Pace pace,
    boolean allowConnect,
    Underscore underscoreFields,
    boolean strictAuthority,
    List<FieldEdits.Field> answerFields,
    Http2Limits http2,
    ChunkLimits chunks) {
  public HttpSettings {
    answerFields = List.copyOf(answerFields);
  }

  /**
   * How fast a client sends.
   *
   * @param bodyRate bytes of a body per second after 5 s of grace, else 408; or off
   * @param pipelinedMax requests waiting behind the one being answered before reading stops
   */
  public record Pace(Limit bodyRate, int pipelinedMax) {
    public static final Pace DEFAULTS = new Pace(Limit.atMost(240), 16);
  }

  /** What a size or a count of a head becomes when it is off. */
  public static final ByteSize HEAD_CEILING = ByteSize.ofMebi(256);

  /** The same with the default bounds of HTTP/2 and of chunks. */
  public HttpSettings(
      ByteSize requestLineMax,
      ByteSize headMax,
      ByteSize fieldMax,
      int fieldsMax,
      Duration headTimeout,
      Duration firstRequestTimeout,
      Duration keepAliveTimeout,
      Duration bodyIdleTimeout,
      Limit bodyMax,
      Duration writeStallTimeout,
      int requestsMax,
      Pace pace,
      boolean allowConnect,
      Underscore underscoreFields,
      boolean strictAuthority,
      List<FieldEdits.Field> answerFields) {
    this(
        requestLineMax,
        headMax,
        fieldMax,
        fieldsMax,
        headTimeout,
        firstRequestTimeout,
        keepAliveTimeout,
        bodyIdleTimeout,
        bodyMax,
        writeStallTimeout,
        requestsMax,
        pace,
        allowConnect,
        underscoreFields,
        strictAuthority,
        answerFields,
        Http2Limits.DEFAULTS,
        ChunkLimits.DEFAULTS);
  }

  /** Treatment of {@code X_Forwarded_For} and the like, which CGI-style servers alias. */
  public enum Underscore {
    DROP,
    ALLOW,
    REJECT
  }

  public static final HttpSettings DEFAULTS =
      new HttpSettings(
          ByteSize.ofKibi(8),
          ByteSize.ofKibi(32),
          ByteSize.ofKibi(16),
          100,
          Duration.ofSeconds(10),
          Duration.ofSeconds(10),
          Duration.ofSeconds(75),
          Duration.ofSeconds(30),
          Limit.atMost(100L * 1024 * 1024),
          Duration.ofSeconds(30),
          10_000,
          Pace.DEFAULTS,
          false,
          Underscore.DROP,
          false,
          List.of());

  /** The same for a forward proxy's port. */
  public HttpSettings forProxy() {
    return copy(bodyMax, true, http2);
  }

  /** The same with other bounds of HTTP/2. */
  public HttpSettings withHttp2(Http2Limits limits) {
    return copy(bodyMax, allowConnect, limits);
  }

  /** The same with another bound of bodies. */
  public HttpSettings withBodyMax(Limit max) {
    return copy(max, allowConnect, http2);
  }

  private HttpSettings copy(Limit nextBodyMax, boolean nextAllowConnect, Http2Limits nextHttp2) {
    return new HttpSettings(
        requestLineMax,
        headMax,
        fieldMax,
        fieldsMax,
        headTimeout,
        firstRequestTimeout,
        keepAliveTimeout,
        bodyIdleTimeout,
        nextBodyMax,
        writeStallTimeout,
        requestsMax,
        pace,
        nextAllowConnect,
        underscoreFields,
        strictAuthority,
        answerFields,
        nextHttp2,
        chunks);
  }
}
