package io.fairlead.registry.rewrite;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Pause;
import io.fairlead.registry.rewrite.FileSwap.Write;
import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSwapTest {
  private static final String OLD = "old: 1\r\n";
  private static final String NEW = "new: 2, and longer\r\n";

  @TempDir Path folder;
  private Path file;
  private final List<Duration> pauses = new ArrayList<>();
  private final FileSwap swap = new FileSwap(5, Randomness.system(), pauses::add);

  @BeforeEach
  void write() throws IOException {
    file = Files.writeString(folder.resolve("proxy.yaml"), OLD);
  }

  @Test
  void scenarioKModeAndOwnerAreKept() throws Exception {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    boolean root = (Integer) Files.getAttribute(file, "unix:uid") == 0;
    if (root) {
      Files.setAttribute(file, "unix:uid", 4242);
      Files.setAttribute(file, "unix:gid", 4343);
    }
    FileSwap.Done done = replace(file, NEW);
    assertThat(done.inPlace()).isFalse();
    assertThat(done.warnings()).isEmpty();
    assertThat(file).hasContent(NEW);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r-----");
    if (root) {
      assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(4242);
      assertThat(Files.getAttribute(file, "unix:gid")).isEqualTo(4343);
    }
  }

  @Test
  void scenarioKALinkStaysAndItsTargetIsReplaced() throws Exception {
    Path real = Files.createDirectory(folder.resolve("real")).resolve("p.yaml");
    Files.writeString(real, OLD);
    Path link = Files.createSymbolicLink(folder.resolve("link.yaml"), real);
    replace(link, NEW);
    assertThat(Files.isSymbolicLink(link)).isTrue();
    assertThat(real).hasContent(NEW);
    assertThat(names(folder.resolve("real")))
        .containsExactlyInAnyOrder("p.yaml", "p.yaml.bak.1", "p.yaml.lock");
  }

  @Test
  void aLinkToAFileOfAnotherUserIsRefused() throws Exception {
    Assumptions.assumeTrue((Integer) Files.getAttribute(file, "unix:uid") == 0, "not root");
    Path link = Files.createSymbolicLink(folder.resolve("link.yaml"), file);
    Files.setAttribute(file, "unix:uid", 4242);
    assertThatThrownBy(() -> swap.read(link))
        .isInstanceOf(SwapException.Unfit.class)
        .hasMessageContaining("another user");
  }

  @Test
  void aFolderIsRefused() {
    assertThatThrownBy(() -> swap.read(folder)).isInstanceOf(SwapException.Unfit.class);
    assertThatThrownBy(() -> swap.read(folder.resolve("none")))
        .isInstanceOf(SwapException.Failed.class);
  }

  @Test
  void aFileThatChangedMeanwhileIsLeftAlone() throws Exception {
    String digest = swap.read(file).digest();
    Files.writeString(file, "somebody else: 3\n");
    assertThatThrownBy(() -> swap.replace(file, digest, NEW.getBytes(UTF_8), Write.AUTO))
        .isInstanceOf(SwapException.Changed.class);
    assertThat(file).hasContent("somebody else: 3\n");
    assertThat(names(folder)).containsExactlyInAnyOrder("proxy.yaml", "proxy.yaml.lock");
  }

  @Test
  void fiveOldVersionsAreKept() throws Exception {
    for (int i = 1; i <= 8; i++) replace(file, "version: " + i + "\n");
    assertThat(folder.resolve("proxy.yaml.bak.1")).hasContent("version: 7\n");
    assertThat(folder.resolve("proxy.yaml.bak.5")).hasContent("version: 3\n");
    assertThat(folder.resolve("proxy.yaml.bak.6")).doesNotExist();
    assertThat(names(folder)).hasSize(7);
  }

  @Test
  void aHeldLockIsWaitedForTenSeconds() throws Exception {
    try (FileChannel other =
        FileChannel.open(
            folder.resolve("proxy.yaml.lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE)) {
      other.lock();
      assertThatThrownBy(() -> replace(file, NEW)).isInstanceOf(SwapException.Locked.class);
    }
    assertThat(pauses.stream().reduce(Duration.ZERO, Duration::plus))
        .isEqualTo(Duration.ofSeconds(10));
    assertThat(file).hasContent(OLD);
    replace(file, NEW);
    assertThat(file).hasContent(NEW);
  }

  @Test
  void inPlaceKeepsTheInode() throws Exception {
    Object inode = Files.getAttribute(file, "unix:ino");
    FileSwap.Content content = swap.read(file);
    FileSwap.Done done = swap.replace(file, content.digest(), "n".getBytes(UTF_8), Write.IN_PLACE);
    assertThat(done.inPlace()).isTrue();
    assertThat(Files.getAttribute(file, "unix:ino")).isEqualTo(inode);
    assertThat(file).hasContent("n");
    assertThat(folder.resolve("proxy.yaml.bak.1")).hasContent(OLD);
    assertThat(names(folder))
        .containsExactlyInAnyOrder("proxy.yaml", "proxy.yaml.bak.1", "proxy.yaml.lock");
  }

  @Test
  void aFileLeftHalfWrittenInPlaceIsPutBack() throws Exception {
    crashedInPlace("new: 2, an"); // the crash came in the middle
    assertThat(swap.read(file).text()).isEqualTo(OLD);
    assertThat(file).hasContent(OLD);
    assertThat(folder.resolve(".proxy.yaml.in-place")).doesNotExist();
  }

  @Test
  void aFileWrittenInPlaceToItsEndIsKept() throws Exception {
    crashedInPlace(NEW);
    assertThat(swap.read(file).text()).isEqualTo(NEW);
    assertThat(folder.resolve(".proxy.yaml.in-place")).doesNotExist();
  }

  private void crashedInPlace(String found) throws IOException {
    Files.writeString(folder.resolve(".proxy.yaml.in-place"), OLD);
    Files.writeString(
        folder.resolve("proxy.yaml.lock"),
        "in-place "
            + FileSwap.sha256(OLD.getBytes(UTF_8))
            + " "
            + FileSwap.sha256(NEW.getBytes(UTF_8)));
    Files.writeString(file, found);
  }

  /** The file is a mount point of its own, as in a container: a rename cannot replace it. */
  @Test
  void scenarioKAMountPointIsWrittenInPlace() throws Exception {
    Path mounted = Files.writeString(folder.resolve("outside.yaml"), OLD);
    Object inode = Files.getAttribute(mounted, "unix:ino");
    Proc proc =
        Proc.start(
            List.of(
                Peers.require("unshare").toString(),
                "--mount",
                "sh",
                "-c",
                "mount --bind \"$1\" \"$2\" && shift 2 && exec \"$@\"",
                "sh",
                mounted.toString(),
                file.toString(),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classPath(
                    SwapProgram.class,
                    FileSwap.class,
                    Pause.class,
                    org.jspecify.annotations.NullMarked.class),
                SwapProgram.class.getName(),
                file.toString(),
                NEW),
            folder,
            Map.of());
    try (proc) {
      int exit = proc.awaitExit(Duration.ofSeconds(30));
      boolean forbidden = exit != 0 && proc.stderr().contains("ermi");
      Assumptions.assumeFalse(forbidden, "no mounts here: " + proc.stderr());
      assertThat(proc.stdout()).isEqualTo("in place: true");
    }
    assertThat(mounted).hasContent(NEW);
    assertThat(Files.getAttribute(mounted, "unix:ino")).isEqualTo(inode);
    assertThat(folder.resolve("proxy.yaml.bak.1")).hasContent(OLD);
  }

  private static String classPath(Class<?>... needed) {
    return Stream.of(needed)
        .map(each -> each.getProtectionDomain().getCodeSource().getLocation().getPath())
        .distinct()
        .collect(Collectors.joining(":"));
  }

  private FileSwap.Done replace(Path which, String text)
      throws SwapException, InterruptedException {
    return swap.replace(which, swap.read(which).digest(), text.getBytes(UTF_8), Write.AUTO);
  }

  private static List<String> names(Path where) throws IOException {
    try (Stream<Path> all = Files.list(where)) {
      return all.map(each -> each.getFileName().toString()).toList();
    }
  }

  /** A process of its own, for another mount namespace. */
  static final class SwapProgram {
    private SwapProgram() {}

    public static void main(String[] words) throws Exception {
      FileSwap swap = new FileSwap(5, Randomness.system(), Pause.system());
      Path file = Path.of(words[0]);
      FileSwap.Done done =
          swap.replace(file, swap.read(file).digest(), words[1].getBytes(UTF_8), Write.AUTO);
      System.out.println("in place: " + done.inPlace());
    }
  }
}
