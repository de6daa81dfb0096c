package io.fairlead.control.netty;

import io.fairlead.core.time.Clock;
import io.fairlead.net.listen.DrainEvent;
import io.netty.channel.Channel;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** One bound socket and the connections that came through it. Thread-safe. */
public final class BoundDoor implements AutoCloseable {
  private static final Duration RETIRE = Duration.ofSeconds(5);

  private final Channel server;
  private final Guests guests;
  private final Clock clock;

  BoundDoor(Channel server, Guests guests, Clock clock) {
    this.server = server;
    this.guests = guests;
    this.clock = clock;
  }

  /** Begins to accept. */
  public void open() {
    server.config().setAutoRead(true);
  }

  /** Where it is bound, port 0 resolved. */
  public SocketAddress address() {
    return server.localAddress();
  }

  /** Stops accepting; requests under way get their answer, what is open after 5 s is closed. */
  public void retire() {
    close();
    long now = clock.nanos();
    DrainEvent event = new DrainEvent(now + RETIRE.toNanos(), now);
    for (Channel guest : guests.open) {
      guest.pipeline().fireUserEventTriggered(event);
      guest.eventLoop().schedule(() -> guest.close(), RETIRE.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /** Stops accepting and frees the address; returns when that is done. Connections live on. */
  @Override
  public void close() {
    server.close().awaitUninterruptibly();
  }

  /** Open connections of one door. */
  static final class Guests {
    private final Set<Channel> open = ConcurrentHashMap.newKeySet();

    void add(Channel channel) {
      open.add(channel);
      channel.closeFuture().addListener(_ -> open.remove(channel));
    }
  }
}
