package io.fairlead.core.config;

import io.fairlead.core.config.Node.Mapping;
import io.fairlead.core.config.Node.Scalar;
import io.fairlead.core.config.Node.Sequence;
import io.fairlead.core.config.Node.Span;
import io.fairlead.core.config.Problem.Place;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The text of a configuration with everything it includes, and where each path stands in it.
 * Immutable.
 */
public final class ConfigDocument {
  private final Mapping root;
  private final Map<String, String> texts;
  private final List<Span> secrets;

  ConfigDocument(Mapping root, Map<String, String> texts, List<Span> secrets) {
    this.root = root;
    this.texts = new LinkedHashMap<>(texts);
    this.secrets = List.copyOf(secrets);
  }

  /** Of all files, the main one first, in the order they were read: lower-case hex. */
  public String sha256() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      texts.forEach((_, text) -> digest.update(text.getBytes(StandardCharsets.UTF_8)));
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException("every Java platform has SHA-256", missing);
    }
  }

  /** The files, the main one first. */
  public List<String> files() {
    return List.copyOf(texts.keySet());
  }

  /** The text of a file, secrets included; empty when it is not one of {@link #files}. */
  public String text(String file) {
    return texts.getOrDefault(file, "");
  }

  /**
   * The text of a file with every known secret replaced by as many asterisks: what may be shown
   * next to a problem.
   */
  public String shownText(String file) {
    String text = text(file);
    int shift = text.startsWith("\uFEFF") ? 1 : 0;
    int[] codePoints = text.codePoints().toArray();
    for (Span span : secrets) {
      if (!span.place().file().equals(file)) continue;
      int end = Math.min(span.end() + shift, codePoints.length);
      for (int i = span.start() + shift; i < end; i++) {
        if (codePoints[i] != '\n' && codePoints[i] != '\r') codePoints[i] = '*';
      }
    }
    return new String(codePoints, 0, codePoints.length);
  }

  /** What is written at a path, dotted or a JSON pointer. */
  public Optional<Node> node(String path) {
    return NodeWalk.find(root, KeyPath.parse(path));
  }

  /** Where a path's value stands, or else where the nearest thing above it is named. */
  public Place placeOf(String path) {
    return NodeWalk.nearest(root, KeyPath.parse(path)).place();
  }

  /** All paths written, as JSON pointers, in order. */
  public List<String> paths() {
    List<String> paths = new ArrayList<>();
    collect(root, List.of(), paths);
    return List.copyOf(paths);
  }

  private static void collect(Node node, List<String> at, List<String> paths) {
    if (!at.isEmpty()) paths.add(KeyPath.pointer(at));
    switch (node) {
      case Scalar _ -> {}
      case Mapping mapping ->
          mapping
              .entries()
              .forEach(
                  entry ->
                      collect(entry.value(), DefinitionWalk.plus(at, entry.key().text()), paths));
      case Sequence sequence -> {
        for (int i = 0; i < sequence.items().size(); i++) {
          collect(sequence.items().get(i), DefinitionWalk.plus(at, Integer.toString(i)), paths);
        }
      }
    }
  }
}
