package io.fairlead.app.reload;

import io.fairlead.core.file.StagedFile;
import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Generations on disk, one file each, the last {@value #KEPT} of them. Written by the configuration
 * controller only; read by any thread. A file that cannot be understood is passed over, counted,
 * and told once.
 */
public final class History {
  static final int KEPT = 50;

  private static final Logger log = LoggerFactory.getLogger(History.class);

  private final Path folder;
  private final StateCodec codec;
  private final Counter skipped;
  private final Set<Path> told = ConcurrentHashMap.newKeySet();

  public History(Path stateDir, Meters meters) {
    this.folder = stateDir.resolve("history");
    this.codec = new StateCodec(new TextSeal(stateDir));
    this.skipped =
        meters.counter(
            "config.history.skipped", "Reads of a generation that could not be understood.");
  }

  /** The highest number given so far, 0 for none; counts files that cannot be understood too. */
  public long lastNumber() {
    return numbers().stream().findFirst().orElse(0L);
  }

  /** Every generation that can be read, newest first. */
  public List<HistoryRecord> list() {
    List<HistoryRecord> records = new ArrayList<>();
    for (long number : numbers()) find(number).ifPresent(records::add);
    return records;
  }

  /** The newest one that can be read. */
  public Optional<HistoryRecord> newest() {
    return numbers().stream().flatMap(number -> find(number).stream()).findFirst();
  }

  /** The newest one that ran and was not undone. */
  public Optional<HistoryRecord> newestGood() {
    return numbers().stream()
        .flatMap(number -> find(number).stream())
        .filter(record -> record.result().good())
        .findFirst();
  }

  public Optional<HistoryRecord> find(long generation) {
    Path file = file(generation);
    try {
      HistoryRecord record = codec.history(Files.readAllBytes(file));
      if (record.generation() == generation) return Optional.of(record);
      skip(file, "it is generation " + record.generation());
    } catch (NoSuchFileException | NotDirectoryException none) {
      return Optional.empty();
    } catch (IOException torn) {
      skip(file, String.valueOf(torn.getMessage()));
    }
    return Optional.empty();
  }

  /**
   * Writes a generation down, without its name.
   *
   * @throws IOException it cannot be; nothing is left behind
   */
  StagedFile stage(HistoryRecord record) throws IOException {
    createPrivate(folder);
    return StagedFile.write(file(record.generation()), codec.history(record));
  }

  /** Removes what is too old, and what a process that died left half-made. */
  void tidy() {
    List<Long> all = numbers();
    try {
      for (long number : all.subList(Math.min(KEPT, all.size()), all.size())) {
        Files.deleteIfExists(file(number));
      }
      if (Files.isDirectory(folder)) StagedFile.tidy(folder);
    } catch (IOException failure) {
      log.atWarn().addKeyValue("why", failure).log("old generations could not be removed");
    }
  }

  static void createPrivate(Path folder) throws IOException {
    if (Files.isDirectory(folder)) return;
    if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
      Files.createDirectories(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } else {
      Files.createDirectories(folder);
    }
  }

  private Path file(long generation) {
    return folder.resolve(generation + ".json");
  }

  private List<Long> numbers() {
    if (!Files.isDirectory(folder)) return List.of();
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("[1-9][0-9]{0,17}\\.json"))
          .map(name -> Long.parseLong(name.substring(0, name.length() - ".json".length())))
          .sorted(Comparator.reverseOrder())
          .toList();
    } catch (IOException failure) {
      log.atWarn().addKeyValue("why", failure).log("history could not be read");
      return List.of();
    }
  }

  private void skip(Path file, String why) {
    skipped.increment();
    if (told.add(file)) {
      log.atWarn().addKeyValue("file", file).addKeyValue("why", why).log("generation skipped");
    }
  }
}
