package io.fairlead.app.convert;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Zones that are written once for each way they are used. Used by one thread. */
final class RateZones {
  private static final long STATE_BYTES = 64; // what nginx keeps of one key, on 64 bits
  private static final long KEYS_MAX = 10_000_000;
  private static final long BURST_MAX = 1_000_000;

  private final Draft draft;
  private final Map<String, String> ids = new HashMap<>();

  RateZones(Draft draft) {
    this.draft = draft;
  }

  /**
   * A use of a zone; here the burst belongs to the zone.
   *
   * @param key in our notation
   * @param bytes of its table
   * @param what as it is written
   */
  record Use(
      String name,
      String key,
      String rate,
      long bytes,
      long burst,
      boolean atOnce,
      Place at,
      String what) {}

  /** The zone's id. */
  String id(Use use) {
    boolean atOnce = use.atOnce() || use.burst() == 0;
    String form = use.name() + " " + use.burst() + (atOnce ? " at once" : "");
    String known = ids.get(form);
    if (known != null) return known;
    draft.otherwise(use.at(), "`" + use.what() + "`: what is beyond it is answered 429");
    Map<String, Object> section = draft.section("zones");
    String id = Draft.freeId(section, use.name());
    if (!id.equals(Draft.id(use.name()))) {
      draft.otherwise(use.at(), "`" + use.what() + "`: another burst counts for itself");
    }
    ids.put(form, id);
    Map<String, Object> zone = new LinkedHashMap<>();
    section.put(id, zone);
    zone.put("key", use.key());
    zone.put("rate", use.rate());
    if (use.burst() > 0) zone.put("burst", Math.min(use.burst(), BURST_MAX));
    if (!atOnce) zone.put("excess", "delay");
    if (use.bytes() > 0) zone.put("max_keys", Math.clamp(use.bytes() / STATE_BYTES, 1, KEYS_MAX));
    return id;
  }
}
