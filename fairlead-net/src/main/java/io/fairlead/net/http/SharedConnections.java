package io.fairlead.net.http;

import io.netty.channel.Channel;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Makes shared connections out of channels just dialled. Thread-safe. */
public interface SharedConnections {
  /** What a shared connection asks of the pool it belongs to, on its event loop. */
  interface Owner {
    PoolSettings settings();

    /** Monotonic time at which a connection opened now is too old. */
    long expiryNanos(long nowNanos);

    /** It takes no more requests. */
    void ended(SharedConnection connection);
  }

  /** Whether the handshake agreed on a shared protocol, for plans that leave it to TLS. */
  boolean negotiated(Channel channel);

  /**
   * Takes over the channel; calls back on the event loop when the server said what it allows.
   *
   * @param ready gets null when the server does not speak the protocol
   */
  void begin(Channel channel, Owner owner, Consumer<@Nullable SharedConnection> ready);
}
