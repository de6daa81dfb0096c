package io.fairlead.http.echo;

import io.fairlead.core.meter.Meters;
import io.fairlead.net.listen.DatagramFace;
import io.micrometer.core.instrument.Counter;
import io.netty.channel.Channel;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;

/**
 * The echo of UDP (RFC 862): each datagram goes back to where it says it came from, never longer
 * than it came, so that nobody gains by lying about the source. Not answered are senders at a port
 * below 1024 or at this very port: another echo there would answer the answer for ever. What cannot
 * be sent at once is dropped. Shared by all event loops.
 */
public final class DatagramEcho implements DatagramFace {
  private static final int SERVICE_PORTS_END = 1024;

  private final Counter answered;
  private final Counter refused;
  private final Counter dropped;

  public DatagramEcho(Meters meters) {
    answered = counter(meters, "answered");
    refused = counter(meters, "refused_source");
    dropped = counter(meters, "send_buffer_full");
  }

  private static Counter counter(Meters meters, String result) {
    return meters.counter(
        "echo.datagrams", "Datagrams that came to the echo service.", "result", result);
  }

  @Override
  public void receive(Channel channel, DatagramPacket packet) {
    InetSocketAddress sender = packet.sender();
    int ownPort = ((InetSocketAddress) channel.localAddress()).getPort();
    if (sender.getPort() < SERVICE_PORTS_END || sender.getPort() == ownPort) {
      refused.increment();
      packet.release();
    } else if (!channel.isWritable()) {
      dropped.increment();
      packet.release();
    } else {
      answered.increment();
      channel.write(new DatagramPacket(packet.content(), sender), channel.voidPromise());
    }
  }
}
