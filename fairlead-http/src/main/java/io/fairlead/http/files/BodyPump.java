package io.fairlead.http.files;

import io.fairlead.net.http.ServerExchange;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the bytes of a source, made on a virtual thread, into a response whose head was sent. Never
 * more than {@link #AHEAD} buffers are on their way, and none is made while the client does not
 * read. Closes the source in the end, whatever the end is.
 */
final class BodyPump {
  private static final Logger log = LoggerFactory.getLogger(BodyPump.class);
  private static final int AHEAD = 2;

  private final ServerExchange exchange;
  private final ByteSource source;
  private final Semaphore room = new Semaphore(AHEAD);
  private int heldBack;
  private volatile boolean over;

  private BodyPump(ServerExchange exchange, ByteSource source) {
    this.exchange = exchange;
    this.source = source;
  }

  /** Takes ownership of the source. On the exchange's event loop. */
  static void start(ServerExchange exchange, ByteSource source) {
    BodyPump pump = new BodyPump(exchange, source);
    exchange.onEnd(pump::end);
    exchange.onWritable(pump::readyForMore);
    Thread.ofVirtual().name("http-body").start(pump::run);
  }

  private void end() {
    over = true;
    room.release();
  }

  private void run() {
    try (source) {
      while (true) {
        room.acquire();
        if (over) return;
        ByteBuf bytes = source.next(exchange.channel().alloc());
        if (!onLoop(bytes) || bytes == null) return;
      }
    } catch (IOException | RuntimeException failure) {
      log.atDebug().setCause(failure).log("body not made to its end");
      execute(exchange::abort);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean onLoop(@Nullable ByteBuf bytes) {
    boolean handedOver = execute(() -> send(bytes));
    if (!handedOver && bytes != null) bytes.release();
    return handedOver;
  }

  private boolean execute(Runnable work) {
    try {
      exchange.channel().eventLoop().execute(work);
      return true;
    } catch (RejectedExecutionException stopping) {
      return false;
    }
  }

  /** On the event loop. */
  private void send(@Nullable ByteBuf bytes) {
    if (bytes == null) {
      exchange.finish();
      return;
    }
    exchange.write(bytes);
    exchange.flush();
    if (exchange.writable()) {
      room.release();
    } else {
      heldBack++;
    }
  }

  /** On the event loop. */
  private void readyForMore() {
    int permits = heldBack;
    heldBack = 0;
    room.release(permits);
  }
}
