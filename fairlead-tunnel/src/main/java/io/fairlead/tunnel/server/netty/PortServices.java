package io.fairlead.tunnel.server.netty;

import io.fairlead.core.random.Randomness;
import io.fairlead.net.listen.DatagramFace;
import io.fairlead.net.listen.Face;
import io.fairlead.net.live.LiveConnection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.function.IntSupplier;

/** What ports of services show. Shared by all event loops. */
final class PortServices {
  private final TunnelDialer dialer;
  private final TunnelJournal journal;
  private final Randomness randomness;
  private final ServerMeters meters;
  private final IntSupplier udpSessions;

  /**
   * @param udpSessions of one service at a time
   */
  PortServices(
      TunnelDialer dialer,
      TunnelJournal journal,
      Randomness randomness,
      ServerMeters meters,
      IntSupplier udpSessions) {
    this.dialer = dialer;
    this.journal = journal;
    this.randomness = randomness;
    this.meters = meters;
    this.udpSessions = udpSessions;
  }

  Face face(ServiceGroup group) {
    return new PortFace(group, dialer, journal, randomness);
  }

  /**
   * Leads a connection to one of a group.
   *
   * @param early what it said already; takes ownership
   */
  void join(Channel channel, LiveConnection connection, ServiceGroup group, ByteBuf early) {
    new PortFace(group, dialer, journal, randomness).join(channel, connection, group, early);
  }

  DatagramFace datagrams(ServiceGroup group) {
    return new PortDatagrams(group, dialer, journal, randomness, meters, udpSessions);
  }
}
