package io.fairlead.http.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ListingsTest {
  private static final Listings.Form JSON = new Listings.Form("name", true);

  @TempDir private Path root;
  private FileTree tree;
  private FileTree.Found.Listable directory;

  @BeforeEach
  void plant() throws Exception {
    Files.writeString(root.resolve("a"), "a");
    tree =
        new FileTree(
            new FilesConfig(
                root,
                List.of(),
                List.of(),
                FilesConfig.Symlinks.NEVER,
                List.of(),
                Compression.NONE,
                CacheRules.NONE,
                Map.of(),
                true,
                Fallbacks.NONE,
                CrossOrigin.NONE,
                Optional.empty()));
    FilePath.Names names = (FilePath.Names) FilePath.decode("/", List.of());
    directory = (FileTree.Found.Listable) tree.open(names, List.of());
  }

  @Test
  void onlySoManyAreMadeAtOnceAndTheOthersWait() throws Exception {
    Listings listings = new Listings(tree);
    AtomicInteger inside = new AtomicInteger();
    CountDownLatch goOn = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<FileTree.Found>> made = new ArrayList<>();
      for (int i = 0; i < 3 * Listings.AT_ONCE; i++) {
        made.add(
            threads.submit(
                () ->
                    listings.make(
                        directory,
                        JSON,
                        () -> {
                          inside.incrementAndGet();
                          awaitQuietly(goOn);
                          return false;
                        })));
      }
      await().until(() -> inside.get() == Listings.AT_ONCE);
      assertThat(made).noneMatch(Future::isDone);
      assertThat(inside).hasValue(Listings.AT_ONCE);
      goOn.countDown();
      for (Future<FileTree.Found> one : made) {
        FileTree.Found.Listed listed = (FileTree.Found.Listed) one.get();
        assertThat(new String(listed.page(), StandardCharsets.UTF_8)).contains("\"name\":\"a\"");
      }
    }
  }

  @Test
  void whoLeftIsNotMadeOne() throws Exception {
    assertThat(new Listings(tree).make(directory, JSON, () -> true))
        .isInstanceOf(FileTree.Found.Nothing.class);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }
}
