package io.fairlead.pubsub.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.pubsub.CursorStore.Key;
import io.fairlead.pubsub.Hash;
import io.fairlead.testkit.Seeds;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CursorCodecTest {
  private static final Key KEY = new Key(31337, hash(1), hash(2));

  @TempDir Path folder;

  @Test
  void readsWhatItWrote() throws Exception {
    Cursor cursor = cursor(5, 40);
    Cursor read = CursorCodec.decode(CursorCodec.encode(cursor));
    assertThat(read.firstBlock()).isEqualTo(3);
    assertThat(read.upTo()).isEqualTo(cursor.upTo());
    assertThat(read.blocks()).hasSameSizeAs(cursor.blocks());
    for (int i = 0; i < read.blocks().size(); i++) {
      Cursor.Block block = read.blocks().get(i);
      assertThat(block.hash()).isEqualTo(cursor.blocks().get(i).hash());
      assertThat(block.delivered()).hasSize(2);
      assertThat(block.delivered().getLast().json())
          .isEqualTo(cursor.blocks().get(i).delivered().getLast().json());
    }
  }

  @Test
  void refusesEveryCutAndEveryChangedByte() {
    byte[] bytes = CursorCodec.encode(cursor(3, 10));
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> CursorCodec.decode(cut))
          .isInstanceOf(CursorCodec.CorruptCursorException.class);
    }
    for (int at = 0; at < bytes.length; at++) {
      byte[] changed = bytes.clone();
      changed[at] ^= 0x10;
      assertThatThrownBy(() -> CursorCodec.decode(changed))
          .isInstanceOf(CursorCodec.CorruptCursorException.class);
    }
  }

  @Test
  void refusesAnyBytes() {
    Seeds.run(
        500,
        random -> {
          byte[] bytes = Seeds.bytes(random, 300);
          assertThatThrownBy(() -> CursorCodec.decode(bytes))
              .isInstanceOf(CursorCodec.CorruptCursorException.class);
        });
  }

  @Test
  void namesAnotherVersion() {
    byte[] bytes = CursorCodec.encode(cursor(3, 10));
    bytes[11] = 9;
    assertThatThrownBy(() -> CursorCodec.decode(bytes)).hasMessage("version 9 (expected: 1)");
  }

  @Test
  void leavesOldBlocksOutWhereTheyAreTooMuchToWrite() throws Exception {
    Cursor cursor = cursor(40, 400_000);
    byte[] bytes = CursorCodec.encode(cursor);
    assertThat(bytes.length).isLessThanOrEqualTo(CursorCodec.BYTES_MAX + 1000);
    Cursor read = CursorCodec.decode(bytes);
    assertThat(read.upTo()).isEqualTo(cursor.upTo());
    assertThat(read.blocks()).hasSizeBetween(15, 25);
  }

  @Test
  void aFileComesBackAsItWasSaved() throws Exception {
    FileCursorStore store = new FileCursorStore(folder.resolve("cursors"));
    assertThat(store.load(KEY)).isEmpty();
    byte[] first = CursorCodec.encode(cursor(3, 10));
    byte[] second = CursorCodec.encode(cursor(4, 10));
    store.save(KEY, first);
    store.save(KEY, second);
    assertThat(new FileCursorStore(folder.resolve("cursors")).load(KEY))
        .hasValueSatisfying(bytes -> assertThat(bytes).isEqualTo(second));
    assertThat(store.load(new Key(1, hash(1), hash(2)))).isEmpty();
    try (Stream<Path> files = Files.list(folder.resolve("cursors"))) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void aFileThatIsNotWhatWasSavedIsRefusedByName() throws Exception {
    FileCursorStore store = new FileCursorStore(folder);
    store.save(KEY, CursorCodec.encode(cursor(3, 10)));
    Path file;
    try (Stream<Path> files = Files.list(folder)) {
      file = files.findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 5));
    assertThatThrownBy(() -> store.load(KEY))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("cut short or changed")
        .hasMessageContaining("remove it to begin anew");
  }

  private static Hash hash(int last) {
    return new Hash("0x" + "ab".repeat(31) + String.format("%02x", last));
  }

  private static Cursor cursor(int blocks, int entryBytes) {
    List<Cursor.Block> chain = new ArrayList<>();
    for (int i = 0; i < blocks; i++) {
      BlockHash hash = new BlockHash(i + 1, 2, 3, 4);
      List<ChainEntry> entries = new ArrayList<>();
      for (int index = 0; index < 2; index++) {
        byte[] json = "x".repeat(entryBytes).getBytes(StandardCharsets.US_ASCII);
        entries.add(new ChainEntry(10 + i, hash, index, json));
      }
      chain.add(new Cursor.Block(10 + i, hash, new BlockHash(i, 2, 3, 4), entries));
    }
    return new Cursor(3, chain);
  }
}
