package io.fairlead.registry.evm;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How a source on a chain stood at its last read, for people. Written by whoever reads, read by any
 * thread.
 */
final class EvmStatus {
  /**
   * How one endpoint stood.
   *
   * @param word ok, behind, disagrees, failed or not asked
   */
  record Endpoint(String alias, String word, String why) {
    boolean wrong() {
      return !why.isEmpty();
    }
  }

  /** What was wrong with an endpoint when it last was. */
  private record Fault(String word, String why, Instant at) {}

  private final EvmSettings settings;
  private volatile Optional<Header> head = Optional.empty();
  private volatile Optional<Header> read = Optional.empty();
  private volatile long revision;
  private volatile List<Endpoint> endpoints = List.of();
  private final Map<String, Fault> faults = new ConcurrentHashMap<>(); // by alias
  private volatile Optional<String> held = Optional.empty();

  EvmStatus(EvmSettings settings) {
    this.settings = settings;
  }

  void head(Header newest) {
    head = Optional.of(newest);
  }

  void read(Header block, long atRevision) {
    read = Optional.of(block);
    revision = atRevision;
  }

  void endpoints(List<Endpoint> said, Instant now) {
    endpoints = List.copyOf(said);
    for (Endpoint each : said) {
      if (each.wrong()) faults.put(each.alias(), new Fault(each.word(), each.why(), now));
    }
  }

  /** What a person may approve. */
  void held(Optional<String> id) {
    held = id;
  }

  Optional<String> held() {
    return held;
  }

  /** What the endpoints said, for the message of a failure. */
  String told() {
    List<String> lines = new ArrayList<>();
    for (Endpoint each : endpoints) {
      lines.add(each.why().isEmpty() ? each.alias() + ": " + each.word() : each.why());
    }
    return String.join("; ", lines);
  }

  Map<String, Object> fields(Instant now) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("chain", settings.chain());
    fields.put("contract", settings.contract());
    fields.put("quorum", settings.quorum());
    head.ifPresent(
        block -> {
          fields.put("head", block.number());
          fields.put("head_at", block.timestamp().toString());
          fields.put(
              "head_age_s", Math.max(0, now.getEpochSecond() - block.timestamp().getEpochSecond()));
        });
    read.ifPresent(
        block -> {
          fields.put("block", block.number());
          fields.put("block_hash", block.hash());
          fields.put("revision", revision);
        });
    List<Object> told = new ArrayList<>();
    for (Endpoint each : endpoints) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("endpoint", each.alias());
      line.put("state", each.word());
      if (each.wrong()) line.put("why", each.why());
      Fault last = faults.get(each.alias());
      if (last != null) {
        line.put("last_fault", last.word());
        line.put("last_fault_why", last.why());
        line.put("last_fault_at", last.at().toString());
      }
      told.add(line);
    }
    fields.put("endpoints", told);
    held.ifPresent(id -> fields.put("held", id));
    List<String> notes = new ArrayList<>();
    if (settings.quorum() == 1) {
      notes.add("quorum is 1: one endpoint that lies consistently is believed within the rails");
    }
    if (settings.abi().isPresent()) {
      notes.add("the contract has no revision and no digest: a part cannot be told from the whole");
    }
    if (!notes.isEmpty()) fields.put("notes", notes);
    return fields;
  }
}
