package io.fairlead.mqtt.rocksdb;

import io.fairlead.mqtt.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.zip.CRC32C;
import org.rocksdb.RocksDB;
import org.rocksdb.util.Environment;

/**
 * The native half of RocksDB: unpacked once into a directory that stays, instead of into a
 * temporary one at every start. A file that is not the one in the jar, byte for byte, is replaced.
 */
final class NativeLibrary {
  private NativeLibrary() {}

  /** Loads it; does nothing the second time. */
  static void load(Path directory) throws StoreException {
    String name = Environment.getJniLibraryFileName("rocksdb");
    try {
      byte[] packed = packed(name);
      Files.createDirectories(directory);
      // RocksDB looks for it under this name, in a directory it is told.
      Path file = directory.resolve(Environment.getJniLibraryFileName("rocksdbjni"));
      if (!Files.isRegularFile(file) || checksum(Files.readAllBytes(file)) != checksum(packed)) {
        Path fresh = Files.createTempFile(directory, name, ".new");
        Files.write(fresh, packed);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
      }
      RocksDB.loadLibrary(List.of(directory.toAbsolutePath().toString()));
    } catch (IOException | UnsatisfiedLinkError | RuntimeException failure) {
      throw new StoreException(
          StoreCodes.UNUSABLE,
          "the library of the MQTT store cannot be loaded from "
              + directory
              + ": "
              + failure.getMessage(),
          "use a state directory on a file system that programs may be run from and written to");
    }
  }

  private static byte[] packed(String name) throws IOException {
    try (InputStream in = RocksDB.class.getResourceAsStream("/" + name)) {
      if (in == null) throw new IOException("no " + name + " in this package");
      return in.readAllBytes();
    }
  }

  private static long checksum(byte[] bytes) {
    CRC32C sum = new CRC32C();
    sum.update(bytes);
    return sum.getValue();
  }
}
