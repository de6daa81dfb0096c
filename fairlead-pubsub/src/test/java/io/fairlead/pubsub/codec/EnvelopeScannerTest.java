package io.fairlead.pubsub.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.pubsub.Json;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.PubSubException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class EnvelopeScannerTest {
  private final EnvelopeScanner scanner = new EnvelopeScanner();

  private EnvelopeScanner.Kind scan(String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    return scanner.scan(bytes, 0, bytes.length);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"id\":7,\"result\":1}|RESPONSE",
        "{\"id\":\"7\",\"result\":1}|RESPONSE",
        " \t{ \"result\" : [ ] , \"id\" : 7 } |RESPONSE",
        "{\"id\":7,\"error\":{\"code\":1}}|RESPONSE",
        "{\"id\":null,\"error\":{}}|LONE_ERROR",
        "{\"error\":\"x\"}|LONE_ERROR",
        "{\"params\":{\"subscription\":1,\"result\":2}}|NOTIFICATION",
        "{\"method\":\"m\",\"params\":{\"result\":{\"subscription\":9},\"subscription\":\"a\"}}|NOTIFICATION",
        "{\"id\":7,\"params\":{\"subscription\":1,\"result\":2}}|RESPONSE",
        "{\"params\":[1]}|OTHER",
        "{\"id\":\"x\",\"result\":1}|OTHER",
        "{\"id\":1.5,\"result\":1}|OTHER",
        "{\"id\":-1,\"result\":1}|OTHER",
        "{\"id\":1234567890123456789,\"result\":1}|OTHER",
        "{}|OTHER",
        "7|OTHER",
        "{\"id\":7,\"id\":7}|REJECTED",
        "{\"id\":7,\"result\":1,\"result\":1}|REJECTED",
        "{\"id\":7,\"error\":1,\"error\":1}|REJECTED",
        "{\"params\":{},\"params\":{}}|REJECTED",
        "{\"params\":{\"subscription\":1,\"subscription\":1}}|REJECTED",
        "{\"id\":7,\"result\":[}]}|REJECTED",
        "{\"id\":7|REJECTED",
        "{\"id\":7,}|REJECTED",
        "{\"id\" 7}|REJECTED",
        "{\"id\":}|REJECTED",
        "{\"id\":7} x|REJECTED",
        "too many requests|REJECTED"
      })
  void tellsMessagesApart(String json, EnvelopeScanner.Kind kind) {
    assertThat(scan(json)).isEqualTo(kind);
  }

  @Test
  void findsTheRangesOfWhatMatters() {
    String json =
        "{\"a\":\"}\\\"{\",\"params\":{\"subscription\":\"0xA\",\"x\":{\"result\":1},"
            + "\"result\":{\"k\":[1,\"]\"]}}}";
    assertThat(scan(json)).isEqualTo(EnvelopeScanner.Kind.NOTIFICATION);
    assertThat(json.substring(scanner.subscriptionFrom(), scanner.subscriptionTo()))
        .isEqualTo("\"0xA\"");
    assertThat(json.substring(scanner.resultFrom(), scanner.resultTo()))
        .isEqualTo("{\"k\":[1,\"]\"]}");
    assertThat(scanner.hasError()).isFalse();
  }

  @Test
  void depthIsBounded() {
    int most = JsonBytes.DEPTH_MAX - 1; // the message itself is a level
    assertThat(scan("{\"id\":1,\"result\":" + "[".repeat(most) + "]".repeat(most) + "}"))
        .isEqualTo(EnvelopeScanner.Kind.RESPONSE);
    assertThat(scan("{\"id\":1,\"result\":" + "[".repeat(100_000)))
        .isEqualTo(EnvelopeScanner.Kind.REJECTED);
    assertThat(scan("{\"id\":1,\"result\":" + "[".repeat(most + 1) + "]".repeat(most + 1) + "}"))
        .isEqualTo(EnvelopeScanner.Kind.REJECTED);
  }

  /** Whatever a strict parser takes for a response, this one takes for the same response. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void agreesWithAStrictParser(long seed) {
    Random random = new Random(seed);
    List<String> disagreed = new ArrayList<>();
    for (int i = 0; i < 4000; i++) {
      String json =
          mutated(
              random,
              "{\"jsonrpc\":\"2.0\",\"id\":"
                  + random.nextInt(100)
                  + ",\"result\":"
                  + value(random, 0)
                  + "}");
      EnvelopeScanner.Kind kind = scan(json);
      JsonNode tree;
      try {
        tree = Json.tree(JsonSlice.of(json));
      } catch (PubSubException.DecodeError _) {
        continue; // the scanner may be lenient about what it skips
      }
      if (!tree.isObject()) continue;
      boolean response = tree.path("id").isIntegralNumber() && tree.path("id").longValue() >= 0;
      if (response != (kind == EnvelopeScanner.Kind.RESPONSE)) disagreed.add(json);
      else if (response && tree.has("result")) {
        String found =
            new String(
                json.getBytes(StandardCharsets.UTF_8),
                scanner.resultFrom(),
                scanner.resultTo() - scanner.resultFrom(),
                StandardCharsets.UTF_8);
        if (!Json.tree(JsonSlice.of(found)).equals(tree.path("result"))) disagreed.add(json);
      }
    }
    assertThat(disagreed).as("seed " + seed).isEmpty();
  }

  private static String mutated(Random random, String json) {
    if (random.nextInt(3) == 0) return json;
    StringBuilder text = new StringBuilder(json);
    int at = random.nextInt(json.length());
    switch (random.nextInt(3)) {
      case 0 -> text.deleteCharAt(at);
      case 1 -> text.insert(at, "{}[]\",:\\ 1".charAt(random.nextInt(10)));
      default -> text.setCharAt(at, "{}[]\",:\\ 1".charAt(random.nextInt(10)));
    }
    return text.toString();
  }

  private static String value(Random random, int depth) {
    return switch (random.nextInt(depth > 3 ? 4 : 6)) {
      case 0 -> Integer.toString(random.nextInt());
      case 1 -> "\"" + "0x" + Long.toHexString(random.nextLong()) + "\\\"\\\\{\"";
      case 2 -> "null";
      case 3 -> "true";
      case 4 -> "[" + value(random, depth + 1) + "," + value(random, depth + 1) + "]";
      default ->
          "{\"k\":" + value(random, depth + 1) + ",\"result\":" + value(random, depth + 1) + "}";
    };
  }
}
