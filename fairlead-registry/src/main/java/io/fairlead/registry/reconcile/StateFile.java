package io.fairlead.registry.reconcile;

import io.fairlead.core.access.EntryId;
import io.fairlead.registry.model.Position;
import io.fairlead.registry.plan.Item;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a restart must know: the last good list of each target, and how far each source was read.
 * One small file, replaced as a whole. Thread-safe.
 */
public final class StateFile {
  private static final Logger log = LoggerFactory.getLogger(StateFile.class);
  private static final int VERSION = 1;
  static final int NAMES_MAX = 100_000;

  /**
   * The last list of a target that was applied and verified.
   *
   * @param left what left it and when
   */
  public record LastGood(
      String source, String position, Instant at, List<Item> items, Map<String, Instant> left) {
    public LastGood {
      items = List.copyOf(items);
      left = Map.copyOf(left);
    }
  }

  // All guarded by this.
  private Path file;
  // The accounts are by source, then by account, the oldest first.
  private final Map<String, LastGood> targets = new HashMap<>();
  private final Map<String, Position> sources = new HashMap<>();
  private final Map<String, Map<String, EntryId>> named = new HashMap<>();
  private boolean unsaved;

  private StateFile(Path file) {
    this.file = file;
  }

  /** Reads the file; one that is not ours is put aside and nothing is remembered. */
  public static StateFile open(Path file) throws IOException {
    StateFile state = new StateFile(file);
    if (!Files.exists(file)) return state;
    try {
      state.read(PlanJson.read(Files.readAllBytes(file)));
    } catch (IllegalArgumentException | DateTimeParseException broken) {
      Path aside = file.resolveSibling(file.getFileName() + ".bad");
      log.atError()
          .addKeyValue("file", file)
          .addKeyValue("why", broken.getMessage())
          .addKeyValue("kept_as", aside)
          .log("registry state unreadable");
      Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
      return new StateFile(file);
    }
    return state;
  }

  /**
   * Goes on at another place, with what it knows; what a file there says is replaced, and the one
   * here is removed.
   *
   * @throws IOException it could not be written there, and goes on here
   */
  public synchronized void moveTo(Path next) throws IOException {
    Path former = file;
    file = next;
    try {
      save();
    } catch (IOException failure) {
      file = former;
      throw failure;
    }
    DurableFile.remove(former);
  }

  /** The last good list of a target. */
  public synchronized Optional<LastGood> target(String name) {
    return Optional.ofNullable(targets.get(name));
  }

  /** Keeps a last good list, durably. */
  public synchronized void keep(String target, LastGood lastGood) throws IOException {
    targets.put(target, lastGood);
    save();
  }

  /** How far a source was read. */
  public synchronized Optional<Position> source(String name) {
    return Optional.ofNullable(sources.get(name));
  }

  /** Keeps how far a source was read; written with the next list, a lost one is read again. */
  public synchronized void note(String source, Position position) {
    sources.put(source, position);
  }

  /** Every account that lists of a source named, and for whom. */
  public synchronized Map<String, EntryId> named(String source) {
    return Map.copyOf(named.getOrDefault(source, Map.of()));
  }

  /**
   * Keeps the accounts a list names, durably. Of more than {@value #NAMES_MAX} of one source those
   * are forgotten that it has not named for longest.
   */
  public synchronized void name(String source, Map<String, EntryId> accounts) throws IOException {
    if (accounts.isEmpty()) return;
    Map<String, EntryId> known = named.computeIfAbsent(source, _ -> new LinkedHashMap<>());
    if (accounts.entrySet().stream().allMatch(e -> e.getValue().equals(known.get(e.getKey())))) {
      flush();
      return;
    }
    accounts.forEach(
        (user, entry) -> {
          known.remove(user);
          known.put(user, entry);
        });
    int before = known.size();
    while (known.size() > NAMES_MAX) known.remove(known.keySet().iterator().next());
    if (known.size() < before) {
      log.atWarn()
          .addKeyValue("source", source)
          .addKeyValue("forgotten", before - known.size())
          .log("more accounts named than are remembered; the oldest are free after a restart");
    }
    save();
  }

  /** These sources govern nobody any more. */
  public synchronized void forgetNames(Set<String> sources) throws IOException {
    if (named.keySet().removeAll(sources)) save();
  }

  /** Writes what an interruption or a full disk kept from being written. */
  public synchronized void flush() throws IOException {
    if (unsaved) save();
  }

  private void save() throws IOException {
    unsaved = true;
    ObjectNode root = PlanJson.object().put("version", VERSION);
    ObjectNode lists = root.putObject("targets");
    targets.forEach(
        (name, lastGood) -> {
          ObjectNode node = lists.putObject(name);
          node.put("source", lastGood.source()).put("position", lastGood.position());
          node.put("at", lastGood.at().toString());
          node.set("items", PlanJson.items(lastGood.items()));
          ObjectNode left = node.putObject("left");
          lastGood.left().forEach((key, at) -> left.put(key, at.toString()));
        });
    ObjectNode read = root.putObject("sources");
    sources.forEach((name, position) -> read.set(name, position(position)));
    ObjectNode accounts = root.putObject("accounts");
    named.forEach(
        (source, users) -> {
          ObjectNode node = accounts.putObject(source);
          users.forEach((user, entry) -> node.put(user, entry.id()));
        });
    DurableFile.replace(file, PlanJson.bytes(root));
    unsaved = false;
  }

  private void read(ObjectNode root) {
    int version = root.path("version").asInt(0);
    if (version != VERSION) {
      throw new IllegalArgumentException("version: " + version + " (expected: " + VERSION + ")");
    }
    for (Map.Entry<String, JsonNode> entry : root.path("targets").properties()) {
      JsonNode node = entry.getValue();
      Map<String, Instant> left = new HashMap<>();
      for (Map.Entry<String, JsonNode> each : node.path("left").properties()) {
        left.put(each.getKey(), Instant.parse(each.getValue().asString()));
      }
      targets.put(
          entry.getKey(),
          new LastGood(
              node.path("source").asString(),
              node.path("position").asString(),
              Instant.parse(node.path("at").asString()),
              PlanJson.items(node.path("items")),
              left));
    }
    for (Map.Entry<String, JsonNode> entry : root.path("sources").properties()) {
      sources.put(entry.getKey(), position(entry.getValue()));
    }
    for (Map.Entry<String, JsonNode> source : root.path("accounts").properties()) {
      Map<String, EntryId> users = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> each : source.getValue().properties()) {
        users.put(each.getKey(), new EntryId(source.getKey(), each.getValue().asString()));
      }
      named.put(source.getKey(), users);
    }
  }

  private static ObjectNode position(Position position) {
    ObjectNode node = PlanJson.object();
    switch (position) {
      case Position.Block block ->
          node.put("block", block.number())
              .put("hash", block.hash())
              .put("at", block.timestamp().toString())
              .put("revision", block.revision())
              .put("digest", block.digest());
      case Position.File read ->
          node.put("size", read.size())
              .put("modified", read.modified().toString())
              .put("sha256", read.sha256());
      case Position.Http http -> {
        http.etag().ifPresent(tag -> node.put("etag", tag));
        http.sequence().ifPresent(number -> node.put("sequence", number));
        node.put("body", http.sha256());
      }
      case Position.Fixed fixed -> node.put("fixed", fixed.sha256());
    }
    return node;
  }

  private static Position position(JsonNode node) {
    if (node.has("block")) {
      return new Position.Block(
          node.path("block").asLong(),
          node.path("hash").asString(),
          Instant.parse(node.path("at").asString()),
          node.path("revision").asLong(),
          node.path("digest").asString());
    }
    if (node.has("size")) {
      return new Position.File(
          node.path("size").asLong(),
          Instant.parse(node.path("modified").asString()),
          node.path("sha256").asString());
    }
    if (node.has("fixed")) return new Position.Fixed(node.path("fixed").asString());
    return new Position.Http(
        PlanJson.text(node, "etag"),
        node.has("sequence") ? Optional.of(node.path("sequence").asLong()) : Optional.empty(),
        node.path("body").asString());
  }
}
