package io.fairlead.proxy.forward;

import io.fairlead.core.dial.Destination;
import io.fairlead.net.access.Subject;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.live.Severable;
import java.net.InetSocketAddress;
import java.util.Optional;

/** One proxied pair while it lives. Immutable; compared by identity. */
public final class Flow {
  /** How it was asked for. */
  public enum Kind {
    CONNECT("connect"),
    SOCKS5("socks5"),
    SOCKS4("socks4"),
    HTTP("http"),
    /** Datagrams; its destination is the relay's own address. */
    UDP("udp");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    public String word() {
      return word;
    }
  }

  private final long id;
  private final Kind kind;
  private final Subject subject;
  private final Destination.HostPort destination;
  private final Optional<InetSocketAddress> remote;
  private final LiveConnection connection;
  private final Severable work;
  private final long openedAtNanos;

  /**
   * @param connection the client's
   * @param work what a decision about this flow alone ends
   */
  public Flow(
      long id,
      Kind kind,
      Subject subject,
      Destination.HostPort destination,
      Optional<InetSocketAddress> remote,
      LiveConnection connection,
      Severable work,
      long openedAtNanos) {
    this.id = id;
    this.kind = kind;
    this.subject = subject;
    this.destination = destination;
    this.remote = remote;
    this.connection = connection;
    this.work = work;
    this.openedAtNanos = openedAtNanos;
  }

  public long id() {
    return id;
  }

  public Kind kind() {
    return kind;
  }

  public Subject subject() {
    return subject;
  }

  public Destination.HostPort destination() {
    return destination;
  }

  public Optional<InetSocketAddress> remote() {
    return remote;
  }

  /** The client's connection. */
  public LiveConnection connection() {
    return connection;
  }

  /** Ends this flow; the client's other flows go on where its connection carries several. */
  public Severable work() {
    return work;
  }

  public long openedAtNanos() {
    return openedAtNanos;
  }
}
