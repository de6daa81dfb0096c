package io.fairlead.net.http;

import io.fairlead.core.dial.Dialer;
import io.netty.channel.Channel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Fills a pool in advance. On its event loop. */
record Warming(UpstreamLoop loop, ForwardPlan.Key key, Dialer<Channel> dialer, Duration time) {
  private static final Logger log = LoggerFactory.getLogger(Warming.class);

  void start(int count) {
    for (int i = loop.idle(key); i < count; i++) {
      var _ = dialer.dial(key.destination(), time).whenComplete(this::arrived);
    }
  }

  private void arrived(@Nullable Channel channel, @Nullable Throwable failure) {
    if (channel == null) {
      log.atDebug().setCause(failure).log("connection in advance failed");
    } else if (loop.serves()) {
      keep(channel);
    } else {
      loop.execute(() -> keep(channel));
    }
  }

  private void keep(Channel channel) {
    UpstreamConnection connection = new UpstreamConnection(channel, loop, key);
    connection.open();
    connection.spare();
  }
}
