package io.fairlead.pubsub.request;

import io.fairlead.pubsub.Json;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.PubSubException.RpcError;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Reads a server's errors and says what can be done about them. */
public final class RpcErrors {
  private static final Duration HINT_MAX = Duration.ofMinutes(5);
  private static final Set<Long> RETRYABLE = Set.of(429L, -32005L, -32055L, 1008L);
  private static final List<String> RETRYABLE_TEXTS =
      List.of(
          "rate limit",
          "rate exceeded",
          "too many requests",
          "credits limited",
          "request limit",
          "maximum number of concurrent requests",
          "header not found");
  private static final Pattern TRY_AGAIN = Pattern.compile("try again in (\\d{1,7}) ?(ms|s)\\b");
  private static final int NO_CODE = 0;

  private RpcErrors() {}

  /**
   * An error object; anything else becomes an error with that text.
   *
   * @param error the value of the member {@code error}
   */
  public static RpcError read(JsonSlice error) {
    JsonNode node;
    try {
      node = Json.tree(error);
    } catch (PubSubException.DecodeError _) {
      return new RpcError(NO_CODE, "unreadable error", Optional.empty(), Optional.empty());
    }
    if (!node.isObject())
      return new RpcError(
          NO_CODE,
          node.isString() ? node.stringValue() : error.toString(),
          Optional.empty(),
          Optional.empty());
    JsonNode code = node.path("code");
    String text = node.path("message").asString("");
    JsonNode data = node.path("data");
    return new RpcError(
        code.isIntegralNumber() && code.canConvertToLong() ? code.longValue() : NO_CODE,
        text,
        data.isMissingNode() ? Optional.empty() : Optional.of(Json.write(data)),
        hint(text, data));
  }

  private static Optional<Duration> hint(String text, JsonNode data) {
    JsonNode backoff = data.path("rate").path("backoff_seconds");
    Optional<Duration> wait = Optional.empty();
    if (backoff.isNumber()) {
      wait =
          Optional.of(Duration.ofMillis((long) (Math.clamp(backoff.doubleValue(), 0, 300) * 1000)));
    } else {
      Matcher matcher = TRY_AGAIN.matcher(text.toLowerCase(Locale.ROOT));
      if (matcher.find()) {
        long number = Long.parseLong(matcher.group(1));
        wait =
            Optional.of(
                matcher.group(2).equals("ms")
                    ? Duration.ofMillis(number)
                    : Duration.ofSeconds(number));
      }
    }
    return wait.map(each -> each.compareTo(HINT_MAX) > 0 ? HINT_MAX : each);
  }

  /** Whether the same request may succeed later. */
  public static boolean retryable(RpcError error) {
    if (RETRYABLE.contains(error.code())) return true;
    String text = error.text().toLowerCase(Locale.ROOT);
    if (error.code() == -32016 && text.contains("rate limit")) return true;
    if (error.code() == -32012 && text.contains("credits")) return true;
    if (error.code() == -32007 && text.contains("request limit reached")) return true;
    return RETRYABLE_TEXTS.stream().anyMatch(text::contains);
  }

  /** A result that is an error in disguise, as some servers send it. */
  public static Optional<RpcError> disguised(JsonSlice result) {
    if (result.length() < 8 || result.length() > 4096 || result.at(0) != '{')
      return Optional.empty();
    JsonNode node;
    try {
      node = Json.tree(result);
    } catch (PubSubException.DecodeError _) {
      return Optional.empty();
    }
    if (!node.path("code").isIntegralNumber() || !node.path("message").isString())
      return Optional.empty();
    return Optional.of(read(result));
  }

  /** Whether the server knows the transaction already. */
  public static boolean knownTransaction(RpcError error) {
    String text = error.text().toLowerCase(Locale.ROOT);
    return text.contains("already known")
        || text.contains("already imported")
        || text.contains("nonce too low")
        || text.contains("known transaction");
  }
}
