package io.fairlead.app;

import io.fairlead.app.config.LogsConfig;
import io.fairlead.app.reload.Base;
import io.fairlead.app.reload.ConfigLoader;
import io.fairlead.app.reload.Loaded;
import io.fairlead.core.config.ConfigDocument;
import io.fairlead.core.config.ConfigDocument.SourceText;
import io.fairlead.core.config.ConfigLayer;
import io.fairlead.core.config.ConfigReader;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Environment;
import io.fairlead.core.config.Reading;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.RecordedFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the gateway's configuration from its file, or from a generated text. Thread-safe. */
final class GatewayConfigLoader implements ConfigLoader<GatewayConfig> {
  private static final String BODY = "<body>";

  private final Optional<Path> file;
  private final Optional<ConfigSource> text;
  private final Environment environment;
  private final Optional<LogsConfig.Format> logFormat;
  private volatile Optional<ConfigDocument> document = Optional.empty();

  private GatewayConfigLoader(
      Optional<Path> file,
      Optional<ConfigSource> text,
      Environment environment,
      Optional<LogsConfig.Format> logFormat) {
    this.file = file;
    this.text = text;
    this.environment = environment;
    this.logFormat = logFormat;
  }

  static GatewayConfigLoader ofFile(Path file, Environment environment) {
    return new GatewayConfigLoader(
        Optional.of(file), Optional.empty(), environment, Optional.empty());
  }

  static GatewayConfigLoader ofText(ConfigSource source, Environment environment) {
    return new GatewayConfigLoader(
        Optional.empty(), Optional.of(source), environment, Optional.empty());
  }

  /** The same, with a form of the log from the command line in place of the configuration's. */
  GatewayConfigLoader preferring(Optional<LogsConfig.Format> format) {
    return new GatewayConfigLoader(file, text, environment, format);
  }

  /** The text read last, for showing problems in their place. */
  Optional<ConfigDocument> document() {
    return document;
  }

  Environment environment() {
    return environment;
  }

  @Override
  public RecordType<GatewayConfig> type() {
    return GatewayConfig.TYPE;
  }

  @Override
  public Optional<Path> file() {
    return file;
  }

  /** Only what is written. */
  Loaded<GatewayConfig> load() throws IOException {
    return load(new Base.Own(), List.of());
  }

  @Override
  public Loaded<GatewayConfig> load(Base base, List<ConfigLayer> layers) throws IOException {
    Reading<GatewayConfig> read =
        switch (base) {
          case Base.Own _ when text.isPresent() ->
              ConfigReader.read(GatewayConfig.TYPE, text.get(), environment, layers);
          case Base.Own _ -> readFile(file.orElseThrow(), layers);
          case Base.Given(String given) ->
              ConfigReader.read(GatewayConfig.TYPE, source(given), environment, layers);
          case Base.Kept(_, List<SourceText> files) -> readKept(files, layers);
        };
    document = Optional.of(read.document());
    Reading<GatewayConfig> reading =
        new Reading<>(
            read.value().map(this::withLogFormat),
            read.document(),
            read.problems(),
            read.effective());
    return new Loaded<>(reading, fingerprint(reading));
  }

  private Reading<GatewayConfig> readFile(Path from, List<ConfigLayer> layers) throws IOException {
    return ConfigReader.read(
        GatewayConfig.TYPE,
        from.toString(),
        Files.readAllBytes(from),
        folderOf(from),
        environment,
        layers);
  }

  /** A text in place of the file's: what it names is relative to the file's folder all the same. */
  private ConfigSource source(String given) {
    return file.map(at -> new ConfigSource(at.toString(), given, folderOf(at)))
        .orElseGet(() -> new ConfigSource(BODY, given, text.orElseThrow().baseDir()));
  }

  private Reading<GatewayConfig> readKept(List<SourceText> files, List<ConfigLayer> layers) {
    SourceText main = files.getFirst();
    Map<Path, String> included = new HashMap<>();
    for (SourceText each : files.subList(1, files.size())) included.put(each.file(), each.text());
    return ConfigReader.read(
        GatewayConfig.TYPE,
        new ConfigSource(main.name(), main.text(), folderOf(main.file())),
        new RecordedFiles(environment, included),
        layers);
  }

  private GatewayConfig withLogFormat(GatewayConfig config) {
    return logFormat.map(config::withLogFormat).orElse(config);
  }

  private static Path folderOf(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    return folder == null ? Path.of("/") : folder;
  }

  /** Of every file the settings name: a renewed certificate is a change. */
  private static String fingerprint(Reading<GatewayConfig> reading) {
    MessageDigest digest = sha256();
    if (reading.value().isPresent()) {
      for (Path named : reading.value().get().namedFiles()) {
        digest.update(named.toString().getBytes(StandardCharsets.UTF_8));
        try {
          digest.update(Files.readAllBytes(named));
        } catch (IOException failure) {
          // Preparing will say what is wrong with it; here it only differs from a readable one.
          digest.update(failure.getClass().getName().getBytes(StandardCharsets.UTF_8));
        }
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException("every Java platform has SHA-256", missing);
    }
  }
}
