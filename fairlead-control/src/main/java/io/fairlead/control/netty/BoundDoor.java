package io.fairlead.control.netty;

import io.fairlead.core.time.Clock;
import io.fairlead.net.listen.DrainEvent;
import io.fairlead.net.loop.SocketDescriptors;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One bound socket and the connections that came through it. Thread-safe. */
public final class BoundDoor implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BoundDoor.class);
  private static final Duration RETIRE = Duration.ofSeconds(5);

  private final Channel server;
  private final Guests guests;
  private final Clock clock;
  private volatile Optional<Path> renamed = Optional.empty();

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
    Optional<Path> file = renamed;
    return file.isPresent() ? UnixDomainSocketAddress.of(file.get()) : server.localAddress();
  }

  /** The descriptor of the socket, for another process. */
  public int descriptor() {
    return SocketDescriptors.of(server);
  }

  /** Gives a unix door its name, replacing whatever bears it. */
  void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    renamed = Optional.of(to);
  }

  /**
   * Stops accepting here, while another process goes on with the address. Requests under way get
   * their answer; what is open after 5 s is closed.
   *
   * @param after lets those in who were queued before it, when the other process has a socket of
   *     its own
   * @return completes when the socket is closed here
   */
  public Future<?> letGo(Duration after) {
    return server
        .eventLoop()
        .schedule(
            () -> {
              var _ = SocketDescriptors.letGo(server);
              drainGuests();
            },
            after.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  /** Waits until nobody is connected through this door, some seconds at most. */
  public void awaitGuests() {
    for (Channel guest : Set.copyOf(guests.open)) {
      guest.closeFuture().awaitUninterruptibly(RETIRE.plusSeconds(1).toMillis());
    }
  }

  /** Stops accepting; requests under way get their answer, what is open after 5 s is closed. */
  public void retire() {
    close();
    drainGuests();
  }

  private void drainGuests() {
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
    if (renamed.isEmpty()) return;
    try {
      Files.deleteIfExists(renamed.get()); // the channel removes the name it was bound with
    } catch (IOException left) {
      log.atDebug().addKeyValue("path", renamed.get()).log("control socket stays");
    }
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
