package io.fairlead.core.config;

import io.fairlead.core.config.Node.Mapping;
import io.fairlead.core.config.Node.Scalar;
import io.fairlead.core.config.Node.Sequence;
import io.fairlead.core.config.Node.Span;
import io.fairlead.core.config.Problem.Place;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
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
  private final Map<String, Path> files;
  private final List<Path> includeFolders;
  private final List<Span> secrets;

  ConfigDocument(Mapping root, SourceFiles sources, List<Span> secrets) {
    this.root = root;
    this.texts = new LinkedHashMap<>(sources.texts());
    this.files = new LinkedHashMap<>(sources.files());
    this.includeFolders = List.copyOf(sources.includeFolders());
    this.secrets = List.copyOf(secrets);
  }

  /**
   * The text of one file, secrets that stand in it included.
   *
   * @param name as diagnostics name it
   * @param file where it lies, absolute when the folder of the main file is
   */
  public record SourceText(String name, Path file, String text) {}

  /** The files as they were read, the main one first; layers are none. */
  public List<SourceText> sources() {
    List<SourceText> sources = new ArrayList<>();
    files.forEach((name, file) -> sources.add(new SourceText(name, file, text(name))));
    return List.copyOf(sources);
  }

  /** Folders in which a new file may become part of the configuration. */
  public List<Path> includeFolders() {
    return includeFolders;
  }

  /**
   * Where the value at a path comes from: {@code file}, or the name of a layer; empty when nobody
   * wrote it. What a short form stands for comes from where the short form is written.
   */
  public Optional<String> originOf(String path) {
    List<String> segments = KeyPath.parse(path);
    for (int depth = segments.size(); depth > 0; depth--) {
      Optional<Node> node = NodeWalk.find(root, segments.subList(0, depth));
      boolean speaks =
          node.isPresent() && (depth == segments.size() || node.get() instanceof Scalar);
      if (speaks) return Optional.of(Layering.layerOf(node.get()).orElse("file"));
      if (node.isPresent()) return Optional.empty();
    }
    return Optional.empty();
  }

  /** The text of a file with each secret that stands in it replaced by {@code "***"}. */
  public String redactedText(String file) {
    return ConfigSplice.redacted(text(file), file, secrets);
  }

  Mapping root() {
    return root;
  }

  List<Span> secrets() {
    return secrets;
  }

  /** Of all texts, the main file first, layers last: lower-case hex. */
  public String sha256() {
    return digest(texts.keySet());
  }

  /** Of the files alone, the main one first: lower-case hex. */
  public String filesSha256() {
    return digest(files.keySet());
  }

  private String digest(Collection<String> names) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String name : names) digest.update(text(name).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException("every Java platform has SHA-256", missing);
    }
  }

  /** The texts by name, the main file first, layers last. */
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
