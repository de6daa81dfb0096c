package io.fairlead.app;

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

  private static Map<String, Object> by(Who who) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("who", who.name());
    line.put("by", who.kind());
    return line;
  }
}
