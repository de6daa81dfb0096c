package io.fairlead.app.reload;

import io.fairlead.control.api.Change;
import io.fairlead.control.api.ConfigHistory;
import io.fairlead.control.api.Who;
import io.fairlead.core.config.ConfigDiff;
import io.fairlead.core.config.ConfigDocument.SourceText;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A generation as it is remembered.
 *
 * @param parent the one before; 0 for none
 * @param hash of all texts
 * @param fingerprint of the files the settings name
 * @param base {@code file}, or why other text took its place
 * @param files the main one first; substitutions unresolved
 */
public record HistoryRecord(
    long generation,
    long parent,
    String hash,
    String fingerprint,
    Instant at,
    Who who,
    String comment,
    Result result,
    Duration took,
    String base,
    List<SourceText> files,
    List<LayerEdit> registry,
    List<LayerEdit> api,
    List<Change> diff) {
  /** What became of it. */
  public enum Result {
    APPLIED,
    UNCONFIRMED,
    CONFIRMED,
    ROLLED_BACK;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Result of(String word) {
      return valueOf(word.toUpperCase(Locale.ROOT));
    }

    /** Whether one may come back to it without asking anybody. */
    boolean good() {
      return this == APPLIED || this == CONFIRMED;
    }
  }

  public HistoryRecord {
    files = List.copyOf(files);
    registry = List.copyOf(registry);
    api = List.copyOf(api);
    diff = List.copyOf(diff);
  }

  /** What is remembered of a generation that runs, or is about to. */
  static HistoryRecord of(
      Running<?> of,
      long parent,
      Who who,
      String comment,
      Result result,
      Duration took,
      List<ConfigDiff.Change> changes) { // seven: what a change is to whoever looks back
    String base = of.inputs().base() instanceof Base.Kept kept ? kept.why() : "file";
    return new HistoryRecord(
        of.generation(),
        parent,
        of.reading().document().sha256(),
        of.fingerprint(),
        of.snapshot().loadedAt(),
        who,
        comment,
        result,
        took,
        base,
        of.reading().document().sources(),
        of.inputs().registry(),
        of.inputs().api(),
        Described.changes(changes, List.of()));
  }

  HistoryRecord with(Result next) {
    return new HistoryRecord(
        generation,
        parent,
        hash,
        fingerprint,
        at,
        who,
        comment,
        next,
        took,
        base,
        files,
        registry,
        api,
        diff);
  }

  /** Its files and the API's layer; the registry's layer always follows the registry of now. */
  public ConfigInputs inputs(String why, List<LayerEdit> registryNow) {
    return new ConfigInputs(new Base.Kept(why, files), registryNow, api);
  }

  /** How the control API shows it. */
  public ConfigHistory.Entry entry() {
    return new ConfigHistory.Entry(
        generation, parent, hash, at, who, comment, result.word(), took, diff.size());
  }

  /** Its layers without their texts. */
  public List<ConfigHistory.Edit> edits() {
    List<ConfigHistory.Edit> edits = new ArrayList<>();
    registry.forEach(edit -> edits.add(shown(ConfigInputs.REGISTRY, edit)));
    api.forEach(edit -> edits.add(shown(ConfigInputs.API, edit)));
    return edits;
  }

  private static ConfigHistory.Edit shown(String layer, LayerEdit each) {
    return new ConfigHistory.Edit(
        layer,
        each.edit().op().name().toLowerCase(Locale.ROOT),
        each.edit().path(),
        each.who(),
        each.ephemeral());
  }
}
