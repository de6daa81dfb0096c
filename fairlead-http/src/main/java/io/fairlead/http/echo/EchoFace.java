package io.fairlead.http.echo;

import io.fairlead.core.meter.Meters;
import io.fairlead.net.http.Http2Limits;
import io.fairlead.net.http.HttpEdge;
import io.fairlead.net.http.HttpSettings;
import io.fairlead.net.listen.Face;
import io.fairlead.net.live.LiveConnection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.concurrent.atomic.LongAdder;

/** The face of {@code proto: echo}. Shared by all event loops. */
public final class EchoFace implements Face {
  private final HttpEdge edge;
  private final HttpSettings settings;
  private final LongAdder http = new LongAdder();
  private final LongAdder tcp = new LongAdder();
  private final EchoHandler handler = new EchoHandler();

  public EchoFace(HttpEdge edge, Meters meters) {
    this.edge = edge;
    this.settings = HttpSettings.DEFAULTS.withHttp2(Http2Limits.DEFAULTS.withExtendedConnect(true));
    String help = "Connections of the echo service by what they speak.";
    meters.counter("echo.connections", help, http::sum, "kind", "http");
    meters.counter("echo.connections", help, tcp::sum, "kind", "tcp");
  }

  @Override
  public void attach(Channel channel, LiveConnection connection) {
    channel.pipeline().addLast(new EchoSniffer(this, connection));
    channel.config().setAutoRead(true);
    channel.read();
  }

  /** Takes ownership of {@code first}. */
  void speakHttp(Channel channel, LiveConnection connection, ByteBuf first) {
    http.increment();
    connection.kind("http");
    edge.attach(channel, connection, settings, handler, first);
  }

  /** Takes ownership of {@code first}. */
  void speakBytes(Channel channel, LiveConnection connection, ByteBuf first) {
    tcp.increment();
    connection.kind("tcp");
    RawEcho.install(channel, connection, first);
  }
}
