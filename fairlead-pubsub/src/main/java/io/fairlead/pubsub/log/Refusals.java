package io.fairlead.pubsub.log;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a node means by an error that answers a question about logs. There is no common code: nodes
 * and providers use a handful of them, and say in words what it was.
 */
public final class Refusals {
  private static final Pattern RATE =
      Pattern.compile(
          "rate|too many requests|request count|credits|concurrent requests|requests? limit"
              + "|per second|capacity");
  private static final Pattern TOO_MUCH =
      Pattern.compile(
          "range|limit|exceed|too many|more than|max results|timeout|timed out|too large");
  private static final Pattern UNKNOWN =
      Pattern.compile(
          "unknown block|not found|could not find|does ?n.t exist|does not exist|no"
              + " block|nonexistent|non-existent|invalid block hash|unfinalized");
  private static final Pattern RANGE =
      Pattern.compile("\\[\\s*(0x[0-9a-f]{1,15})\\s*,\\s*(0x[0-9a-f]{1,15})\\s*]");
  private static final Pattern SPAN =
      Pattern.compile(
          "(?:limited to|block range:?|max(?:imum)? is|max(?:imum)? allowed is|up to)"
              + "\\s+(?:a\\s+)?([0-9][0-9,_]{0,12})\\s*(k?)");

  private Refusals() {}

  /**
   * Reads an error answer.
   *
   * @param text as the server sent it
   * @param retryAfter what it asks for beside, zero for nothing
   */
  public static Answer read(long code, String text, Duration retryAfter) {
    String lower = text.toLowerCase(Locale.ROOT);
    boolean spoken = code == -32602 || code == -32000 || code == -32603 || code == 35;
    boolean rate = RATE.matcher(lower).find() || code == 429;
    if (!rate && (code == -32005 || (spoken && TOO_MUCH.matcher(lower).find()))) {
      return new Answer.TooMuch(span(lower));
    }
    if (!rate && UNKNOWN.matcher(lower).find()) return new Answer.UnknownBlock();
    return new Answer.Failed(retryAfter);
  }

  private static OptionalLong span(String lower) {
    Matcher range = RANGE.matcher(lower);
    if (range.find()) {
      long from = Long.parseLong(range.group(1), 2, range.group(1).length(), 16);
      long to = Long.parseLong(range.group(2), 2, range.group(2).length(), 16);
      return to >= from ? OptionalLong.of(to - from + 1) : OptionalLong.empty();
    }
    Matcher span = SPAN.matcher(lower);
    Optional<String> digits =
        span.find() ? Optional.of(span.group(1).replaceAll("[,_]", "")) : Optional.empty();
    if (digits.isEmpty()) return OptionalLong.empty();
    long blocks = Long.parseLong(digits.get()) * (span.group(2).isEmpty() ? 1 : 1000);
    return blocks >= 1 ? OptionalLong.of(blocks) : OptionalLong.empty();
  }
}
