package io.fairlead.mqtt.netty;

import io.fairlead.mqtt.codec.MqttLimit;
import io.fairlead.net.http.HttpEdge;
import io.fairlead.net.http.HttpSettings;
import io.fairlead.net.listen.Face;
import io.fairlead.net.live.LiveConnection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.concurrent.TimeUnit;

/**
 * MQTT as a listener shows it: the first byte tells MQTT itself from the HTTP request that opens a
 * web socket. Shared by all event loops.
 */
public final class MqttFace implements Face {
  private final Surroundings around;
  private final HttpEdge edge;
  private final WebSocketDoor door;

  public MqttFace(Surroundings around, HttpEdge edge) {
    this.around = around;
    this.edge = edge;
    this.door = new WebSocketDoor(around);
  }

  @Override
  public void attach(Channel channel, LiveConnection connection) {
    channel.pipeline().addLast("mqtt-sniffer", new Sniffer(connection));
    channel.config().setAutoRead(true);
    channel.read();
  }

  private void enter(ChannelHandlerContext ctx, LiveConnection connection, ByteBuf first) {
    Channel channel = ctx.channel();
    if (first.getByte(first.readerIndex()) == 'G') {
      connection.kind("http");
      channel.config().setAutoRead(false);
      channel.pipeline().remove(ctx.handler());
      edge.attach(channel, connection, HttpSettings.DEFAULTS, door, first);
      return;
    }
    connection.kind("mqtt");
    MqttConnection mqtt = new MqttConnection(around, connection, connection.acceptedAtNanos());
    channel.pipeline().addLast("mqtt", mqtt);
    channel.pipeline().remove(ctx.handler());
    // Not through the pipeline: TLS would take it for something to decrypt.
    mqtt.channelRead(channel.pipeline().context(mqtt), first);
  }

  /** Waits for the first byte, and for the first request of who speaks HTTP. */
  private final class Sniffer extends ChannelInboundHandlerAdapter {
    private final LiveConnection connection;
    private boolean entered;

    Sniffer(LiveConnection connection) {
      this.connection = connection;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      var _ = // does nothing once somebody else looks at the time
          ctx.executor()
              .schedule(
                  () -> late(ctx.channel()),
                  around.leftToConnect(connection.acceptedAtNanos()),
                  TimeUnit.NANOSECONDS);
    }

    private void late(Channel channel) {
      boolean asking = entered && connection.kind().equals("http") && !WebSocketDoor.asked(channel);
      if (entered && !asking || !channel.isActive()) return;
      around.core().meters().rejected(MqttLimit.CONNECT_TIME);
      channel.close();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ByteBuf bytes = (ByteBuf) message;
      if (entered) {
        ctx.fireChannelRead(bytes);
      } else if (!bytes.isReadable()) {
        bytes.release();
      } else {
        entered = true;
        enter(ctx, connection, bytes);
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
      if (event instanceof ChannelInputShutdownEvent && !entered) ctx.close();
      else super.userEventTriggered(ctx, event);
    }
  }
}
