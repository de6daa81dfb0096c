package io.fairlead.proxy.stream.netty;

import io.fairlead.net.listen.DatagramFace;
import io.fairlead.proxy.stream.LiveStreams;
import io.netty.channel.Channel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.AttributeKey;

/**
 * A UDP stream service as listeners show it. One for each service of the process; each socket has
 * its sessions to itself, on its own event loop.
 */
public final class DatagramStreams implements DatagramFace {
  private static final AttributeKey<SessionTable> TABLE =
      AttributeKey.valueOf(DatagramStreams.class, "table");

  private final LiveStreams live;
  private final StreamExit exit;

  public DatagramStreams(LiveStreams live, StreamExit exit) {
    this.live = live;
    this.exit = exit;
  }

  @Override
  public void receive(Channel channel, DatagramPacket packet) {
    SessionTable table = channel.attr(TABLE).get();
    if (table == null || table.live() != live) {
      if (table != null) table.endAll("service_changed");
      table = new SessionTable(live, exit, channel);
      channel.attr(TABLE).set(table);
      table.begin();
    }
    table.receive(packet);
  }
}
