package io.fairlead.net.http;

import io.fairlead.net.http.codec.HeadWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Frames one HTTP/1 request: the head waits for the first bytes of the body, up to 8 KiB of which
 * share its buffer and its system call. One per upstream connection, used for one request after the
 * other; confined to the event loop.
 */
final class RequestOutput {
  private final UpstreamConnection to;
  private @Nullable ByteBuf head;
  private boolean chunked;

  RequestOutput(UpstreamConnection to) {
    this.to = to;
  }

  /** Takes ownership of the head, which has room for a small body behind it. */
  void begin(ByteBuf nextHead, boolean chunkedBody) {
    head = nextHead;
    chunked = chunkedBody;
  }

  /** Takes ownership. */
  void data(ByteBuf data) {
    int count = data.readableBytes();
    ByteBuf waiting = head;
    if (waiting != null && waiting.writableBytes() >= count + (chunked ? ChunkFrame.OVERHEAD : 0)) {
      append(waiting, data);
      return;
    }
    sendHead();
    ByteBufAllocator allocator = to.channel().alloc();
    if (!chunked) {
      to.write(data);
    } else if (count <= ConnectionExchange.JOIN_MAX) {
      ByteBuf chunk = allocator.directBuffer(count + ChunkFrame.OVERHEAD);
      append(chunk, data);
      to.write(chunk);
    } else {
      to.write(ChunkFrame.before(count, allocator));
      to.write(data);
      to.write(ChunkFrame.behind(allocator));
    }
  }

  void end(Trailers trailers, HeadWriter writer) {
    if (chunked) {
      ByteBuf waiting = head;
      if (waiting == null || !trailers.isEmpty() || !ChunkFrame.appendLast(waiting)) {
        sendHead();
        to.write(ChunkFrame.last(trailers, writer, to.channel().alloc()));
      }
    }
    sendHead();
  }

  /** Does not wait any longer. */
  void sendHead() {
    ByteBuf waiting = head;
    if (waiting == null) return;
    head = null;
    to.write(waiting);
  }

  void release() {
    if (head != null) head.release();
    head = null;
  }

  private void append(ByteBuf out, ByteBuf data) {
    if (chunked) {
      ChunkFrame.append(out, data);
    } else {
      out.writeBytes(data);
    }
    data.release();
  }
}
