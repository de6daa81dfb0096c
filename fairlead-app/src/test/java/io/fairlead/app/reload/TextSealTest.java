package io.fairlead.app.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is sealed can be opened with its key, and by nobody else. */
class TextSealTest {
  @TempDir private Path dir;

  @Test
  void opensWhatItSealedAlsoAfterARestart() throws IOException {
    String text = "secret: hunter2 # größer";
    String sealed = new TextSeal(dir).seal(text);
    assertThat(sealed).doesNotContain("hunter2");
    assertThat(new TextSeal(dir).seal(text)).as("never the same twice").isNotEqualTo(sealed);
    assertThat(new TextSeal(dir).open(sealed)).isEqualTo(text);
    assertThat(new TextSeal(dir).open(new TextSeal(dir).seal(""))).isEmpty();
    Path key = dir.resolve("history.key");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
        .isEqualTo("rw-------");
  }

  @Test
  void opensNothingAlteredForeignOrWithoutItsKey() throws IOException {
    TextSeal seal = new TextSeal(dir);
    String sealed = seal.seal("text");
    char first = sealed.charAt(20) == 'A' ? 'B' : 'A';
    String altered = sealed.substring(0, 20) + first + sealed.substring(21);
    for (String wrong : new String[] {altered, "", "AAAA", "not base 64!", sealed.substring(4)}) {
      assertThatThrownBy(() -> seal.open(wrong)).as(wrong).isInstanceOf(IOException.class);
    }
    Path key = dir.resolve("history.key");
    Files.delete(key);
    assertThatThrownBy(() -> seal.open(sealed)).hasMessageContaining("history.key is missing");
    assertThat(seal.seal("x")).isNotEmpty();
    assertThatThrownBy(() -> seal.open(sealed)).hasMessageContaining("not sealed with the key");
    Files.writeString(key, "torn");
    assertThatThrownBy(() -> seal.seal("x")).hasMessageContaining("not a key");
  }
}
