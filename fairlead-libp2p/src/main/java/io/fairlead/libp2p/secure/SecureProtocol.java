package io.fairlead.libp2p.secure;

import io.fairlead.libp2p.key.PeerId;
import io.netty.channel.ChannelHandler;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One way to secure a connection. Its handlers are added to the pipeline of a connection on which
 * the protocol was agreed, in front of whatever is to see plain bytes, and start at once.
 *
 * <p>A handler ends its handshake either with the user event {@link Secured}, after which it
 * encrypts what is written and passes on what it decrypts, in order and beginning with the bytes
 * that came with the end of the handshake; or with a {@link HandshakeException} through the
 * pipeline and a closed channel. It removes no handler of others, asks for as many reads as it
 * needs whether the channel reads by itself or not, and lets a deadline be set by others.
 *
 * <p>Immutable; any thread.
 */
public interface SecureProtocol {
  /** The protocol id that is negotiated, e.g. {@code /noise}. */
  String id();

  /**
   * The side that dialled.
   *
   * @param expected who must answer; null takes anyone
   * @param muxers ids of our multiplexers in order of preference; empty leaves the choice to later
   */
  ChannelHandler client(@Nullable PeerId expected, List<String> muxers);

  /**
   * The side that was dialled.
   *
   * @param muxers ids of our multiplexers in order of preference; empty leaves the choice to later
   */
  ChannelHandler server(List<String> muxers);
}
