package io.fairlead.net.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.config.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  @ParameterizedTest
  @ValueSource(strings = {"#ann", " ann", "ann\n", "\tann"})
  void refusesANameThatTheFileWouldNotHave(String name) throws Exception {
    Path file = folder.resolve("users");
    Files.writeString(file, "ann:" + HASH + "\n");
    UsersFileEditor editor = UsersFileEditor.open(file);
    assertThatThrownBy(() -> editor.put(name, OTHER)).isInstanceOf(ConfigException.class);
    editor.save();
    assertThat(UsersFileEditor.open(file).remove("ann")).isTrue();
  }

  @Test
  void ofManyEditsAtATimeNoneIsLost() throws Exception {
    Path file = folder.resolve("users");
    int writers = 8;
    int each = 10;
    CountDownLatch begin = new CountDownLatch(1);
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int writer = 0; writer < writers; writer++) {
      String name = "w" + writer + "-";
      all.add(
          CompletableFuture.runAsync(
              () -> {
                try {
                  begin.await();
                  for (int i = 0; i < each; i++) add(file, name + i);
                } catch (Exception failure) {
                  throw new IllegalStateException(failure);
                }
              },
              Thread::startVirtualThread));
    }
    begin.countDown();
    for (CompletableFuture<Void> one : all) one.get();
    assertThat(UsersFile.read(file, "").names()).hasSize(writers * each);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).containsExactly(file);
    }
  }

  private static void add(Path file, String name) throws Exception {
    UsersFileEditor.edit(
        file,
        editor -> {
          editor.put(name, HASH);
          return true;
        });
  }

  @Test
  void anEditThatIsRefusedLeavesNothingBehind() throws Exception {
    Path file = folder.resolve("users");
    assertThatThrownBy(() -> add(file, "#x")).isInstanceOf(ConfigException.class);
    UsersFileEditor.edit(file, editor -> editor.remove("nobody"));
    assertThat(file).doesNotExist();
  }
}
