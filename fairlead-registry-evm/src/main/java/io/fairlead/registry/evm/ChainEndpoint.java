package io.fairlead.registry.evm;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import tools.jackson.databind.JsonNode;

/** One endpoint of a chain. Thread-safe. */
public interface ChainEndpoint {
  /** Its name in configuration, for status and meters; never its address. */
  String alias();

  /**
   * Calls a method that changes nothing.
   *
   * @param params JSON array
   * @return the {@code result}, which may be null; or a {@link ChainException}
   */
  CompletionStage<JsonNode> call(String method, String params, Duration timeout);
}
