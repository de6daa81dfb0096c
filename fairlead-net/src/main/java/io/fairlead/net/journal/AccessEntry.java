package io.fairlead.net.journal;

import java.time.Instant;
import java.util.Optional;

/**
 * One line of the access log as data. Text is empty, and a number negative, where it does not
 * apply.
 *
 * @param at when it ended, or when the interim line was written
 * @param id of the request, or of the stream
 * @param service id of the site, proxy or stream service in the configuration
 * @param route id of the route within it
 * @param trace where it stands in a trace
 */
public record AccessEntry(
    Kind kind,
    Instant at,
    String id,
    String listener,
    String service,
    String route,
    Client client,
    Asked asked,
    Outcome outcome,
    Upstream upstream,
    TracePlace trace) {
  /** Of no trace that is known. */
  public AccessEntry(
      Kind kind,
      Instant at,
      String id,
      String listener,
      String service,
      String route,
      Client client,
      Asked asked,
      Outcome outcome,
      Upstream upstream) {
    this(kind, at, id, listener, service, route, client, asked, outcome, upstream, TracePlace.NONE);
  }

  /** What the line tells of. */
  public enum Kind {
    /** A request and its answer. */
    REQUEST("request"),
    /** A tunnel or stream that ended. */
    STREAM("stream"),
    /** One that goes on. */
    INTERIM("interim");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    public String word() {
      return word;
    }
  }

  /**
   * Who asked.
   *
   * @param address after trusted proxies
   * @param user the principal's name
   * @param tls version of the protocol; empty in the clear
   * @param agent {@code User-Agent}
   * @param referer {@code Referer}
   */
  public record Client(String address, String user, String tls, String agent, String referer) {}

  /**
   * What for.
   *
   * @param protocol {@code HTTP/1.1}, {@code HTTP/2}, {@code socks5}, {@code connect}, {@code tcp}
   * @param host without path; of a stream its destination
   * @param query after the question mark, as received
   */
  public record Asked(
      String protocol, String method, String scheme, String host, String path, String query) {
    /** What a stream has: a protocol and where it goes. */
    public static Asked stream(String protocol, String destination) {
      return new Asked(protocol, "", "", destination, "", "");
    }
  }

  /**
   * How it ended.
   *
   * @param status sent to the client; -1 for streams
   * @param receivedBytes of the body or stream, from the client
   * @param sentBytes to the client
   * @param error stable word of an error of ours, or why a stream ended
   */
  public record Outcome(
      int status, long receivedBytes, long sentBytes, long durationNanos, Optional<String> error) {}

  /**
   * Who answered.
   *
   * @param endpoint as text
   * @param status of its answer
   * @param attempts made
   * @param connectNanos of the last dial; -1 for a connection from the pool
   * @param firstByteNanos from the end of the request's head to the response's
   */
  public record Upstream(
      String endpoint, int status, int attempts, long connectNanos, long firstByteNanos) {
    public static final Upstream NONE = new Upstream("", -1, -1, -1, -1);
  }
}
