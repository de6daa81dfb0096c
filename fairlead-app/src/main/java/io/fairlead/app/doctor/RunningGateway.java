package io.fairlead.app.doctor;

import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The gateway that answers at its control API.
 *
 * @param pid its process
 * @param says its answers as JSON, by path; what it did not answer is missing
 */
public record RunningGateway(long pid, Map<String, String> says) {
  /** What the checks read. */
  public static final String LISTENERS = "/v1/listeners";

  public static final String TUNNELS = "/v1/tunnels";
  public static final String RELAY = "/v1/relay";

  private static final JsonMapper JSON = JsonMapper.shared();

  public RunningGateway {
    says = Map.copyOf(says);
  }

  /** One of its answers. */
  Optional<JsonNode> said(String path) {
    String text = says.get(path);
    if (text == null) return Optional.empty();
    try {
      return Optional.of(JSON.readTree(text));
    } catch (JacksonException garbled) {
      return Optional.empty(); // by another program, or another version
    }
  }
}
