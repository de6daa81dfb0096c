package io.fairlead.control.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.random.Randomness;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlTokenTest {
  @TempDir Path directory;

  @Test
  void isMadeOnceWith256BitsForItsOwnerAlone() throws Exception {
    Path state = directory.resolve("state");
    ControlToken made = ControlToken.loadOrCreate(state, Randomness.system());
    assertThat(made.created()).isTrue();
    assertThat(mode(made.file())).isEqualTo("rw-------");
    assertThat(mode(state)).isEqualTo("rwx------");
    String text = Files.readString(made.file()).strip();
    assertThat(Base64.getUrlDecoder().decode(text)).hasSize(32);
    assertThat(made.matches(text)).isTrue();
    assertThat(made.matches(text + "x")).isFalse();
    assertThat(made.matches("")).isFalse();
    assertThat(Files.list(state)).containsExactly(made.file());

    ControlToken read = ControlToken.loadOrCreate(state, Randomness.system());
    assertThat(read.created()).isFalse();
    assertThat(read.matches(text)).isTrue();
  }

  @Test
  void isRefusedWhenOthersCanReadItOrItIsShort() throws Exception {
    Path file = ControlToken.loadOrCreate(directory, Randomness.system()).file();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(() -> ControlToken.loadOrCreate(directory, Randomness.system()))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("chmod 600");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    Files.writeString(file, "hunter2\n");
    assertThatThrownBy(() -> ControlToken.loadOrCreate(directory, Randomness.system()))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("128 bits")
        .hasMessageNotContaining("hunter2");
  }

  private static String mode(Path file) throws java.io.IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }
}
