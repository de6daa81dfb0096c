package io.fairlead.net.listen;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds out who listens on a TCP port, where the system tells: /proc/net/tcp and the descriptors of
 * processes we may look into (proc(5)).
 */
final class PortHolder {
  private static final String LISTENING = "0A";

  private PortHolder() {}

  /** {@code "pid 4711 (nginx)"}, or empty when it cannot be told. */
  static Optional<String> of(int port) {
    Set<String> sockets = new HashSet<>();
    try {
      for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
        Path file = Path.of(table);
        if (!Files.isReadable(file)) continue;
        for (String row : Files.readAllLines(file)) addSocket(row, port, sockets);
      }
      return sockets.isEmpty() ? Optional.empty() : process(sockets);
    } catch (IOException _) {
      return Optional.empty(); // no /proc here, or not ours to read: the message does without
    }
  }

  private static void addSocket(String row, int port, Set<String> sockets) {
    String[] columns = row.strip().split("\\s+");
    if (columns.length < 10 || !columns[3].equals(LISTENING)) return;
    int colon = columns[1].lastIndexOf(':');
    if (colon < 0 || Integer.parseInt(columns[1].substring(colon + 1), 16) != port) return;
    sockets.add("socket:[" + columns[9] + "]");
  }

  private static Optional<String> process(Set<String> sockets) throws IOException {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        if (holdsOne(process.resolve("fd"), sockets)) {
          return Optional.of("pid " + process.getFileName() + " (" + command(process) + ")");
        }
      }
    }
    return Optional.empty();
  }

  private static boolean holdsOne(Path descriptors, Set<String> sockets) {
    if (!Files.isReadable(descriptors)) return false;
    try (DirectoryStream<Path> links = Files.newDirectoryStream(descriptors)) {
      for (Path link : links) {
        if (Files.isSymbolicLink(link)
            && sockets.contains(Files.readSymbolicLink(link).toString())) {
          return true;
        }
      }
    } catch (IOException _) {
      return false; // ended meanwhile, or another user's
    }
    return false;
  }

  private static String command(Path process) {
    try {
      return Files.readString(process.resolve("comm")).strip();
    } catch (IOException _) {
      return "unknown";
    }
  }
}
