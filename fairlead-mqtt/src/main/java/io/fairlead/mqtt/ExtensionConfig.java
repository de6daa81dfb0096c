package io.fairlead.mqtt;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Node;
import io.fairlead.core.config.Parsed;
import io.fairlead.core.config.ReadContext;
import io.fairlead.core.config.Shape;
import io.fairlead.core.config.Types;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One entry of {@code mqtt.extensions}.
 *
 * @param jars files it is in, with what it brings along; empty: it is beside the gateway's own
 * @param settings what it is told: all keys but {@code jar}
 */
public record ExtensionConfig(List<Path> jars, Map<String, String> settings) {
  /** The key that is not one of its settings. */
  static final String JAR = "jar";

  /** One value: of {@code jar} it is files, of all others a text. */
  private sealed interface Setting {
    record Text(String text) implements Setting {}

    record Files(List<Path> files) implements Setting {}
  }

  private static final ConfigType<String> TEXT = Types.string().orEmpty();
  private static final ConfigType<List<Path>> FILES =
      Types.firstScalar(
          Types.path().mapped(Codes.BAD_PATH, List::of, List::getFirst),
          Types.listOf(Types.path()));

  /** Reads a text, and below the key {@code jar} one file or several. */
  private static final ConfigType<Setting> SETTING =
      new ConfigType<>() {
        @Override
        public Optional<Parsed<Setting>> read(Node node, ReadContext context) {
          return context.id().equals(JAR)
              ? FILES
                  .read(node, context)
                  .map(r -> new Parsed<>(new Setting.Files(r.value()), r.tree()))
              : TEXT.read(node, context)
                  .map(r -> new Parsed<>(new Setting.Text(r.value()), r.tree()));
        }

        @Override
        public Shape shape() {
          return new Shape.Alternatives(List.of(TEXT, Types.listOf(Types.path())));
        }

        @Override
        public String describe() {
          return "text; of the key jar a file path or a list of them";
        }

        @Override
        public Object print(Setting value) {
          return switch (value) {
            case Setting.Text(var text) -> text;
            case Setting.Files(var files) -> files.stream().map(Path::toString).toList();
          };
        }
      };

  static final ConfigType<ExtensionConfig> TYPE =
      Types.freeMapOf(SETTING)
          .mapped(Codes.BAD_PATH, ExtensionConfig::of, ExtensionConfig::written);

  public ExtensionConfig {
    jars = List.copyOf(jars);
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
  }

  private static ExtensionConfig of(Map<String, Setting> written) {
    List<Path> jars = new ArrayList<>();
    Map<String, String> settings = new LinkedHashMap<>();
    written.forEach(
        (key, value) -> {
          switch (value) {
            case Setting.Text(var text) -> settings.put(key, text);
            case Setting.Files(var files) -> jars.addAll(files);
          }
        });
    if (written.containsKey(JAR) && jars.isEmpty()) {
      throw new IllegalArgumentException("jar names a file, or is left out");
    }
    return new ExtensionConfig(jars, settings);
  }

  private Map<String, Setting> written() {
    Map<String, Setting> all = new LinkedHashMap<>();
    if (!jars.isEmpty()) all.put(JAR, new Setting.Files(jars));
    settings.forEach((key, text) -> all.put(key, new Setting.Text(text)));
    return all;
  }
}
