package io.fairlead.libp2p.host;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.watch.Watch;
import io.fairlead.libp2p.netty.Transport;
import io.fairlead.net.dial.DnsLimits;
import io.fairlead.net.dial.NameResolver;
import io.fairlead.net.loop.EventLoops;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

/**
 * What a node runs on; none of it is closed with the node.
 *
 * @param loops run its sockets
 * @param resolver answers names in addresses
 * @param webSocketTls certificates for and trust in secure web sockets
 * @param sequence numbers the records it signs
 */
public record HostEnvironment(
    EventLoops loops,
    NameResolver resolver,
    Transport.WebSocketTls webSocketTls,
    Clock clock,
    Randomness randomness,
    Meters meters,
    RecordSequence sequence) {
  /** One whose records are numbered by the clock alone. */
  public HostEnvironment(
      EventLoops loops,
      NameResolver resolver,
      Transport.WebSocketTls webSocketTls,
      Clock clock,
      Randomness randomness,
      Meters meters) {
    this(loops, resolver, webSocketTls, clock, randomness, meters, RecordSequence.forgotten());
  }

  /**
   * For a program that is a node and little else: the machine's names, clock and chance, no
   * certificates for web sockets, and meters that nobody reads.
   *
   * @param loops to be closed by the caller, after the node
   */
  public static HostEnvironment on(EventLoops loops) {
    Meters meters = new Meters(new SimpleMeterRegistry());
    return new HostEnvironment(
        loops,
        NameResolver.ofSystem(loops, Watch.of(DnsLimits.DEFAULTS), Clock.system(), meters),
        Transport.WebSocketTls.NONE,
        Clock.system(),
        Randomness.system(),
        meters);
  }
}
