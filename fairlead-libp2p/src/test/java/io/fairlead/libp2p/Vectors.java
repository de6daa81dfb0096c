package io.fairlead.libp2p;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads {@code vectors.txt}: one record a line, fields parted by tabs. */
public final class Vectors {
  private Vectors() {}

  /** The names there are. */
  static Set<String> names() {
    return lines().map(List::getFirst).collect(Collectors.toSet());
  }

  private static Stream<List<String>> lines() {
    try (InputStream in = Vectors.class.getResourceAsStream("vectors.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .map(line -> List.of(line.split("\t")));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** The fields behind the name, of every record of that name. */
  public static List<List<String>> all(String name) {
    return lines()
        .filter(fields -> fields.getFirst().equals(name))
        .map(fields -> fields.subList(1, fields.size()))
        .toList();
  }

  /** The last field of the one record of a name, from hex. */
  public static byte[] bytes(String name) {
    List<List<String>> records = all(name);
    if (records.size() != 1) throw new IllegalArgumentException(name + ": " + records.size());
    return HexFormat.of().parseHex(records.getFirst().getLast());
  }
}
