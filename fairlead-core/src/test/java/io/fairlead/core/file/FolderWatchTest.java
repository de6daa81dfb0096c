package io.fairlead.core.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderWatchTest {
  @TempDir private Path dir;

  @Test
  void aFileWrittenAndALinkSwappedAreSeen() throws Exception {
    Path file = Files.writeString(dir.resolve("a"), "1");
    Path link =
        Files.createSymbolicLink(Files.createDirectory(dir.resolve("l")).resolve("b"), file);
    try (FolderWatch watch = FolderWatch.open()) {
      assertThat(watch.follow(Set.of(link))).isEmpty();
      Files.writeString(file, "2");
      assertThat(watch.await()).isTrue();
      Files.delete(link);
      Files.createSymbolicLink(link, Files.writeString(dir.resolve("c"), "3"));
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
