package io.fairlead.net.http;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.Dialer;
import io.fairlead.net.proxyprotocol.SendHeader;
import io.fairlead.net.splice.SpliceSettings;
import io.netty.channel.Channel;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * One attempt to pass a request on.
 *
 * @param key which pooled connections may carry it
 * @param dialer opens a connection when none is pooled, on the exchange's event loop
 * @param target request-target to send
 * @param host {@code Host} to send
 * @param edits changes to the request's fields (Via, X-Forwarded-…, header rules)
 * @param websocket whether an upgrade to websocket may pass
 * @param timeouts bounds of this attempt
 * @param wire how it is spoken
 */
public record ForwardPlan(
    Key key,
    Dialer<Channel> dialer,
    String target,
    String host,
    FieldEdits edits,
    boolean websocket,
    Timeouts timeouts,
    Wire wire) {
  /**
   * Whether it takes a place on a shared connection only where one is there that carries such
   * streams, and dials for itself otherwise: most servers that agree on HTTP/2 take web sockets
   * over HTTP/1.1 only, and which of them do not is known when their settings came.
   */
  boolean prefersItsOwn() {
    return websocket && wire.protocol() == Protocol.AUTO;
  }

  /** Whether it may wait for a shared connection that is being made. */
  boolean mayShare() {
    return wire.protocol().mayShare() && !prefersItsOwn();
  }

  /** The same over HTTP/1.1. */
  public ForwardPlan(
      Key key,
      Dialer<Channel> dialer,
      String target,
      String host,
      FieldEdits edits,
      boolean websocket,
      Timeouts timeouts) {
    this(key, dialer, target, host, edits, websocket, timeouts, Wire.HTTP1);
  }

  /** Which version of HTTP an upstream is spoken to with. */
  public enum Protocol {
    /** What TLS agrees on; HTTP/1.1 without TLS. */
    AUTO,
    /** HTTP/1.1. */
    H1,
    /** HTTP/2, agreed on by TLS. */
    H2,
    /** HTTP/2 without TLS, by prior knowledge. */
    H2C;

    /** Whether requests may share a connection. */
    public boolean mayShare() {
      return this != H1;
    }
  }

  /**
   * How an attempt is spoken.
   *
   * @param forwardExpect whether {@code Expect: 100-continue} goes to the upstream, which then
   *     decides whether the client sends its body
   * @param trailers names of trailer fields that pass besides the customary ones; lower case
   * @param limits what a response may be
   * @param announces how the server is told who the client is, before anything else
   */
  public record Wire(
      Protocol protocol,
      boolean forwardExpect,
      Set<String> trailers,
      ResponseLimits limits,
      Optional<SendHeader> announces) {
    public static final Wire HTTP1 = new Wire(Protocol.H1, false, Set.of());

    /** Telling servers nothing of clients. */
    public Wire(
        Protocol protocol, boolean forwardExpect, Set<String> trailers, ResponseLimits limits) {
      this(protocol, forwardExpect, trailers, limits, Optional.empty());
    }

    /** With the default bounds of responses. */
    public Wire(Protocol protocol, boolean forwardExpect, Set<String> trailers) {
      this(protocol, forwardExpect, trailers, ResponseLimits.DEFAULTS);
    }

    public Wire {
      trailers = Set.copyOf(trailers);
    }
  }

  /**
   * Identity of a pool.
   *
   * @param partition keeps users or clusters apart, so that no connection is shared between them
   * @param destination where it is connected
   * @param protocol e.g. {@code "http"}, {@code "https"}
   * @param owner id of the one client whose requests it carries, because the connection says who
   *     that is; 0 for everybody's
   */
  public record Key(String partition, Destination destination, String protocol, long owner) {
    /** Of connections that anybody's requests may use. */
    public Key(String partition, Destination destination, String protocol) {
      this(partition, destination, protocol, 0);
    }

    /** The same for one client only. */
    public Key ownedBy(long client) {
      return new Key(partition, destination, protocol, client);
    }

    /** The same for everybody. */
    Key everybodys() {
      return owner == 0 ? this : new Key(partition, destination, protocol);
    }
  }

  /**
   * Bounds.
   *
   * @param connect dial including TLS
   * @param responseHead from the request sent to the response head
   * @param responseIdle between response bytes
   * @param streamIdle of an upgraded stream, both directions
   */
  public record Timeouts(
      Duration connect, Duration responseHead, Duration responseIdle, Duration streamIdle) {
    public static final Timeouts DEFAULTS =
        new Timeouts(
            Duration.ofSeconds(5),
            Duration.ofSeconds(60),
            Duration.ofSeconds(60),
            Duration.ofHours(1));

    /** For an upgraded stream. */
    SpliceSettings splice() {
      return new SpliceSettings(
          streamIdle, SpliceSettings.DEFAULTS.halfClose(), SpliceSettings.DEFAULTS.drain());
    }
  }
}
