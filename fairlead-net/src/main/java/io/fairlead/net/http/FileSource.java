package io.fairlead.net.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.DefaultFileRegion;
import java.io.IOException;
import java.nio.channels.FileChannel;

/**
 * Sends a part of a file: whole where the kernel can do it, else (TLS) in pieces of 64 KiB. A
 * virtual thread reads one piece at a time, so the loop never waits for the disk and one piece per
 * response is in memory beside what the channel holds. State is confined to the loop; the file
 * belongs to whoever holds the turn.
 */
final class FileSource {
  private static final int PIECE = 64 * 1024;

  private final ConnectionExchange exchange;
  private final FileChannel file;
  private long offset;
  private long remaining;
  private boolean busy;

  FileSource(ConnectionExchange exchange, FileChannel file, long offset, long length) {
    this.exchange = exchange;
    this.file = file;
    this.offset = offset;
    this.remaining = length;
  }

  /** Lets the kernel send it; only where nothing changes the bytes on their way. */
  void sendWhole() {
    var _ = // what became of it is asked here
        exchange
            .channel()
            .writeAndFlush(new DefaultFileRegion(file, offset, remaining)) // closes the file
            .addListener(
                sent -> {
                  if (!sent.isSuccess()) {
                    exchange.abort();
                    return;
                  }
                  exchange.sentPast(remaining);
                  exchange.finish();
                });
  }

  /** Sends it piece by piece. */
  void start() {
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

  static void close(FileChannel file) {
    try {
      file.close();
    } catch (IOException e) {
      // It was only read, and nothing can be done about it.
    }
  }
}
