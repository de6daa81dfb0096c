package io.fairlead.relay.network;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Optional;

/**
 * The table in use. Lookups come from any thread; {@link #read} and {@link #use} from one at a
 * time.
 */
public final class AsnFile implements Networks {
  private static final long BYTES_MAX = 512L << 20;

  private volatile Networks current = NONE;
  private Optional<Table> used = Optional.empty();

  /**
   * What was read.
   *
   * @param bytes and {@code changed} tell whether it has to be read again
   */
  public record Table(Path file, long bytes, FileTime changed, Networks networks) {}

  /**
   * Reads a file, where it is not the one in use, or changed since. Blocks.
   *
   * @throws IOException it cannot be read, or is too large
   * @throws AsnTable.BadTableException it holds something else
   */
  public Table read(Path file) throws IOException, AsnTable.BadTableException {
    BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
    if (now.size() > BYTES_MAX) {
      throw new IOException(now.size() + " bytes (expected: <= " + BYTES_MAX + ")");
    }
    Optional<Table> same =
        used.filter(
            table ->
                table.file().equals(file)
                    && table.bytes() == now.size()
                    && table.changed().equals(now.lastModifiedTime()));
    if (same.isPresent()) return same.get();
    // Names of networks are in any encoding, and nobody reads them.
    try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
      return new Table(file, now.size(), now.lastModifiedTime(), AsnTable.read(lines));
    }
  }

  /** From now on this one; none where it is empty. */
  public void use(Optional<Table> table) {
    used = table;
    current = table.map(Table::networks).orElse(NONE);
  }

  @Override
  public Optional<Long> of(InetAddress address) {
    return current.of(address);
  }
}
