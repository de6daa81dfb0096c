package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/** A file system of its own, small enough to be filled. Needs root; else the test is skipped. */
final class SmallDisk implements AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int BLOCK = 1024;
  private static final int BLOCKS_MAX = 200_000;

  private final Path root;

  private SmallDisk(Path root) {
    this.root = root;
  }

  /**
   * Mounts one.
   *
   * @param root a folder that is made for it
   * @param size as {@code mount} takes it, such as 512k
   */
  static SmallDisk mount(Path root, String size) throws Exception {
    Files.createDirectory(root);
    int exit = run(root, "mount", "-t", "tmpfs", "-o", "size=" + size + ",mode=0700", "tmpfs");
    if (exit == 0) return new SmallDisk(root);
    Files.delete(root);
    System.out.println("SKIPPED: a small file system cannot be mounted here (needs root)");
    Assumptions.abort("no mount");
    throw new AssertionError("not reached");
  }

  /**
   * Mounts one of the kind that most disks have, ext4, which keeps to what a program reserves.
   *
   * @param image the file that it is in, which is made
   * @param size as {@code truncate} takes it, such as 64M
   */
  static SmallDisk ext4(Path root, Path image, String size) throws Exception {
    String make = Peers.require("mkfs.ext4").toString();
    Files.createDirectory(root);
    assertThat(run(image, "truncate", "-s", size)).isZero();
    assertThat(run(image, make, "-q", "-F")).isZero();
    if (run(root, "mount", "-o", "loop", image.toString()) == 0) return new SmallDisk(root);
    Files.delete(root);
    Peers.lacking("loop device");
    throw new AssertionError("not reached");
  }

  /** Leaves less than that free, and then nothing is freed by itself. */
  void fill(long leastFree) throws IOException {
    FileStore store = Files.getFileStore(root);
    byte[] block = new byte[BLOCK];
    try (OutputStream out = Files.newOutputStream(ballast())) {
      for (int i = 0; i < BLOCKS_MAX; i++) {
        if (leastFree > 0 && store.getUsableSpace() < leastFree) return;
        out.write(block);
      }
    } catch (IOException full) {
      assertThat(full).hasMessageContaining("No space left");
      return;
    }
    throw new AssertionError("the disk takes any amount");
  }

  /** Room again. */
  void empty() throws IOException {
    Files.delete(ballast());
  }

  void readOnly(boolean on) throws Exception {
    assertThat(run(root, "mount", "-o", "remount," + (on ? "ro" : "rw"))).isZero();
  }

  private Path ballast() {
    return root.resolve("ballast");
  }

  @Override
  public void close() throws Exception {
    assertThat(run(root, "umount")).isZero();
    Files.delete(root);
  }

  private static int run(Path last, String... command) throws Exception {
    List<String> whole = new java.util.ArrayList<>(List.of(command));
    whole.add(last.toString());
    try (Proc program = Proc.start(whole, last.getParent(), Map.of())) {
      return program.awaitExit(SOON);
    }
  }
}
