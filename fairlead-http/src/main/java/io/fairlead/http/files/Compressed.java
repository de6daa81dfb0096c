package io.fairlead.http.files;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/** A file, compressed piece by piece while it is read. */
final class Compressed implements ByteSource {
  private static final int PIECE = 64 * 1024;

  private final FileChannel file;
  private final Coding coding;
  private final byte[] piece = new byte[PIECE];
  private final Sink sink = new Sink();
  private @Nullable OutputStream encoder;
  private long at;
  private boolean ended;

  /**
   * @param file read from its beginning to its end, closed with this
   */
  Compressed(FileChannel file, Coding coding) {
    this.file = file;
    this.coding = coding;
  }

  @Override
  public @Nullable ByteBuf next(ByteBufAllocator allocator) throws IOException {
    if (ended) return null;
    ByteBuf out = allocator.directBuffer(PIECE / 2);
    boolean handedOver = false;
    try (ByteBufOutputStream stream = new ByteBufOutputStream(out)) {
      sink.to = stream;
      if (encoder == null) encoder = coding.encoder(sink);
      // An encoder keeps bytes to itself at first: read on until it gives some.
      while (out.readableBytes() == 0 && !ended) {
        int read = file.read(ByteBuffer.wrap(piece), at);
        if (read < 0) {
          encoder.close();
          ended = true;
        } else {
          at += read;
          encoder.write(piece, 0, read);
        }
      }
      handedOver = out.isReadable();
      return handedOver ? out : null;
    } finally {
      sink.to = OutputStream.nullOutputStream();
      if (!handedOver) out.release();
    }
  }

  @Override
  public void close() throws IOException {
    try (file) {
      if (encoder != null && !ended) encoder.close(); // frees what is not on the heap
    }
  }

  /** Where the encoder writes: a buffer of the moment. */
  private static final class Sink extends OutputStream {
    private OutputStream to = OutputStream.nullOutputStream();

    @Override
    public void write(int one) throws IOException {
      to.write(one);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      to.write(bytes, offset, length);
    }
  }
}
