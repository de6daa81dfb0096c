package io.fairlead.control.http;

import io.fairlead.control.api.ConfigHistory;
import io.fairlead.control.api.Who;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** How the history of the configuration looks as JSON. */
final class ConfigReports {
  private ConfigReports() {}

  static ObjectNode history(List<ConfigHistory.Entry> entries) {
    ObjectNode json = Json.document("history");
    ArrayNode list = json.putArray("generations");
    entries.forEach(entry -> put(list.addObject(), entry));
    return json;
  }

  static ObjectNode detail(ConfigHistory.Detail detail) {
    ObjectNode json = Json.document("generation");
    put(json, detail.entry());
    ArrayNode files = json.putArray("files");
    for (ConfigHistory.Text file : detail.files()) {
      files.addObject().put("name", file.name()).put("text", file.text());
    }
    ArrayNode layers = json.putArray("layers");
    for (ConfigHistory.Edit edit : detail.layers()) {
      layers
          .addObject()
          .put("layer", edit.layer())
          .put("op", edit.op())
          .put("path", edit.path())
          .put("who", edit.who())
          .put("ephemeral", edit.ephemeral());
    }
    json.set("diff", Reports.changes(detail.diff()));
    return json;
  }

  static ObjectNode difference(ConfigHistory.Difference difference) {
    ObjectNode json = Json.document("config_diff");
    json.put("from", difference.from()).put("to", difference.to());
    ArrayNode list = json.putArray("changes");
    for (ConfigHistory.Value value : difference.changes()) {
      ObjectNode one = list.addObject();
      one.put("path", value.path()).put("op", Reports.lower(value.op()));
      value.before().ifPresent(tree -> one.set("before", Json.tree(tree)));
      value.after().ifPresent(tree -> one.set("after", Json.tree(tree)));
      if (value.secret()) one.put("secret", true);
    }
    return json;
  }

  static ObjectNode who(Who who) {
    ObjectNode json = Json.object().put("kind", who.kind()).put("name", who.name());
    if (!who.peer().isEmpty()) json.put("peer", who.peer());
    return json;
  }

  private static void put(ObjectNode json, ConfigHistory.Entry entry) {
    json.put("generation", entry.generation());
    json.put("parent", entry.parent());
    json.put("hash", entry.hash());
    json.put("at", entry.at().toString());
    json.set("who", who(entry.who()));
    json.put("comment", entry.comment());
    json.put("result", entry.result());
    json.put("took_ms", entry.took().toMillis());
    json.put("changes", entry.changes());
  }
}
