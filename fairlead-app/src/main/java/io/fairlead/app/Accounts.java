package io.fairlead.app;

import io.fairlead.app.reload.Running;
import io.fairlead.control.api.StopRequest;
import io.fairlead.control.api.Who;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the audit file says about the life of the whole gateway: who wanted what. */
final class Accounts {
  private Accounts() {}

  static Map<String, Object> of(StopRequest request) {
    Map<String, Object> line = by(request.who());
    request.drain().ifPresent(drain -> line.put("drain", drain));
    return line;
  }

  /** This process runs in the place of another. */
  static Map<String, Object> tookOver(Running<?> running) {
    return Map.of(
        "result", "taken_over",
        "pid", ProcessHandle.current().pid(),
        "version", Version.current(),
        "generation", running.generation());
  }

  private static Map<String, Object> by(Who who) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("who", who.name());
    line.put("by", who.kind());
    return line;
  }
}
