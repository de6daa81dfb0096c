package io.fairlead.http.files;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Several parts of a file as {@code multipart/byteranges} (RFC 9110 §14.6). */
final class Ranges implements ByteSource {
  private static final int PIECE = 64 * 1024;

  private final FileChannel file;
  private final List<ByteRange.Part> parts;
  private final List<byte[]> heads;
  private final byte[] tail;
  private int part;
  private boolean headSent;
  private long at;
  private boolean done;

  /**
   * @param file closed with this
   * @param type of the whole file
   * @param size of the whole file
   * @param boundary a text that cannot occur in it by chance
   */
  Ranges(FileChannel file, List<ByteRange.Part> parts, String type, long size, String boundary) {
    this.file = file;
    this.parts = List.copyOf(parts);
    this.heads = new ArrayList<>(parts.size());
    for (int i = 0; i < parts.size(); i++) {
      ByteRange.Part each = parts.get(i);
      String head =
          (i == 0 ? "" : "\r\n")
              + "--"
              + boundary
              + "\r\nContent-Type: "
              + type
              + "\r\nContent-Range: bytes "
              + each.first()
              + "-"
              + each.last()
              + "/"
              + size
              + "\r\n\r\n";
      heads.add(head.getBytes(US_ASCII));
    }
    this.tail = ("\r\n--" + boundary + "--\r\n").getBytes(US_ASCII);
  }

  /** Bytes of the whole body. */
  long length() {
    long length = tail.length;
    for (int i = 0; i < parts.size(); i++) length += heads.get(i).length + parts.get(i).length();
    return length;
  }

  @Override
  public @Nullable ByteBuf next(ByteBufAllocator allocator) throws IOException {
    if (done) return null;
    if (part == parts.size()) {
      done = true;
      return Unpooled.wrappedBuffer(tail);
    }
    ByteRange.Part current = parts.get(part);
    if (!headSent) {
      headSent = true;
      at = current.first();
      return Unpooled.wrappedBuffer(heads.get(part));
    }
    int wanted = (int) Math.min(PIECE, current.last() + 1 - at);
    ByteBuf piece = allocator.directBuffer(wanted);
    boolean handedOver = false;
    try {
      int read = piece.writeBytes(file, at, wanted);
      if (read <= 0) throw new EOFException("the file became shorter");
      at += read;
      handedOver = true;
    } finally {
      if (!handedOver) piece.release();
    }
    if (at > current.last()) {
      part++;
      headSent = false;
    }
    return piece;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
