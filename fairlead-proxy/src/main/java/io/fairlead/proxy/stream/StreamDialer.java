package io.fairlead.proxy.stream;

import io.fairlead.core.dial.Dialer;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.Preface;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.Optional;

/** The way to fixed destinations. Thread-safe. */
@FunctionalInterface
public interface StreamDialer {
  /**
   * A dialer for one stream.
   *
   * @param loop the stream's event loop: opened channels are registered there, the dial completes
   *     there; they are connected, do not read by themselves and have no handlers
   * @param guard asked about every address before it is dialled
   * @param preface waits in the channel for its first flush
   */
  Dialer<Channel> on(EventLoop loop, DestinationGuard guard, Optional<Preface> preface);
}
