package io.fairlead.net.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.config.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsersFileEditorTest {
  private static final String HASH = "$2b$05$.T/D5UUAJKdTIZV.qgLLtOVxc6sm1yEVozisb.t26CuxWZmQxkOya";
  private static final String OTHER =
      "$2a$05$UcxR0QK4SctAXvCc/Dfc6eiVevqjvHrA5envTwdIhwTNHn0eZing6";

  @TempDir Path folder;

  @Test
  void beginsAFileThatOnlyItsOwnerReads() throws Exception {
    Path file = folder.resolve("users");
    UsersFileEditor editor = UsersFileEditor.open(file);
    assertThat(editor.put("ann", HASH)).isTrue();
    editor.save();
    assertThat(file).hasContent("ann:" + HASH + "\n");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void changesOneLineAndKeepsGroupsCommentsAndOrder() throws Exception {
    Path file = folder.resolve("users");
    Files.writeString(file, "# ours\nann:" + HASH + ":admin,ops\n\nbob:" + HASH + "\n");
    UsersFileEditor editor = UsersFileEditor.open(file);
    assertThat(editor.put("ann", OTHER)).isFalse();
    assertThat(editor.put("cy", HASH)).isTrue();
    assertThat(editor.remove("bob")).isTrue();
    assertThat(editor.remove("bob")).isFalse();
    editor.save();
    assertThat(file).hasContent("# ours\nann:" + OTHER + ":admin,ops\n\ncy:" + HASH + "\n");
  }

  @Test
  void refusesABadNameAndAFileThatIsWrong() throws Exception {
    Path file = folder.resolve("users");
    UsersFileEditor editor = UsersFileEditor.open(file);
    assertThatThrownBy(() -> editor.put("a:b", HASH)).isInstanceOf(ConfigException.class);
    assertThatThrownBy(() -> editor.put("", HASH)).isInstanceOf(ConfigException.class);
    Files.writeString(file, "ann:plain\n");
    assertThatThrownBy(() -> UsersFileEditor.open(file)).isInstanceOf(ConfigException.class);
  }
}
