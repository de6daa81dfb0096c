package io.fairlead.mqtt.rocksdb;

import io.fairlead.mqtt.store.StoreException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.RocksObject;
import org.rocksdb.WALRecoveryMode;

/**
 * A store that is read as far as it can be, and never written. Records of the log that are damaged
 * are passed over, and so are blocks of files: what stands in them is told as a problem. One
 * thread.
 */
final class Remains implements AutoCloseable {
  private static final int KEY_BYTES_LEAST = 16;
  private static final BigInteger TWO = BigInteger.TWO;

  private final List<RocksObject> owned = new ArrayList<>(); // closed in reverse
  private final Map<Family, ColumnFamilyHandle> handles = new EnumMap<>(Family.class);
  private final List<String> problems = new ArrayList<>();
  private final @Nullable Path links; // a directory of our own
  private final RocksDB db;

  private Remains(Path directory, @Nullable Path links) throws RocksDBException {
    this.links = links;
    boolean opened = false;
    try {
      Path files = links == null ? directory : links;
      RocksDB strict = null;
      try {
        strict = open(files, WALRecoveryMode.TolerateCorruptedTailRecords);
      } catch (RocksDBException damaged) {
        problems.add("the log is damaged: " + damaged.getMessage());
      }
      db = strict == null ? open(files, WALRecoveryMode.SkipAnyCorruptedRecords) : strict;
      opened = true;
    } finally {
      if (!opened) close();
    }
  }

  /**
   * Opens what there is.
   *
   * @param scratch a directory that may be made, for one whose beginning is missing
   * @throws StoreException nothing of it can be read
   */
  static Remains of(Path directory, Path scratch) throws StoreException {
    boolean beginning = Files.exists(directory.resolve("CURRENT"));
    try {
      Remains remains = new Remains(directory, beginning ? null : linked(directory, scratch));
      if (!beginning) remains.problems.addFirst("the file CURRENT is missing");
      return remains;
    } catch (RocksDBException | IOException failure) {
      throw new StoreException(
          StoreCodes.DAMAGED,
          "MQTT store " + directory + ": nothing can be read: " + failure.getMessage(),
          "restore it from a backup; or move it away and start with an empty one");
    }
  }

  /** The same files under another name, with the beginning that is missing. */
  private static Path linked(Path directory, Path scratch) throws IOException {
    List<Path> manifests = new ArrayList<>();
    List<Path> files = new ArrayList<>();
    try (Stream<Path> all = Files.list(directory)) {
      for (Path each : all.toList()) {
        String name = each.getFileName().toString();
        if (name.startsWith("MANIFEST-")) manifests.add(each);
        if (name.matches("MANIFEST-.*|.*\\.(sst|log)")) files.add(each);
      }
    }
    if (manifests.isEmpty()) throw new IOException("there is no list of its files (MANIFEST)");
    Files.createDirectories(scratch);
    for (Path each : files) Files.copy(each, scratch.resolve(each.getFileName()));
    String last =
        manifests.stream().map(each -> each.getFileName().toString()).sorted().toList().getLast();
    Files.writeString(scratch.resolve("CURRENT"), last + "\n");
    return scratch;
  }

  private RocksDB open(Path files, WALRecoveryMode mode) throws RocksDBException {
    DBOptions options =
        own(new DBOptions())
            .setParanoidChecks(mode == WALRecoveryMode.TolerateCorruptedTailRecords)
            .setWalRecoveryMode(mode)
            .setMaxOpenFiles(500);
    List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
    for (Family family : Family.values()) {
      descriptors.add(new ColumnFamilyDescriptor(family.bytes(), own(new ColumnFamilyOptions())));
    }
    List<ColumnFamilyHandle> opened = new ArrayList<>();
    RocksDB made = RocksDB.openReadOnly(options, files.toString(), descriptors, opened);
    for (Family family : Family.values()) handles.put(family, opened.get(family.ordinal()));
    return made;
  }

  /** What could not be read, so far. */
  List<String> problems() {
    return problems;
  }

  byte @Nullable [] get(Family family, byte[] key) {
    try {
      return db.get(handle(family), key);
    } catch (RocksDBException unreadable) {
      problems.add(word(family) + ": a row cannot be read: " + unreadable.getMessage());
      return null;
    }
  }

  /** Every row that can be read, in the order of keys. */
  void forEach(Family family, Database.Reader each) {
    try (ReadOptions options = new ReadOptions().setVerifyChecksums(true).setFillCache(false)) {
      ColumnFamilyHandle handle = handle(family);
      byte @Nullable [] from = new byte[0];
      while (from != null) from = read(family, () -> db.newIterator(handle, options), from, each);
    }
  }

  /** An iterator that met what cannot be read is of no use any more. */
  private interface Anew {
    RocksIterator iterator();
  }

  /** Reads up to what cannot be read; answers where to go on, null: nowhere. */
  private byte @Nullable [] read(Family family, Anew anew, byte[] from, Database.Reader each) {
    byte[] last = from;
    try (RocksIterator rows = anew.iterator()) {
      for (rows.seek(from); rows.isValid(); rows.next()) {
        last = rows.key();
        each.row(last, rows.value());
      }
      rows.status();
      return null;
    } catch (RocksDBException damaged) {
      problems.add(word(family) + ": a part of a file is passed over: " + damaged.getMessage());
      return beyond(anew, last);
    }
  }

  /** The least key, about, behind what cannot be read; null: there is none. */
  private static byte @Nullable [] beyond(Anew anew, byte[] last) {
    int bytes = Math.max(last.length, KEY_BYTES_LEAST) + 1;
    BigInteger from = new BigInteger(1, Arrays.copyOf(last, bytes));
    int bits = bytes * 8 - 1;
    int step = 0;
    while (step < bits && unreadable(anew, key(from.add(TWO.pow(step)), bytes))) step++;
    if (step == bits) return null;
    BigInteger unread = step == 0 ? from : from.add(TWO.pow(step - 1));
    BigInteger read = from.add(TWO.pow(step));
    while (read.subtract(unread).compareTo(BigInteger.ONE) > 0) {
      BigInteger middle = read.add(unread).shiftRight(1);
      if (unreadable(anew, key(middle, bytes))) unread = middle;
      else read = middle;
    }
    return key(read, bytes);
  }

  private static byte[] key(BigInteger number, int bytes) {
    byte[] digits = number.toByteArray();
    byte[] padded = new byte[bytes];
    int skipped = Math.max(0, digits.length - bytes); // a sign
    int length = digits.length - skipped;
    System.arraycopy(digits, skipped, padded, bytes - length, length);
    return padded;
  }

  private static boolean unreadable(Anew anew, byte[] key) {
    try (RocksIterator rows = anew.iterator()) {
      rows.seek(key);
      rows.status();
      return false;
    } catch (RocksDBException damaged) {
      return true;
    }
  }

  static String word(Family family) {
    return family == Family.META ? "meta" : new String(family.bytes(), StandardCharsets.UTF_8);
  }

  private ColumnFamilyHandle handle(Family family) {
    ColumnFamilyHandle handle = handles.get(family);
    if (handle == null) throw new IllegalStateException("the store is closed");
    return handle;
  }

  @Override
  @SuppressWarnings("ConstantValue") // called by the constructor, too
  public void close() {
    handles.values().forEach(RocksObject::close);
    handles.clear();
    if (db != null) db.close();
    for (int i = owned.size() - 1; i >= 0; i--) owned.get(i).close();
    owned.clear();
    if (links != null) remove(links);
  }

  private static void remove(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path each : files.toList()) Files.delete(each);
      Files.delete(directory);
    } catch (IOException _) {
      // A copy that stays costs room and nothing else.
    }
  }

  private <T extends RocksObject> T own(T object) {
    owned.add(object);
    return object;
  }
}
