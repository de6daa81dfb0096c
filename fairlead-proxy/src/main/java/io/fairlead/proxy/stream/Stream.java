package io.fairlead.proxy.stream;

import io.fairlead.core.dial.Destination;
import io.fairlead.net.live.LiveConnection;
import io.netty.channel.Channel;
import java.net.InetAddress;

/** One stream while it lives. Immutable but for a mark; compared by identity. */
public final class Stream {
  private final LiveConnection connection;
  private final Channel channel;
  private final InetAddress client;
  private final StreamRules.Way.To way;
  private final Destination destination;
  private final long openedAtNanos;
  private volatile boolean draining;

  public Stream(
      LiveConnection connection,
      Channel channel,
      InetAddress client,
      StreamRules.Way.To way,
      Destination destination,
      long openedAtNanos) {
    this.connection = connection;
    this.channel = channel;
    this.client = client;
    this.way = way;
    this.destination = destination;
    this.openedAtNanos = openedAtNanos;
  }

  public LiveConnection connection() {
    return connection;
  }

  /** The client's. */
  public Channel channel() {
    return channel;
  }

  InetAddress client() {
    return client;
  }

  StreamRules.Way.To way() {
    return way;
  }

  String route() {
    return way.route();
  }

  public Destination destination() {
    return destination;
  }

  long openedAtNanos() {
    return openedAtNanos;
  }

  boolean draining() {
    return draining;
  }

  void drains() {
    draining = true;
  }
}
