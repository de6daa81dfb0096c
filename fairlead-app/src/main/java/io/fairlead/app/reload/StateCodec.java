package io.fairlead.app.reload;

import io.fairlead.control.api.Change;
import io.fairlead.control.api.Who;
import io.fairlead.core.config.ConfigDocument.SourceText;
import io.fairlead.core.config.ConfigEdit;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The JSON of the files in the state directory. Texts of configurations are sealed in it; those of
 * versions that did not seal are read too. Reading takes nothing for granted.
 */
final class StateCodec {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private final TextSeal seal;

  StateCodec(TextSeal seal) {
    this.seal = seal;
  }

  /**
   * @throws IOException the key cannot be read or made
   */
  byte[] history(HistoryRecord record) throws IOException {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("schema", "fairlead.generation/1");
    json.put("generation", record.generation());
    json.put("parent", record.parent());
    json.put("hash", record.hash());
    json.put("fingerprint", record.fingerprint());
    json.put("at", record.at().toString());
    json.putObject("who")
        .put("kind", record.who().kind())
        .put("name", record.who().name())
        .put("peer", record.who().peer());
    json.put("comment", record.comment());
    json.put("result", record.result().word());
    json.put("took_ms", record.took().toMillis());
    json.put("base", record.base());
    json.set("files", files(record.files()));
    json.set("registry", edits(record.registry()));
    json.set("api", edits(record.api()));
    ArrayNode diff = json.putArray("diff");
    for (Change change : record.diff()) {
      diff.addObject()
          .put("path", change.path())
          .put("op", change.op().name().toLowerCase(Locale.ROOT))
          .put("effect", change.effect());
    }
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(json);
  }

  /**
   * @throws IOException it is torn, or not ours
   */
  HistoryRecord history(byte[] bytes) throws IOException {
    JsonNode json = read(bytes);
    try {
      List<Change> diff = new ArrayList<>();
      for (JsonNode change : json.required("diff")) {
        diff.add(
            new Change(
                text(change, "path"),
                Change.Op.valueOf(text(change, "op").toUpperCase(Locale.ROOT)),
                text(change, "effect")));
      }
      JsonNode who = json.required("who");
      return new HistoryRecord(
          json.required("generation").longValue(),
          json.required("parent").longValue(),
          text(json, "hash"),
          text(json, "fingerprint"),
          Instant.parse(text(json, "at")),
          new Who(text(who, "kind"), text(who, "name"), text(who, "peer")),
          text(json, "comment"),
          HistoryRecord.Result.of(text(json, "result")),
          Duration.ofMillis(json.required("took_ms").longValue()),
          text(json, "base"),
          files(json.required("files")),
          edits(json.required("registry")),
          edits(json.required("api")),
          diff);
    } catch (JacksonException | IllegalArgumentException | DateTimeException wrong) {
      throw new IOException(String.valueOf(wrong.getMessage()), wrong);
    }
  }

  /**
   * @throws IOException the key cannot be read or made
   */
  byte[] kept(ConfigInputs inputs, String fileHash) throws IOException {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("schema", "fairlead.config_state/1");
    if (inputs.base() instanceof Base.Kept(String why, List<SourceText> files)) {
      ObjectNode base = json.putObject("base");
      base.put("why", why).put("instead_of", fileHash);
      base.set("files", files(files));
    }
    json.set("api", edits(inputs.api()));
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(json);
  }

  /**
   * @param insteadOf digest of the files it stands in place of, when there is a base
   */
  record Kept(Optional<Base.Kept> base, String insteadOf, List<LayerEdit> api) {}

  /**
   * @throws IOException it is torn, or not ours
   */
  Kept kept(byte[] bytes) throws IOException {
    JsonNode json = read(bytes);
    try {
      Optional<Base.Kept> kept = Optional.empty();
      String insteadOf = "";
      JsonNode base = json.get("base");
      if (base != null) {
        kept = Optional.of(new Base.Kept(text(base, "why"), files(base.required("files"))));
        insteadOf = text(base, "instead_of");
      }
      return new Kept(kept, insteadOf, edits(json.required("api")));
    } catch (JacksonException | IllegalArgumentException wrong) {
      throw new IOException(String.valueOf(wrong.getMessage()), wrong);
    }
  }

  private static JsonNode read(byte[] bytes) throws IOException {
    try {
      JsonNode json = MAPPER.readTree(bytes);
      if (json instanceof ObjectNode) return json;
    } catch (JacksonException torn) {
      throw new IOException("not JSON: " + torn.getOriginalMessage(), torn);
    }
    throw new IOException("not a JSON object");
  }

  private String sealedText(JsonNode json) throws IOException {
    return json.has("sealed") ? seal.open(text(json, "sealed")) : text(json, "text");
  }

  private static String text(JsonNode json, String key) {
    JsonNode value = json.required(key);
    if (!value.isString()) throw new IllegalArgumentException(key + ": no text");
    return value.stringValue();
  }

  private ArrayNode files(List<SourceText> files) throws IOException {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    for (SourceText file : files) {
      list.addObject()
          .put("name", file.name())
          .put("path", file.file().toString())
          .put("sealed", seal.seal(file.text()));
    }
    return list;
  }

  private List<SourceText> files(JsonNode list) throws IOException {
    List<SourceText> files = new ArrayList<>();
    for (JsonNode file : list) {
      try {
        files.add(
            new SourceText(text(file, "name"), Path.of(text(file, "path")), sealedText(file)));
      } catch (InvalidPathException wrong) {
        throw new IllegalArgumentException("path: " + wrong.getMessage(), wrong);
      }
    }
    if (files.isEmpty()) throw new IllegalArgumentException("files: none");
    return files;
  }

  private ArrayNode edits(List<LayerEdit> edits) throws IOException {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    for (LayerEdit each : edits) {
      list.addObject()
          .put("op", each.edit().op().name().toLowerCase(Locale.ROOT))
          .put("path", each.edit().path())
          .put("sealed", seal.seal(each.edit().text()))
          .put("who", each.who())
          .put("ephemeral", each.ephemeral());
    }
    return list;
  }

  private List<LayerEdit> edits(JsonNode list) throws IOException {
    List<LayerEdit> edits = new ArrayList<>();
    for (JsonNode each : list) {
      edits.add(
          new LayerEdit(
              new ConfigEdit(
                  ConfigEdit.Op.valueOf(text(each, "op").toUpperCase(Locale.ROOT)),
                  text(each, "path"),
                  sealedText(each)),
              text(each, "who"),
              each.required("ephemeral").booleanValue()));
    }
    return edits;
  }
}
