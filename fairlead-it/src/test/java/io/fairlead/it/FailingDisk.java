package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A file system of the kernel's (ext4) in a file, which begins to fail when it is told to. It is
 * mounted where only programs {@link #within} see it, and is gone with the last of them. Needs root
 * and a loop device.
 */
final class FailingDisk implements AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(30);

  /** EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH: as when the device is pulled out. */
  private static final String PULL =
      "import fcntl,os,struct,sys;"
          + "fcntl.ioctl(os.open(sys.argv[1],os.O_RDONLY),0x8004587D,struct.pack('I',2))";

  private final Path dir;
  private final Path image;
  private final Path root;
  private final Proc keeper; // of the mount namespace

  private FailingDisk(Path dir, Proc keeper) {
    this.dir = dir;
    this.image = dir.resolve("image");
    this.root = dir.resolve("disk");
    this.keeper = keeper;
  }

  /** Mounts one on the folder {@code disk}, which is made in {@code dir}. */
  static FailingDisk mount(Path dir) throws Exception {
    for (String program : List.of("nsenter", "python3", "mkfs.ext4")) Peers.require(program);
    String unshare = Peers.require("unshare").toString();
    Proc keeper =
        Proc.start(
            unshare, "--mount", "--propagation", "private", "sh", "-c", "echo here; read never");
    FailingDisk disk = new FailingDisk(dir, keeper);
    try {
      keeper.awaitLine("here", SOON);
      Files.createDirectory(disk.root);
      disk.run("truncate", "-s", "256M", disk.image.toString());
      disk.run(Peers.require("mkfs.ext4").toString(), "-q", "-F", disk.image.toString());
      disk.mountImage();
      return disk;
    } catch (AssertionError | Exception impossible) {
      disk.close();
      throw impossible;
    }
  }

  private void mountImage() throws Exception {
    List<String> command = new ArrayList<>(within());
    command.addAll(
        List.of("mount", "-o", "loop,errors=remount-ro", image.toString(), root.toString()));
    try (Proc mount = Proc.start(command, dir, Map.of())) {
      if (mount.awaitExit(SOON) != 0) Peers.lacking("loop device: " + mount.stderr().strip());
    }
  }

  /** What stands before the words of a command that shall see the disk; it runs in {@code dir}. */
  List<String> within() {
    return List.of(
        "nsenter",
        "--mount",
        "--target",
        Long.toString(keeper.pid()),
        "sh",
        "-c",
        "cd \"$0\" && exec \"$@\"",
        dir.toString());
  }

  /** From now on every write and every forced write is answered by EIO. */
  void pull() throws Exception {
    run("python3", "-c", PULL, root.toString());
  }

  /** The kernel finds an error, and takes no more writes for that. */
  void turnReadOnly() throws Exception {
    run("mount", "-o", "remount,abort", root.toString());
  }

  /** Nobody has a file open on it: it is mounted once more and is sound. */
  void mend() throws Exception {
    run("umount", root.toString());
    mountImage();
  }

  private void run(String... words) throws Exception {
    List<String> command = new ArrayList<>(within());
    command.addAll(List.of(words));
    try (Proc program = Proc.start(command, dir, Map.of())) {
      assertThat(program.awaitExit(SOON)).as("%s: %s", List.of(words), program.stderr()).isZero();
    }
  }

  @Override
  public void close() throws IOException {
    keeper.close();
  }
}
