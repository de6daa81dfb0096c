package io.fairlead.core.file;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Tells that something happened near some files. Their folders are watched, and those of every link
 * on the way, so that a rename over a file and the swap of a symbolic link count. What happened is
 * for the caller to find out: content decides.
 *
 * <p>{@link #follow} and {@link #await} may be called by different threads.
 */
public final class FolderWatch implements AutoCloseable {
  private static final long QUIET_MILLIS = 200;
  private static final int QUIET_ROUNDS_MAX = 25; // a file that never stands still does not count
  private static final int LINKS_MAX = 40;

  private final WatchService watch;
  private final Map<Path, WatchKey> keys = new HashMap<>(); // guarded by this

  private FolderWatch(WatchService watch) {
    this.watch = watch;
  }

  /**
   * @throws IOException the system has no watches left
   */
  public static FolderWatch open() throws IOException {
    return new FolderWatch(FileSystems.getDefault().newWatchService());
  }

  /**
   * Watches these files, and none that were watched before; none at all once it is closed.
   *
   * @return folders that cannot be watched
   */
  public synchronized List<Path> follow(Set<Path> files) {
    Set<Path> wanted = new HashSet<>();
    for (Path file : files) addFolders(file, wanted);
    keys.entrySet()
        .removeIf(
            each -> {
              if (wanted.contains(each.getKey()) && each.getValue().isValid()) return false;
              each.getValue().cancel();
              return true;
            });
    List<Path> unwatched = new ArrayList<>();
    for (Path folder : wanted) {
      if (keys.containsKey(folder)) continue;
      try {
        keys.put(
            folder,
            folder.register(
                watch,
                StandardWatchEventKinds.ENTRY_CREATE,
                StandardWatchEventKinds.ENTRY_MODIFY,
                StandardWatchEventKinds.ENTRY_DELETE));
      } catch (IOException | ClosedWatchServiceException gone) {
        unwatched.add(folder);
      }
    }
    return unwatched;
  }

  /**
   * Waits until something happened, and then nothing for a moment.
   *
   * @return whether something did; false when the watch was closed
   */
  public boolean await() throws InterruptedException {
    try {
      take(watch.take());
      for (int i = 0; i < QUIET_ROUNDS_MAX; i++) {
        @Nullable WatchKey more = watch.poll(QUIET_MILLIS, TimeUnit.MILLISECONDS);
        if (more == null) return true;
        take(more);
      }
      return true;
    } catch (ClosedWatchServiceException closed) {
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    watch.close();
  }

  private static void take(WatchKey key) {
    key.pollEvents();
    key.reset(); // of a folder that is gone: its key is invalid, and the next follow renews it
  }

  private static void addFolders(Path file, Set<Path> folders) {
    Path at = file.toAbsolutePath().normalize();
    for (int hops = 0; hops < LINKS_MAX; hops++) {
      Path folder = at.getParent();
      if (folder == null) return;
      folders.add(folder);
      try {
        for (Path above = folder; above != null; above = above.getParent()) {
          if (Files.isSymbolicLink(above) && above.getParent() != null) {
            folders.add(above.getParent());
          }
        }
        if (!Files.isSymbolicLink(at)) {
          if (Files.exists(at)) folders.add(at.toRealPath().getParent());
          return;
        }
        at = folder.resolve(Files.readSymbolicLink(at)).normalize();
      } catch (IOException gone) {
        return;
      }
    }
  }
}
