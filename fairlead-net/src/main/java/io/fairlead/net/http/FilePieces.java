package io.fairlead.net.http;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.channels.FileChannel;

/**
 * Sends a part of a file in pieces of 64 KiB, where the kernel cannot send it whole: over TLS and
 * over HTTP/2. A virtual thread reads one piece at a time, so the loop never waits for the disk and
 * one piece per response is in memory beside what the channel holds. State is confined to the loop;
 * the file belongs to whoever holds the turn.
 */
public final class FilePieces {
  private static final int PIECE = 64 * 1024;

  private final ClientExchange exchange;
  private final FileChannel file;
  private long offset;
  private long remaining;
  private boolean busy;

  /** Takes ownership of the file. */
  public FilePieces(ClientExchange exchange, FileChannel file, long offset, long length) {
    this.exchange = exchange;
    this.file = file;
    this.offset = offset;
    this.remaining = length;
  }

  /** Sends them, and finishes the exchange. */
  public void start() {
    exchange.onWritable(this::next);
    exchange.onEnd(this::closeIfIdle);
    next();
  }

  private void next() {
    if (busy || exchange.ended()) return;
    if (remaining == 0) {
      exchange.finish();
      return;
    }
    if (!exchange.writable()) {
      exchange.flush();
      return;
    }
    busy = true;
    int count = (int) Math.min(PIECE, remaining);
    ByteBuf piece = exchange.channel().alloc().directBuffer(count);
    long from = offset;
    Thread.startVirtualThread(() -> read(piece, from, count));
  }

  /** On a virtual thread. */
  private void read(ByteBuf piece, long from, int count) {
    boolean complete = false;
    try {
      while (piece.readableBytes() < count) {
        int got =
            piece.writeBytes(file, from + piece.readableBytes(), count - piece.readableBytes());
        if (got <= 0) break;
      }
      complete = piece.readableBytes() == count;
    } catch (IOException e) {
      complete = false; // the same as a file that became shorter
    }
    boolean whole = complete;
    exchange.channel().eventLoop().execute(() -> arrived(piece, count, whole));
  }

  private void arrived(ByteBuf piece, int count, boolean whole) {
    busy = false;
    if (exchange.ended() || !whole) {
      piece.release();
      exchange.abort();
      closeIfIdle();
      return;
    }
    offset += count;
    remaining -= count;
    exchange.write(piece);
    exchange.flush();
    next();
  }

  private void closeIfIdle() {
    if (!busy) close(file);
  }

  /** Closes it, whatever becomes of that. */
  public static void close(FileChannel file) {
    try {
      file.close();
    } catch (IOException e) {
      // It was only read, and nothing can be done about it.
    }
  }
}
