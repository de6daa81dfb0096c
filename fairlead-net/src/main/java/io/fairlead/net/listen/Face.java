package io.fairlead.net.listen;

import io.fairlead.net.live.LiveConnection;
import io.netty.channel.Channel;

/**
 * What a listener shows to those who connect: it builds the pipeline of each accepted connection.
 * Shared by all event loops; a listener swaps its face by one volatile write, so connections
 * already accepted keep the pipeline they have.
 */
public interface Face {
  /**
   * Builds the pipeline of one connection, on its event loop, before the first read. TLS, where the
   * listener terminates it, is already in place.
   *
   * @param channel open and registered; {@code autoRead} is off, the face turns it on or reads
   * @param connection the live record of this channel
   */
  void attach(Channel channel, LiveConnection connection);

  /** Whether everyone who connects speaks HTTP, so that one who is not let in can be answered. */
  default boolean speaksHttp() {
    return false;
  }
}
