package io.fairlead.net.http;

import io.fairlead.net.http.codec.Reject;
import io.fairlead.net.journal.AccessEntry;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.tls.AgreedTls;
import io.netty.channel.Channel;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request that the edge answered by itself, before any handler. Text is empty where the head was
 * not read so far.
 *
 * @param tls version of the protocol; empty in the clear
 * @param target as received
 * @param status of the answer
 * @param error its stable word
 */
public record RefusedRequest(
    LiveConnection connection,
    String tls,
    String protocol,
    String method,
    String scheme,
    String host,
    String target,
    int status,
    String error) {
  /**
   * @param head null when it was not complete, or not to be understood
   */
  public static RefusedRequest of(
      Channel channel,
      LiveConnection connection,
      String protocol,
      @Nullable RequestHead head,
      int status,
      String error) {
    return new RefusedRequest(
        connection,
        AgreedTls.of(channel),
        protocol,
        head == null ? "" : head.method(),
        head == null ? "" : head.scheme(),
        head == null ? "" : head.authority(),
        head == null ? "" : head.pathAndQuery(),
        status,
        error);
  }

  static RefusedRequest of(
      Channel channel, LiveConnection connection, @Nullable RequestHead head, Reject reason) {
    return of(
        channel,
        connection,
        head == null ? "HTTP/1.1" : "HTTP/1." + head.minorVersion(),
        head,
        reason.status(),
        reason.code());
  }

  /** Its line of the access log. */
  public AccessEntry entry(Instant at, String service) {
    int mark = target.indexOf('?');
    return new AccessEntry(
        AccessEntry.Kind.REQUEST,
        at,
        "",
        connection.listener(),
        service,
        "",
        new AccessEntry.Client(connection.remoteText(), connection.principal().id(), tls, "", ""),
        new AccessEntry.Asked(
            protocol,
            method,
            scheme,
            host,
            mark < 0 ? target : target.substring(0, mark),
            mark < 0 ? "" : target.substring(mark + 1)),
        new AccessEntry.Outcome(status, 0, 0, 0, Optional.of(error)),
        AccessEntry.Upstream.NONE);
  }
}
