package io.fairlead.core.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StagedFileTest {
  @TempDir private Path dir;

  @Test
  void theOldContentStaysUntilTheNewOneIsPublished() throws IOException {
    Path file = dir.resolve("a.json");
    StagedFile.write(file, "one".getBytes(UTF_8)).publish();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    StagedFile next = StagedFile.write(file, "two".getBytes(UTF_8));
    assertThat(file).hasContent("one");
    next.publish();
    assertThat(file).hasContent("two");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r--r--");
    StagedFile.write(file, "three".getBytes(UTF_8)).discard();
    assertThat(file).hasContent("two");
    assertThat(dir.toFile().list()).containsExactly("a.json");
  }

  /** A file of the service's user, changed by root, is still read by the service. */
  @Test
  void ownerAndGroupStay() throws IOException {
    Path file = dir.resolve("a");
    Files.writeString(file, "one");
    assumeThat(Files.getAttribute(file, "unix:uid")).as("run by root").isEqualTo(0);
    Files.setAttribute(file, "unix:uid", 12_345);
    Files.setAttribute(file, "unix:gid", 12_346);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    StagedFile.write(file, "two".getBytes(UTF_8)).publish();
    assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(12_345);
    assertThat(Files.getAttribute(file, "unix:gid")).isEqualTo(12_346);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r-----");
  }

  @Test
  void aLinkIsFollowed() throws IOException {
    Path real = Files.createDirectory(dir.resolve("real")).resolve("a");
    Files.writeString(real, "one");
    Path link = Files.createSymbolicLink(dir.resolve("link"), real);
    StagedFile.write(link, "two".getBytes(UTF_8)).publish();
    assertThat(link).isSymbolicLink().hasContent("two");
    assertThat(real).hasContent("two");
  }

  @Test
  void whatCannotBeWrittenLeavesNothingAndWhatDiedHalfWayIsTidied() throws IOException {
    assertThatThrownBy(() -> StagedFile.write(dir.resolve("no/such/a"), new byte[1]))
        .isInstanceOf(IOException.class);
    StagedFile.write(dir.resolve("b"), new byte[1]); // and the process dies here
    StagedFile.tidy(dir);
    assertThat(dir.toFile().list()).isEmpty();
  }
}
