package io.fairlead.proxy.stream.netty;

import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.rate.Pace;
import io.fairlead.net.rate.PacedWrites;
import io.fairlead.net.splice.Splice;
import io.fairlead.net.splice.SpliceSettings;
import io.fairlead.net.upstream.Seat;
import io.fairlead.proxy.stream.LiveStreams;
import io.fairlead.proxy.stream.Stream;
import io.fairlead.proxy.stream.StreamConfig;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;

/** A client and its server, from the moment they are joined to the record of the end. */
final class Joint {
  private Joint() {}

  /**
   * Joins them. The place of the connection in the service is given back at the end.
   *
   * @param stream was added to {@code live}
   * @param early what the client said already; takes ownership
   */
  static void join(
      LiveStreams live,
      StreamExit exit,
      Stream stream,
      StreamConfig config,
      Channel upstream,
      Seat seat,
      ByteBuf early) {
    LiveConnection connection = stream.connection();
    connection.destination(seat.destination().toString());
    exit.journal().opened();
    PacedWrites.between(
        stream.channel(),
        upstream,
        Pace.of(config.limits().bandwidth(), exit.journal().clock()),
        exit.journal()::rested);
    Splice.join(
        stream.channel(),
        upstream,
        early,
        Unpooled.EMPTY_BUFFER,
        new SpliceSettings(config.tcpIdle(), config.halfClose(), SpliceSettings.DEFAULTS.drain()),
        (received, sent, reason) -> {
          seat.leave(true);
          live.leave();
          live.remove(stream);
          exit.journal()
              .closed(live.id(), stream, received, sent, connection.cutReason().orElse(reason));
        });
  }
}
