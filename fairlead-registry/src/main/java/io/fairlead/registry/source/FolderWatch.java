package io.fairlead.registry.source;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hints that a file may have changed. The folder is watched, not the file, so that a rename over it
 * is seen; of a symbolic link also the folder of what it points to. Where watching does not work
 * (network file systems) only the interval tells.
 */
final class FolderWatch implements AutoCloseable, Runnable {
  private static final Logger log = LoggerFactory.getLogger(FolderWatch.class);

  private final WatchService service;
  private final Path file;
  private final Runnable hint;

  private FolderWatch(WatchService service, Path file, Runnable hint) {
    this.service = service;
    this.file = file;
    this.hint = hint;
  }

  /** Starts watching on a thread of its own. */
  static AutoCloseable start(Path file, Runnable hint) {
    try {
      Path whole = file.toAbsolutePath();
      WatchService service = whole.getFileSystem().newWatchService();
      FolderWatch watch = new FolderWatch(service, whole, hint);
      watch.register();
      Thread.ofPlatform().daemon().name("registry-watch").start(watch);
      return watch;
    } catch (IOException | UnsupportedOperationException failure) {
      log.atWarn()
          .addKeyValue("file", file)
          .addKeyValue("why", failure.toString())
          .log("file cannot be watched; it is read at each interval");
      return () -> {};
    }
  }

  private void register() throws IOException {
    register(file);
    try {
      Path real = file.toRealPath();
      if (!real.equals(file)) register(real);
    } catch (IOException notThere) {
      log.atDebug().addKeyValue("file", file).log("watched file is missing");
    }
  }

  private void register(Path path) throws IOException {
    Path folder = path.getParent();
    if (folder == null) return;
    folder.register(
        service,
        StandardWatchEventKinds.ENTRY_CREATE,
        StandardWatchEventKinds.ENTRY_MODIFY,
        StandardWatchEventKinds.ENTRY_DELETE);
  }

  @Override
  public void run() {
    try {
      while (true) {
        WatchKey key = service.take();
        boolean ours = false;
        for (WatchEvent<?> event : key.pollEvents()) {
          // A swapped link shows under its own name, or under one of the folders on its way.
          ours |=
              event.context() == null
                  || String.valueOf(event.context()).equals(String.valueOf(file.getFileName()))
                  || java.nio.file.Files.isSymbolicLink(file);
        }
        if (ours) hint.run();
        if (!key.reset()) register();
      }
    } catch (ClosedWatchServiceException | InterruptedException closed) {
      log.atTrace().log("watch ended");
    } catch (IOException failure) {
      log.atWarn().addKeyValue("file", file).setCause(failure).log("file watch ended");
    }
  }

  @Override
  public void close() throws IOException {
    service.close();
  }
}
