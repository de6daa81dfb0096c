package io.fairlead.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Configurations that must be good: the quickstart users see, and one with every section. */
final class GoodConfigs {
  private GoodConfigs() {}

  /** Texts by file name. */
  static Map<String, String> texts() {
    Map<String, String> texts = new LinkedHashMap<>();
    try (var full = GoodConfigs.class.getResourceAsStream("/config/full.yaml")) {
      texts.put("quickstart.yaml", Files.readString(root().resolve("examples/quickstart.yaml")));
      if (full == null) throw new AssertionError("config/full.yaml is not on the class path");
      texts.put("full.yaml", new String(full.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return texts;
  }

  /** The checkout's folder. */
  static Path root() {
    Path here = Path.of("").toAbsolutePath();
    return Files.exists(here.resolve("fairlead-core")) ? here : here.getParent();
  }
}
