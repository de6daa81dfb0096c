package io.fairlead.registry.external;

import io.fairlead.registry.rewrite.FileSwap;
import io.fairlead.registry.rewrite.ListMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What was taken out of one file, on disk: the newest memory and the one before, because a crash
 * between this file and the edited one leaves the older. Owned by its target.
 */
final class MemoryFile {
  private static final Logger log = LoggerFactory.getLogger(MemoryFile.class);
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int BYTES_MAX = 32 * 1024 * 1024;

  private final Path file;
  private final FileSwap swap;

  MemoryFile(Path file, FileSwap swap) {
    this.file = file;
    this.swap = swap;
  }

  /** The newest first; at most two. */
  List<ListMemory> read() {
    try {
      if (Files.size(file) > BYTES_MAX) throw new IOException("too large");
      List<ListMemory> memories = new ArrayList<>();
      for (JsonNode each : JSON.readTree(Files.readAllBytes(file)).path("memories")) {
        memories.add(parse(each));
      }
      return memories;
    } catch (NoSuchFileException none) {
      return List.of();
    } catch (IOException | JacksonException | IllegalArgumentException unreadable) {
      log.atWarn()
          .addKeyValue("file", file)
          .addKeyValue("reason", String.valueOf(unreadable.getMessage()))
          .log("memory of a rewritten file unreadable; lines taken out do not come back");
      return List.of();
    }
  }

  void write(List<ListMemory> memories) throws IOException {
    List<Object> all = new ArrayList<>();
    for (ListMemory memory : memories) all.add(print(memory));
    swap.keep(file, JSON.writeValueAsBytes(Map.of("memories", all)));
  }

  private static ListMemory parse(JsonNode json) {
    List<ListMemory.Entry> entries = new ArrayList<>();
    for (JsonNode item : json.path("items")) {
      JsonNode now = item.path("now");
      entries.add(
          new ListMemory.Entry(
              item.path("original").asString(""),
              now.isString() ? Optional.of(now.asString("")) : Optional.empty(),
              item.path("text").asString("")));
    }
    return new ListMemory(
        json.path("region").asString(""), json.path("written").asString(""), entries);
  }

  private static Map<String, Object> print(ListMemory memory) {
    List<Object> items = new ArrayList<>();
    for (ListMemory.Entry entry : memory.items()) {
      Map<String, Object> item = new LinkedHashMap<>();
      item.put("original", entry.original());
      entry.now().ifPresent(now -> item.put("now", now));
      item.put("text", entry.text());
      items.add(item);
    }
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("region", memory.region());
    json.put("written", memory.written());
    json.put("items", items);
    return json;
  }
}
