package io.fairlead.registry;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Problem;
import io.fairlead.registry.reconcile.StateFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the state of a registry stands: one file, and beside it what each target is about and what
 * it took out of files of others.
 */
record StatePlace(Path file) {
  private static final Logger log = LoggerFactory.getLogger(StatePlace.class);

  /** What is being done to a target. */
  Path journal(String target) {
    return file.resolveSibling("registry." + target + ".journal");
  }

  /** What a target took out of a file. */
  Path lines(String target) {
    return file.resolveSibling("registry." + target + ".lines");
  }

  /** Whether a state can be kept here; makes its folder. */
  void check() throws ConfigException {
    Path folder = file.toAbsolutePath().getParent();
    try {
      if (folder == null) throw new IOException("it has no folder");
      Files.createDirectories(folder);
      if (Files.isDirectory(file)) throw new IOException("it is a folder");
      if (!Files.isWritable(folder)) throw new IOException("its folder cannot be written");
    } catch (IOException failure) {
      throw new ConfigException(
          Problem.error(
              Codes.UNFIT.id(),
              "/registry/state_file",
              Problem.Place.NOWHERE,
              file + ": " + failure.getMessage(),
              "name a file in a folder that the gateway may write"));
    }
  }

  /**
   * The state goes on there.
   *
   * @return where it is now: here, if it could not be written there
   */
  StatePlace take(StateFile state, StatePlace next) {
    if (equals(next)) return this;
    try {
      state.moveTo(next.file);
      return next;
    } catch (IOException failure) {
      log.atError()
          .addKeyValue("file", next.file)
          .setCause(failure)
          .log("registry state could not be moved and stays where it was");
      return this;
    }
  }

  /** What a target left here goes on there; once its former loop has ended. */
  void moveTarget(String target, StatePlace next) {
    if (equals(next)) return;
    for (List<Path> way :
        List.of(
            List.of(journal(target), next.journal(target)),
            List.of(lines(target), next.lines(target)))) {
      try {
        if (!Files.exists(way.getFirst())) continue;
        Files.move(way.getFirst(), way.getLast(), StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException failure) {
        log.atError()
            .addKeyValue("file", way.getFirst())
            .setCause(failure)
            .log("what a target was about could not be moved");
      }
    }
  }
}
