package io.fairlead.control.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * An answer.
 *
 * @param contentType empty when there is no body
 * @param afterwards runs once when the answer has left, or can no longer leave
 * @param feed what the body is made of as it comes, instead of {@code body}
 */
public record Reply(
    int status,
    String contentType,
    byte[] body,
    List<Field> fields,
    Runnable afterwards,
    Optional<Feed> feed) {
  /** One response field. */
  public record Field(String name, String value) {}

  public Reply {
    fields = List.copyOf(fields);
  }

  /** An answer with a body. */
  public static Reply of(int status, String contentType, byte[] body) {
    return new Reply(status, contentType, body, List.of(), () -> {}, Optional.empty());
  }

  /** An answer whose body comes piece by piece. */
  public static Reply live(String contentType, Feed feed) {
    return new Reply(200, contentType, new byte[0], List.of(), () -> {}, Optional.of(feed));
  }

  static Reply text(int status, String text) {
    return of(
        status,
        "text/plain; charset=utf-8",
        (text + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  static Reply json(int status, JsonNode node) {
    return of(status, "application/json", Json.bytes(node));
  }

  /** An answer without a body. */
  public static Reply empty(int status) {
    return of(status, "", new byte[0]);
  }

  /** An error in the one form all errors have. */
  public static Reply error(int status, String code, String message, String hint, long generation) {
    return json(status, Reports.error(code, message, hint, List.of(), generation, false))
        .with("X-Fairlead-Error", code);
  }

  public Reply with(String name, String value) {
    List<Field> more = new ArrayList<>(fields);
    more.add(new Field(name, value));
    return new Reply(status, contentType, body, more, afterwards, feed);
  }

  Reply then(Runnable action) {
    return new Reply(status, contentType, body, fields, action, feed);
  }
}
