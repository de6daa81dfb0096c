package io.fairlead.mqtt.rocksdb;

import io.fairlead.mqtt.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A number beside the database, so that what the database says can be held against it: {@code
 * floor}, the last group known to be forced, and {@code clock}, when that was. Written in place,
 * not forced: it may be late, never early. One owner.
 */
final class Marks implements AutoCloseable {
  private static final int BYTES = 16;

  private final Path file;
  private @Nullable FileChannel channel;

  Marks(Path file) {
    this.file = file;
  }

  /** What it says; nothing if it is not there or was torn as it was written. */
  OptionalLong read() throws StoreException {
    try {
      if (!Files.exists(file)) return OptionalLong.empty();
      byte[] bytes = Files.readAllBytes(file);
      if (bytes.length != BYTES) return OptionalLong.empty();
      ByteBuffer in = ByteBuffer.wrap(bytes);
      long number = in.getLong();
      return in.getLong() == checksum(number) ? OptionalLong.of(number) : OptionalLong.empty();
    } catch (IOException failure) {
      throw unusable(failure);
    }
  }

  void write(long number) throws IOException {
    FileChannel open = channel;
    if (open == null) {
      open = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      channel = open;
    }
    ByteBuffer out = ByteBuffer.allocate(BYTES).putLong(number).putLong(checksum(number)).flip();
    long at = 0;
    while (out.hasRemaining()) at += open.write(out, at);
  }

  @Override
  public void close() {
    FileChannel open = channel;
    channel = null;
    if (open == null) return;
    try {
      open.close();
    } catch (IOException _) {
      // What it says may be late.
    }
  }

  private StoreException unusable(IOException failure) {
    return new StoreException(
        StoreCodes.UNUSABLE,
        file + ": " + failure.getMessage(),
        "give the gateway's user the right to read and write it");
  }

  private static long checksum(long number) {
    CRC32C sum = new CRC32C();
    sum.update(ByteBuffer.allocate(8).putLong(number).flip());
    return sum.getValue();
  }
}
