package io.fairlead.mqtt.rocksdb;

import io.fairlead.core.unit.ByteSize;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Room on the file system of a store. The store refuses what must be kept when there is not {@link
 * #enough}.
 *
 * @param freeBytes for those who are not root
 * @param leastBytes what has to be free: what is wanted, or a twentieth of the file system, if that
 *     is less
 */
public record StoreRoom(long freeBytes, long leastBytes) {
  private static final int SHARE = 20;

  /**
   * Looks now. Any thread; blocks as the file system does.
   *
   * @param there a directory that is there
   */
  public static StoreRoom of(Path there, ByteSize wanted) throws IOException {
    FileStore disk = Files.getFileStore(there);
    return of(disk.getUsableSpace(), disk.getTotalSpace(), wanted);
  }

  static StoreRoom of(long freeBytes, long totalBytes, ByteSize wanted) {
    return new StoreRoom(freeBytes, Math.min(wanted.bytes(), totalBytes / SHARE));
  }

  public boolean enough() {
    return freeBytes > leastBytes;
  }
}
