package io.fairlead.core.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class FolderWatchTest {
  @TempDir private Path dir;

  @Test
  @Timeout(60)
  void aFileWrittenAndALinkSwappedAreSeen() throws Exception {
    Path file = Files.writeString(dir.resolve("a"), "1");
    // Made before anything is watched, so that only the swap is seen.
    Path second = Files.writeString(Files.createDirectory(dir.resolve("other")).resolve("c"), "3");
    Path link =
        Files.createSymbolicLink(Files.createDirectory(dir.resolve("l")).resolve("b"), file);
    try (FolderWatch watch = FolderWatch.open()) {
      assertThat(watch.follow(Set.of(link))).isEmpty();
      Files.writeString(file, "2");
      assertThat(watch.await()).isTrue();
      Files.delete(link);
      Files.createSymbolicLink(link, second);
      assertThat(watch.await()).isTrue();
      assertThat(watch.follow(Set.of(link))).isEmpty();
      Files.writeString(second, "4");
      assertThat(watch.await()).isTrue();
    }
  }

  @Test
  void aFolderThatIsNotThereIsTold() throws Exception {
    Path gone = dir.resolve("gone");
    try (FolderWatch watch = FolderWatch.open()) {
      assertThat(watch.follow(Set.of(gone.resolve("file")))).containsExactly(gone);
    }
  }

  /** A round of its user may still be under way while another thread closes it. */
  @Test
  void onceClosedItWatchesNothingAndSaysSo() throws Exception {
    FolderWatch watch = FolderWatch.open();
    assertThat(watch.follow(Set.of(dir.resolve("a")))).isEmpty();
    watch.close();
    Path other = Files.createDirectory(dir.resolve("other"));
    assertThat(watch.follow(Set.of(dir.resolve("a"), other.resolve("b")))).contains(other);
    assertThat(watch.await()).isFalse();
  }
}
