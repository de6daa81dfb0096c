package io.fairlead.app.reload;

import io.fairlead.core.file.StagedFile;
import io.fairlead.core.meter.Meters;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the state directory remembers of the configuration: its history, and what it is made of
 * besides files. A change is written before it is made and gets its names when it is.
 *
 * <p>Written by the configuration controller only.
 */
public final class ConfigState {
  private static final Logger log = LoggerFactory.getLogger(ConfigState.class);

  private final History history;
  private final KeptState kept;
  private final boolean remembers;

  private ConfigState(Path stateDir, Meters meters, boolean remembers) {
    this.history = new History(stateDir, meters);
    this.kept = new KeptState(stateDir);
    this.remembers = remembers;
  }

  public static ConfigState in(Path stateDir, Meters meters) {
    return new ConfigState(stateDir, meters, true);
  }

  /** Reads what is there and writes nothing: for one-line commands, which cannot be changed. */
  public static ConfigState forgetful(Path stateDir, Meters meters) {
    return new ConfigState(stateDir, meters, false);
  }

  public History history() {
    return history;
  }

  public KeptState kept() {
    return kept;
  }

  boolean remembers() {
    return remembers;
  }

  /**
   * A change about to be made.
   *
   * @param filesHash digest of the files that kept inputs may stand in place of
   * @param inputs what the next start is to be made of
   */
  record Next(Optional<HistoryRecord> record, ConfigInputs inputs, String filesHash) {}

  /** A file that is replaced with the change. */
  record FileText(Path file, String text) {}

  /**
   * Writes everything that the change will need.
   *
   * @throws IOException something cannot be written; nothing is left behind
   */
  Staged stage(Next next, Optional<FileText> file) throws IOException {
    List<StagedFile> files = new ArrayList<>(3);
    if (!remembers) return new Staged(files);
    try {
      if (file.isPresent()) {
        byte[] text = file.get().text().getBytes(StandardCharsets.UTF_8);
        files.add(StagedFile.write(file.get().file(), text));
      }
      kept.stage(next.inputs(), next.filesHash()).ifPresent(files::add);
      if (next.record().isPresent()) files.add(history.stage(next.record().get()));
    } catch (IOException | RuntimeException failure) {
      files.forEach(StagedFile::discard);
      throw failure;
    }
    return new Staged(files);
  }

  /**
   * Writes a generation down by itself.
   *
   * @throws IOException it cannot be written
   */
  void record(HistoryRecord record) throws IOException {
    if (!remembers) return;
    history.stage(record).publish();
    history.tidy();
  }

  /** Says what became of a generation; a failure to write that down is only told. */
  void conclude(long generation, HistoryRecord.Result result) {
    if (!remembers) return;
    try {
      Optional<HistoryRecord> record = history.find(generation);
      if (record.isPresent()) history.stage(record.get().with(result)).publish();
    } catch (IOException failure) {
      log.atWarn()
          .addKeyValue("generation", generation)
          .addKeyValue("why", failure)
          .log("result of a generation could not be written");
    }
  }

  /** Files written, waiting for their names. */
  final class Staged {
    private final List<StagedFile> files;

    private Staged(List<StagedFile> files) {
      this.files = files;
    }

    /** The change is made: what fails now can only be told. */
    void publish() {
      for (StagedFile file : files) {
        try {
          file.publish();
        } catch (IOException failure) {
          log.atError().setCause(failure).log("state of the configuration could not be renamed");
          file.discard();
        }
      }
      if (remembers) history.tidy();
    }

    void discard() {
      files.forEach(StagedFile::discard);
    }
  }
}
