package io.fairlead.mqtt.session;

import io.fairlead.mqtt.codec.Packet;
import io.netty.buffer.ByteBuf;
import java.util.Optional;

/**
 * The way to one client. What is written during one turn of the home thread leaves together at its
 * end. Home thread only.
 */
public interface ConnectionOutput {
  /** Appends a packet. */
  void send(Packet packet);

  /**
   * The output buffer, for appending to at once; the buffer stays the output's.
   *
   * @param bytes about to be appended
   */
  ByteBuf buffer(int bytes);

  /** Appends bytes that will not change; many are not copied. */
  void append(byte[] bytes);

  /** Whether more may be written now; {@link Session#onWritable} is called when that changes. */
  boolean writable();

  /**
   * Sends what was appended and {@code lastWord}, then closes without losing it: the peer's bytes
   * are read and thrown away for a moment. Nothing is heard of the connection after this.
   */
  void close(Optional<Packet> lastWord);
}
