package io.fairlead.app;

import io.fairlead.app.config.GatewayCodes;
import io.fairlead.app.reload.ConfigInputs;
import io.fairlead.app.reload.First;
import io.fairlead.app.reload.History;
import io.fairlead.app.reload.HistoryRecord;
import io.fairlead.app.reload.KeptState;
import io.fairlead.app.reload.Loaded;
import io.fairlead.core.config.ConfigDocument;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Node;
import io.fairlead.core.config.Problem;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.lifecycle.StartException.Reason;
import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds what a process starts with: its files, with what the control API laid over them; text that
 * runs in their place; or, when asked, the last generation that was good. Opens nothing.
 */
final class FirstConfig {
  private static final Pattern STATE_DIR =
      Pattern.compile("(?m)(?:^|[\\s{,])state_dir:[ \\t]*[\"']?([^\"'\\s,}#]+)");

  private final GatewayConfigLoader loader;

  FirstConfig(GatewayConfigLoader loader) {
    this.loader = loader;
  }

  /**
   * What the files, and what was kept beside them, say.
   *
   * @throws ConfigException they are wrong; carries every problem
   * @throws StartException what was kept cannot be understood
   */
  First<GatewayConfig> written() throws ConfigException, StartException {
    Loaded<GatewayConfig> own;
    try {
      own = loader.load();
    } catch (IOException failure) {
      throw new ConfigException(GatewayCodes.unreadable(failure));
    }
    ConfigInputs inputs = kept(own);
    if (!inputs.equals(ConfigInputs.OWN)) own = load(inputs);
    own.reading().valueOrThrow();
    return new First<>(own, inputs, Optional.empty());
  }

  /**
   * The newest generation that ran and was not undone; empty when there is none, or it is no longer
   * valid itself.
   *
   * @param why the files are not used
   */
  Optional<First<GatewayConfig>> lastGood(String why) {
    History history = new History(stateDir(), new Meters(new SimpleMeterRegistry()));
    Optional<HistoryRecord> record = history.newestGood();
    if (record.isEmpty()) return Optional.empty();
    long generation = record.get().generation();
    ConfigInputs inputs = record.get().inputs("last good " + generation, List.of());
    try {
      Loaded<GatewayConfig> loaded = load(inputs);
      if (loaded.reading().value().isEmpty()) return Optional.empty();
      return Optional.of(
          new First<>(
              loaded,
              inputs,
              Optional.of("runs generation " + generation + ", the last good one: " + why)));
    } catch (ConfigException unreadable) {
      return Optional.empty();
    }
  }

  private ConfigInputs kept(Loaded<GatewayConfig> own) throws StartException {
    Path stateDir =
        own.reading().value().map(config -> config.runtime().stateDir()).orElseGet(this::stateDir);
    KeptState kept = new KeptState(stateDir);
    try {
      return kept.read(own.reading().document().filesSha256());
    } catch (IOException torn) {
      throw new StartException(
          Reason.RESOURCE,
          kept.file()
              + ": "
              + torn.getMessage()
              + "; it holds what was set through the control API (remove it to start without)",
          torn);
    }
  }

  private Loaded<GatewayConfig> load(ConfigInputs inputs) throws ConfigException {
    try {
      return loader.load(inputs.base(), inputs.layers());
    } catch (IOException failure) {
      throw new ConfigException(GatewayCodes.unreadable(failure));
    }
  }

  /**
   * The state directory as far as a broken file tells: what is written, else found in the text,
   * else the default.
   */
  private Path stateDir() {
    Path folder =
        loader
            .file()
            .flatMap(file -> Optional.ofNullable(file.toAbsolutePath().getParent()))
            .orElse(Path.of("").toAbsolutePath());
    Optional<ConfigDocument> document = loader.document();
    Optional<String> named =
        document
            .flatMap(read -> read.node("/runtime/state_dir"))
            .flatMap(
                node ->
                    node instanceof Node.Scalar scalar
                        ? Optional.of(scalar.text())
                        : Optional.empty())
            .or(() -> document.flatMap(FirstConfig::inText));
    return folder.resolve(named.orElse("state")).normalize();
  }

  private static Optional<String> inText(ConfigDocument document) {
    Matcher found = STATE_DIR.matcher(document.text(document.files().getFirst()));
    return found.find() ? Optional.of(found.group(1)) : Optional.empty();
  }

  /** One line on what is wrong, for the status. */
  static String reason(List<Problem> problems) {
    Problem first = problems.getFirst();
    String where = first.place().line() > 0 ? " line " + first.place().line() : "";
    return "the configuration file is not valid (" + first.code() + where + ")";
  }
}
