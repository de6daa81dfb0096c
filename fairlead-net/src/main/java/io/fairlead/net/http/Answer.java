package io.fairlead.net.http;

import io.fairlead.net.http.codec.Reject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A whole small response of our own.
 *
 * @param errorCode sent as {@code X-Fairlead-Error} when not empty, and then the body is rendered
 *     by the client's {@code Accept}: JSON {@code {code, message, hint}} or one text line
 * @param close whether the connection ends after it
 */
public record Answer(
    int status,
    String errorCode,
    String message,
    String hint,
    String contentType,
    byte[] body,
    List<FieldEdits.Field> fields,
    boolean close) {
  public Answer {
    fields = List.copyOf(fields);
  }

  /** An error in our own words. */
  public static Answer error(int status, String code, String message) {
    return new Answer(status, code, message, "", "", new byte[0], List.of(), false);
  }

  /** A fault of our own, of which the client learns no more; the connection ends. */
  public static Answer internal() {
    return error(500, "internal", "internal error").closing();
  }

  /** What the codec refused; the connection ends. */
  public static Answer refusal(Reject reason) {
    Answer answer = error(reason.status(), reason.code(), reason.message()).closing();
    return reason == Reject.METHOD_NOT_ALLOWED
        ? answer.with("Allow", "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH")
        : answer;
  }

  /** An answer with a body. */
  public static Answer of(int status, String contentType, byte[] body) {
    return new Answer(status, "", "", "", contentType, body, List.of(), false);
  }

  public static Answer text(int status, String text) {
    return of(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
  }

  public static Answer json(int status, String json) {
    return of(status, "application/json", json.getBytes(StandardCharsets.UTF_8));
  }

  public static Answer empty(int status) {
    return of(status, "", new byte[0]);
  }

  /** Whether it has a field of that name, ignoring case. */
  public boolean has(String fieldName) {
    for (int i = 0; i < fields.size(); i++) {
      if (fields.get(i).name().equalsIgnoreCase(fieldName)) return true;
    }
    return false;
  }

  /** With its body: an error's is made from its words and what the client accepts. */
  public Answer rendered(Fields accept) {
    if (errorCode.isEmpty()) return this;
    ErrorBody error = ErrorBody.of(this, accept);
    return new Answer(
        status, errorCode, message, hint, error.contentType(), error.bytes(), fields, close);
  }

  public Answer withHint(String fix) {
    return new Answer(status, errorCode, message, fix, contentType, body, fields, close);
  }

  public Answer with(String name, String value) {
    List<FieldEdits.Field> more = new ArrayList<>(fields);
    more.add(new FieldEdits.Field(name, value));
    return new Answer(status, errorCode, message, hint, contentType, body, more, close);
  }

  /** The same answer, after which the connection ends. */
  public Answer closing() {
    return new Answer(status, errorCode, message, hint, contentType, body, fields, true);
  }
}
