package io.fairlead.app.doctor;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The process that listens on a port, where the kernel lets us see it (Linux, own processes or
 * root).
 *
 * @param command its name
 */
record PortHolder(long pid, String command) {
  private static final Path PROC = Path.of("/proc");
  private static final String LISTENING = "0A";

  static Optional<PortHolder> of(int port) {
    Set<String> sockets = new HashSet<>();
    for (String table : new String[] {"net/tcp", "net/tcp6"}) {
      sockets.addAll(listening(PROC.resolve(table), port));
    }
    if (sockets.isEmpty()) return Optional.empty();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        if (holds(process.resolve("fd"), sockets)) {
          return Optional.of(
              new PortHolder(
                  Long.parseLong(process.toFile().getName()),
                  Files.readString(process.resolve("comm")).strip()));
        }
      }
    } catch (IOException unknown) {
      // Not Linux, or the process ended meanwhile.
    }
    return Optional.empty();
  }

  String text() {
    return command + " (process " + pid + ")";
  }

  /** Names of the sockets as they show among a process's descriptors. */
  private static Set<String> listening(Path table, int port) {
    Set<String> sockets = new HashSet<>();
    String wanted = ":" + String.format(Locale.ROOT, "%04X", port);
    try {
      for (String line : Files.readAllLines(table)) {
        String[] columns = line.trim().split("\\s+");
        if (columns.length < 10 || !columns[1].endsWith(wanted)) continue;
        if (columns[3].equals(LISTENING)) sockets.add("socket:[" + columns[9] + "]");
      }
    } catch (IOException unknown) {
      // No such table on this system.
    }
    return sockets;
  }

  private static boolean holds(Path descriptors, Set<String> sockets) {
    try (DirectoryStream<Path> links = Files.newDirectoryStream(descriptors)) {
      for (Path link : links) {
        if (sockets.contains(Files.readSymbolicLink(link).toString())) return true;
      }
    } catch (IOException notOurs) {
      return false;
    }
    return false;
  }
}
