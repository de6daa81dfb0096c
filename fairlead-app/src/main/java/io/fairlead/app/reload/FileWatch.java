package io.fairlead.app.reload;

import io.fairlead.control.api.ReloadRequest;
import io.fairlead.control.api.Who;
import io.fairlead.core.config.ConfigDocument;
import io.fairlead.core.config.ConfigDocument.SourceText;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.time.Clock;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes over changes of the configuration's files by itself. Folders are watched, not files, so
 * that a rename over a file and the swap of a symbolic link count; when they have stood still for
 * half a second, everything is read, and reloaded only when its content differs from what was read
 * last. A half-written file is merely refused, and read again when it is whole.
 *
 * <p>All state belongs to the watching thread.
 */
public final class FileWatch<C> implements Service {
  private static final Logger log = LoggerFactory.getLogger(FileWatch.class);
  private static final Duration QUIET = Duration.ofMillis(500);

  /** A file that never stands still must not put the others off for ever. */
  private static final Duration QUIET_MAX = Duration.ofSeconds(5);

  private final boolean enabled;
  private final ConfigLoader<C> loader;
  private final Function<C, List<Path>> named;
  private final Consumer<ReloadRequest> reload;
  private final Clock clock;
  private final Map<WatchKey, Path> keys = new HashMap<>();
  private Set<Path> namedFiles = Set.of();
  private String seen = "";
  private boolean newFolders;
  private @Nullable WatchService watch;
  private @Nullable Thread thread;

  /**
   * @param named files a configuration names whose content is part of it
   * @param reload takes over the files, after any change under way; blocks
   */
  public FileWatch(
      boolean enabled,
      ConfigLoader<C> loader,
      Function<C, List<Path>> named,
      Consumer<ReloadRequest> reload,
      Clock clock) {
    this.enabled = enabled && loader.file().isPresent();
    this.loader = loader;
    this.named = named;
    this.reload = reload;
    this.clock = clock;
  }

  @Override
  public String name() {
    return "file_watch";
  }

  @Override
  public void start() throws StartException {
    if (!enabled) return;
    try {
      watch = FileSystems.getDefault().newWatchService();
      seen = look();
      Thread watching = Thread.ofPlatform().name("config-watch").daemon().unstarted(this::run);
      thread = watching;
      watching.start();
    } catch (IOException failure) {
      throw new StartException(
          StartException.Reason.RESOURCE,
          "the configuration's files cannot be watched: " + failure.getMessage(),
          failure);
    }
  }

  @Override
  public void drain(Deadline deadline) {
    close();
  }

  @Override
  public void close() {
    Thread watching = thread;
    if (watching != null) watching.interrupt();
    try {
      if (watch != null) watch.close();
    } catch (IOException _) {
      // Only its descriptor is lost, with the process ending.
    }
  }

  private void run() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        WatchService from = java.util.Objects.requireNonNull(watch);
        take(from.take());
        settle(from);
        String now = look();
        if (now.equals(seen)) continue;
        seen = now;
        reload.accept(ReloadRequest.again(new Who("file", fileName())));
      }
    } catch (InterruptedException | ClosedWatchServiceException closing) {
      log.atDebug().log("configuration no longer watched");
    }
  }

  /** Waits until nothing happens for a while. */
  private void settle(WatchService from) throws InterruptedException {
    long until = clock.nanos() + QUIET_MAX.toNanos();
    while (until - clock.nanos() > 0) {
      WatchKey more = from.poll(QUIET.toMillis(), TimeUnit.MILLISECONDS);
      if (more == null) return;
      take(more);
    }
  }

  private void take(WatchKey key) {
    key.pollEvents(); // which file it was does not matter: content decides
    if (!key.reset()) keys.remove(key);
  }

  /** Digest of everything, readable or not; watches the folders it all lies in from then on. */
  private String look() {
    String digest = digest();
    // What changed between reading a folder's files and watching the folder would go unseen.
    for (int i = 0; i < 3 && newFolders; i++) digest = digest();
    return digest;
  }

  private String digest() {
    Set<Path> folders = new HashSet<>();
    String digest;
    try {
      Loaded<C> loaded = loader.load(new Base.Own(), List.of());
      ConfigDocument document = loaded.reading().document();
      for (SourceText file : document.sources()) addFolders(file.file(), folders);
      folders.addAll(document.includeFolders());
      // The files that a broken configuration named before it broke stay watched.
      loaded.reading().value().ifPresent(config -> namedFiles = Set.copyOf(named.apply(config)));
      digest = document.sha256() + loaded.fingerprint();
    } catch (IOException unreadable) {
      loader.file().ifPresent(file -> addFolders(file, folders));
      digest = "unreadable";
    }
    for (Path file : namedFiles) addFolders(file, folders);
    follow(folders);
    return digest;
  }

  /** The folder a file is named in, and that of every link on the way to it. */
  private static void addFolders(Path file, Set<Path> folders) {
    Path at = file.toAbsolutePath().normalize();
    for (int hops = 0; hops < 40; hops++) {
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

  private void follow(Set<Path> folders) {
    Set<Path> missing = new HashSet<>(folders);
    for (Map.Entry<WatchKey, Path> each : List.copyOf(keys.entrySet())) {
      if (folders.contains(each.getValue()) && each.getKey().isValid()) {
        missing.remove(each.getValue());
      } else {
        each.getKey().cancel();
        keys.remove(each.getKey());
      }
    }
    newFolders = false;
    for (Path folder : missing) {
      try {
        WatchKey key =
            folder.register(
                java.util.Objects.requireNonNull(watch),
                StandardWatchEventKinds.ENTRY_CREATE,
                StandardWatchEventKinds.ENTRY_MODIFY,
                StandardWatchEventKinds.ENTRY_DELETE);
        keys.put(key, folder);
        newFolders = true;
      } catch (IOException failure) {
        log.atWarn()
            .addKeyValue("folder", folder)
            .addKeyValue("why", failure)
            .log("folder cannot be watched");
      }
    }
  }

  private String fileName() {
    return loader.file().map(Path::toString).orElse("");
  }
}
