package io.fairlead.net.dial;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.Dialer;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.tls.ClientTls;
import io.micrometer.core.instrument.Timer;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Opens TCP and Unix sockets. Shared; each dial stays on the event loop it was asked for.
 *
 * <p>A delivered channel is connected and registered on that loop, has {@code autoRead} off and no
 * handlers but TLS where asked for. Add handlers in the completion itself, before reading. A {@link
 * Preface} may wait in it for the first flush.
 */
public final class DirectDialer {
  private final EventLoops loops;
  private final AllowedAddresses addresses;
  private final Clock clock;
  private final Timer connected;

  public DirectDialer(EventLoops loops, NameResolver resolver, Clock clock, Meters meters) {
    this.loops = loops;
    this.addresses = new AllowedAddresses(new ResolverPool(resolver, loops, clock));
    this.clock = clock;
    this.connected = meters.timer("dial", "Time of successful dials, resolution and TLS included.");
  }

  /**
   * Dials from one event loop.
   *
   * @return its {@code dial} throws {@link IllegalArgumentException} for destinations that are
   *     neither TCP nor a Unix socket
   */
  public Dialer<Channel> on(EventLoop loop, DestinationGuard guard) {
    return on(loop, guard, DialOptions.NONE);
  }

  /** The same from a source, through an interface, or with a preference. */
  public Dialer<Channel> on(EventLoop loop, DestinationGuard guard, DialOptions options) {
    return on(loop, guard, options, Optional.empty());
  }

  /** The same with first bytes. */
  public Dialer<Channel> on(
      EventLoop loop, DestinationGuard guard, DialOptions options, Optional<Preface> preface) {
    return (destination, timeout) ->
        start(
            new Dial(
                loops, addresses, guard, loop, destination, options, Optional.empty(), preface),
            timeout);
  }

  /**
   * Dials and secures with TLS.
   *
   * @param serverName for SNI and the certificate check
   */
  public Dialer<Channel> secured(
      EventLoop loop, DestinationGuard guard, ClientTls tls, String serverName) {
    return secured(loop, guard, DialOptions.NONE, tls, serverName);
  }

  /** The same from a source, through an interface, or with a preference. */
  public Dialer<Channel> secured(
      EventLoop loop,
      DestinationGuard guard,
      DialOptions options,
      ClientTls tls,
      String serverName) {
    return secured(loop, guard, options, tls, serverName, Optional.empty());
  }

  /** The same with first bytes. */
  public Dialer<Channel> secured(
      EventLoop loop,
      DestinationGuard guard,
      DialOptions options,
      ClientTls tls,
      String serverName,
      Optional<Preface> preface) {
    return (destination, timeout) ->
        start(
            new Dial(
                loops,
                addresses,
                guard,
                loop,
                destination,
                options,
                Optional.of(new Dial.Tls(tls, serverName)),
                preface),
            timeout);
  }

  /** Resolves and checks without dialling. */
  public AllowedAddresses addresses() {
    return addresses;
  }

  private CompletableFuture<Channel> start(Dial dial, Duration timeout) {
    if (!(dial.destination() instanceof Destination.HostPort)
        && !(dial.destination() instanceof Destination.UnixSocket)) {
      throw new IllegalArgumentException(
          "destination: " + dial.destination() + " (expected: TCP or a Unix socket)");
    }
    long startedAtNanos = clock.nanos();
    CompletableFuture<Channel> result = dial.start(timeout);
    var _ = // only counts; the caller has the outcome
        result.whenComplete(
            (channel, _) -> {
              if (channel == null) return;
              connected.record(clock.nanos() - startedAtNanos, TimeUnit.NANOSECONDS);
            });
    return result;
  }
}
