package io.fairlead.net.http;

import io.fairlead.core.unit.Limit;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.live.Severable;
import io.fairlead.net.rate.Pace;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.nio.channels.FileChannel;
import java.util.function.UnaryOperator;

/**
 * One request and its response on a server connection. Confined to the connection's event loop.
 *
 * <p>The request body is not read until {@link #readBody}; a final response sent before the body
 * was read is followed by a bounded drain (256 KiB or 2 s) and a close.
 */
public interface ServerExchange {
  RequestHead head();

  /**
   * The connection's channel, for its event loop, allocator and addresses; after {@link #upgrade}
   * the bare byte stream.
   */
  Channel channel();

  /** Whether the connection carries other exchanges at the same time. */
  default boolean multiplexed() {
    return false;
  }

  LiveConnection connection();

  /**
   * What a decision about this exchange alone ends: the connection, or where that carries others at
   * the same time, its own stream. After {@link #upgrade} the byte stream. Always the same object.
   */
  default Severable work() {
    return connection();
  }

  /** Whether the connection is secured by TLS. */
  boolean secure();

  /** Monotonic nanoseconds at which the head was complete. */
  long startedAtNanos();

  /**
   * Bounds this request's body instead of the connection's settings; more is 413. Before {@link
   * #readBody}.
   */
  void bodyMax(Limit max);

  /** Holds both bodies to a pace. Before {@link #readBody} and the response. */
  void pace(Pace pace);

  /** Lets somebody else see the request's body on its way. Before {@link #readBody}. */
  void watchBody(UnaryOperator<BodyReceiver> watcher);

  /**
   * Starts handing over the request body. At most once. Sends {@code 100 Continue} when the client
   * waits for it.
   */
  void readBody(BodyReceiver receiver);

  /** Stops reading from the client; what was read already may still arrive. */
  void pauseBody();

  void resumeBody();

  /** Answers whole. */
  void respond(Answer answer);

  /**
   * Starts a streamed response. Follow with {@link #write} and {@link #finish}.
   *
   * @param edits fields of the response; framing fields are set from {@code body}
   */
  void respond(int status, FieldEdits edits, BodyLength body);

  /** Sends body bytes; takes ownership. */
  void write(ByteBuf data);

  /** Flushes what was written; the edge also flushes by itself at the end of each read burst. */
  void flush();

  /**
   * Sends a part of a file as the body or the rest of it; takes ownership of the channel and closes
   * it. A file that became shorter closes the connection. Calls {@link #finish} itself.
   */
  void sendFile(FileChannel file, long offset, long length);

  /** Ends the streamed response. */
  void finish();

  /** Whether more may be written now; end-to-end back-pressure stops its source otherwise. */
  boolean writable();

  /** Called each time {@link #writable} turns true. One listener. */
  void onWritable(Runnable listener);

  /** Closes the connection without (the rest of) a response. */
  void abort();

  /**
   * Called once when the exchange is over: answered completely, aborted, or the client went away.
   *
   * @see #status
   */
  void onEnd(Runnable listener);

  /** Final status sent, or 0; 499 when the client went away first. */
  int status();

  /** Body bytes sent. */
  long sentBytes();

  /**
   * Leaves HTTP: sends {@code status} with {@code edits} (200 to CONNECT, 101 to an upgrade),
   * removes the HTTP handlers and hands over the bare byte stream as {@link #channel} with {@code
   * autoRead} off, and the bytes that came after the head.
   *
   * @return bytes received after the head, possibly empty; the caller owns them
   */
  ByteBuf upgrade(int status, FieldEdits edits);
}
