package io.fairlead.pubsub;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.CompletionStage;

/**
 * One live connection. Owned by the service: it sends, listens and closes; the connection reports
 * one terminal cause. {@link #send} and {@link #onFrame} are called by one thread; frames may come
 * from any thread, one at a time.
 */
public interface ConnectionHandle extends AutoCloseable {
  /**
   * Sends one message; what cannot be sent any more is dropped, and {@link #terminated} tells.
   *
   * @param utf8 takes ownership
   */
  void send(ByteBuf utf8);

  /** Where messages go from now on; nothing is read before. Once. */
  void onFrame(FrameSink sink);

  /** Completes once, when nothing more can be sent or comes. */
  CompletionStage<TerminalCause> terminated();

  /** Bytes given to {@link #send} and not yet handed to the network. */
  default long pendingBytes() {
    return 0;
  }

  /** Whether the other side can tell us things we did not ask for. */
  default boolean push() {
    return true;
  }

  /** Whether {@link #ping} can ask. */
  default boolean pings() {
    return false;
  }

  /**
   * Asks for a sign of life; any byte that comes answers it.
   *
   * @return whether the transport can; otherwise the service asks with a request
   */
  default boolean ping() {
    return false;
  }

  /** Bytes that came so far; the service takes a change for a sign of life. */
  default long receivedBytes() {
    return 0;
  }

  /** Reads nothing more, or reads again; optional. */
  default void reading(boolean on) {}

  /** Closes it because of what it sent; the cause is what {@link #terminated} tells. */
  default void close(TerminalCause cause) {
    close();
  }

  /** Closes it as its protocol wants, without waiting. Idempotent, any thread. */
  @Override
  void close();
}
