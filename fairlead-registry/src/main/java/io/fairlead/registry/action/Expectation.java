package io.fairlead.registry.action;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * What a process must look like before it gets a signal.
 *
 * @param command found anywhere in its arguments
 * @param user its effective user, by name or number
 */
public record Expectation(Optional<Pattern> command, Optional<String> user) {
  /** A match that takes more looks at the text than this is no match. */
  private static final int STEPS_MAX = 100_000;

  public static final Expectation ANY = new Expectation(Optional.empty(), Optional.empty());

  public static final RecordType<Expectation> TYPE =
      RecordType.define(
          "registry_expect",
          "What the process must look like, or it gets no signal.",
          fields -> {
            Field<Optional<Pattern>> command =
                fields
                    .key(
                        "command",
                        Types.<Pattern>literal(
                            Codes.BAD_TEXT,
                            "a regular expression such as ^/usr/sbin/nginx",
                            Map.of("type", "string"),
                            Expectation::pattern,
                            Pattern::pattern),
                        "A regular expression found in its command line.")
                    .optional();
            Field<Optional<String>> user =
                fields
                    .key("user", Types.string(), "Its effective user, by name or number.")
                    .optional();
            return values -> new Expectation(values.get(command), values.get(user));
          });

  private static Optional<Pattern> pattern(String text) {
    try {
      return Optional.of(Pattern.compile(text));
    } catch (PatternSyntaxException malformed) {
      return Optional.empty();
    }
  }

  /** Empty when the process fits, else why not. */
  Optional<String> objection(ProcessIdentity found) {
    if (user.isPresent() && !user.get().equals(found.user())) {
      return Optional.of("runs as " + found.user() + ", not " + user.get());
    }
    if (command.isPresent() && !finds(command.get(), found.command())) {
      return Optional.of("its command line does not match " + command.get().pattern());
    }
    return Optional.empty();
  }

  private static boolean finds(Pattern pattern, String text) {
    try {
      return pattern.matcher(new Counted(text, 0, text.length(), new int[1])).find();
    } catch (TooManySteps never) {
      return false;
    }
  }

  private static final class TooManySteps extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooManySteps() {
      super("too many steps", null, false, false);
    }
  }

  /** A text that ends a match which looks at it too often. */
  private record Counted(String text, int from, int to, int[] steps) implements CharSequence {
    @Override
    public int length() {
      return to - from;
    }

    @Override
    public char charAt(int index) {
      if (++steps[0] > STEPS_MAX) throw new TooManySteps();
      return text.charAt(from + index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new Counted(text, from + start, from + end, steps);
    }

    @Override
    public String toString() {
      return text.substring(from, to);
    }
  }
}
