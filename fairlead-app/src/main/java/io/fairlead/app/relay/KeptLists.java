package io.fairlead.app.relay;

import io.fairlead.core.file.StagedFile;
import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.source.RelayPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The relays of registry sources as they were read last, for a start at which a source cannot be
 * read. A JSON file, replaced as a whole when a list changed, and once an hour while a list is read
 * again as it was. Of at most {@value #SOURCES_MAX} sources the latest are kept, of each the first
 * {@value #RELAYS_MAX} relays, for seven days from when it was read.
 *
 * <p>A file that cannot be read or is not of this version counts as none, with a warning; one that
 * cannot be written is told once. Thread-safe; waits for the disk.
 */
final class KeptLists {
  static final int RELAYS_MAX = 1024;
  static final int SOURCES_MAX = 16;
  static final Duration LIFE = Duration.ofDays(7);
  private static final Duration WRITTEN_AGAIN = Duration.ofHours(1);
  private static final Logger log = LoggerFactory.getLogger(KeptLists.class);
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int VERSION = 1;
  private static final long BYTES_MAX = 32L << 20;

  /**
   * A relay of a list.
   *
   * @param peer whoever reads it says whether it is typed
   * @param validUntil Unix seconds; 0 for ever
   */
  record Relay(RelayPeer peer, boolean draining, long validUntil) {}

  /**
   * A list.
   *
   * @param read when its source last said so
   */
  private record Kept(Instant read, List<Relay> relays) {
    Kept {
      relays = List.copyOf(relays);
    }
  }

  private final Path file;
  private final Clock clock;

  /** By source; empty until the file was read. Guarded by this, as below. */
  private @Nullable Map<String, Kept> bySource;

  private boolean told;

  /**
   * @param file is made when there is something to keep; its folder must be there
   */
  KeptLists(Path file, Clock clock) {
    this.file = file;
    this.clock = clock;
  }

  /** What a source said last; empty when that is not known, or was too long ago. */
  synchronized Optional<List<Relay>> of(String source) {
    Instant now = clock.wall();
    return Optional.ofNullable(known().get(source))
        .filter(kept -> !old(kept, now))
        .map(
            kept ->
                kept.relays().stream()
                    .filter(relay -> !ended(relay, now.getEpochSecond()))
                    .toList());
  }

  private static boolean ended(Relay relay, long unixSeconds) {
    return relay.validUntil() != 0 && relay.validUntil() <= unixSeconds;
  }

  private static boolean old(Kept kept, Instant now) {
    return Duration.between(kept.read(), now).compareTo(LIFE) > 0;
  }

  /**
   * A source said this.
   *
   * @param read when
   */
  synchronized void keep(String source, Instant read, List<Relay> all) {
    List<Relay> relays = all.stream().limit(RELAYS_MAX).toList();
    Map<String, Kept> known = known();
    Kept before = known.get(source);
    if (before != null
        && before.relays().equals(relays)
        && Duration.between(before.read(), read).compareTo(WRITTEN_AGAIN) < 0) {
      return;
    }
    Instant now = clock.wall();
    known.values().removeIf(each -> old(each, now));
    known.remove(source);
    while (known.size() >= SOURCES_MAX) known.remove(known.keySet().iterator().next());
    known.put(source, new Kept(read, relays));
    write(known);
  }

  private Map<String, Kept> known() {
    Map<String, Kept> there = bySource;
    if (there == null) {
      there = read();
      bySource = there;
    }
    return there;
  }

  // ---- the file -------------------------------------------------------------------------------

  private void write(Map<String, Kept> known) {
    Map<String, Object> sources = new LinkedHashMap<>();
    known.forEach(
        (name, kept) ->
            sources.put(
                name,
                Map.of(
                    "read",
                    kept.read().toString(),
                    "relays",
                    kept.relays().stream().map(KeptLists::fields).toList())));
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("version", VERSION);
    document.put("sources", sources);
    try {
      StagedFile.write(file, JSON.writeValueAsBytes(document)).publish();
    } catch (IOException failure) {
      if (!told) {
        log.atWarn()
            .addKeyValue("file", file)
            .addKeyValue("cause", failure.toString())
            .log("lists of relays not kept");
      }
      told = true;
    }
  }

  private static Map<String, Object> fields(Relay relay) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("peer", relay.peer().id().toString());
    fields.put("addresses", relay.peer().addresses().stream().map(Multiaddr::toString).toList());
    RelayPeer.Standing standing = relay.peer().standing();
    standing.score().ifPresent(score -> fields.put("score", score));
    standing.operator().ifPresent(operator -> fields.put("operator", operator));
    standing.region().ifPresent(region -> fields.put("region", region));
    if (relay.draining()) fields.put("draining", true);
    if (relay.validUntil() != 0) fields.put("valid_until", relay.validUntil());
    return fields;
  }

  private Map<String, Kept> read() {
    Map<String, Kept> known = new LinkedHashMap<>();
    try {
      if (Files.size(file) > BYTES_MAX) throw new MalformedException("too long");
      JsonNode document = JSON.readTree(Files.readAllBytes(file));
      if (document.path("version").asInt(0) != VERSION) {
        throw new MalformedException("version: expected " + VERSION);
      }
      for (var each : document.path("sources").properties()) {
        if (known.size() < SOURCES_MAX) known.put(each.getKey(), kept(each.getValue()));
      }
    } catch (NoSuchFileException _) {
      return known;
    } catch (IOException
        | MalformedException
        | JacksonException
        | DateTimeException
        | IllegalArgumentException unreadable) {
      log.atWarn()
          .addKeyValue("file", file)
          .addKeyValue("cause", unreadable.toString())
          .log("lists of relays not read");
      return new LinkedHashMap<>();
    }
    return known;
  }

  private static Kept kept(JsonNode node) throws MalformedException {
    List<Relay> relays = new ArrayList<>();
    for (JsonNode each : node.path("relays")) {
      if (relays.size() == RELAYS_MAX) break;
      relays.add(relay(each));
    }
    return new Kept(Instant.parse(node.path("read").asString("")), relays);
  }

  private static Relay relay(JsonNode node) throws MalformedException {
    List<Multiaddr> addresses = new ArrayList<>();
    for (JsonNode each : node.path("addresses")) {
      addresses.add(Multiaddr.parse(each.asString("")));
    }
    RelayPeer.Standing standing =
        new RelayPeer.Standing(
            node.has("score")
                ? OptionalDouble.of(node.path("score").asDouble(Double.NaN))
                : OptionalDouble.empty(),
            text(node, "operator"),
            text(node, "region"));
    return new Relay(
        new RelayPeer(PeerId.parse(node.path("peer").asString("")), addresses, false, standing),
        node.path("draining").asBoolean(false),
        node.path("valid_until").asLong(0));
  }

  private static Optional<String> text(JsonNode node, String field) {
    return node.has(field) ? Optional.of(node.path(field).asString("")) : Optional.empty();
  }
}
