package io.fairlead.net.listen;

import io.netty.channel.Channel;
import io.netty.channel.socket.DatagramPacket;

/** What a listener shows to those who send datagrams to its address. Shared by all event loops. */
public interface DatagramFace {
  /**
   * Handles one datagram, on the event loop of the channel.
   *
   * @param channel to answer through; its writes are flushed when the burst of reads ends
   * @param packet takes ownership
   */
  void receive(Channel channel, DatagramPacket packet);
}
