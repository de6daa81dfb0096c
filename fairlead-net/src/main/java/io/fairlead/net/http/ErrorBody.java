package io.fairlead.net.http;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The body of an error answer: JSON for those who ask for it, else one line of text. */
record ErrorBody(String contentType, byte[] bytes) {
  /**
   * @param fields of the request, as far as they are known; null when none are
   */
  static ErrorBody of(Answer answer, @Nullable Fields fields) {
    return fields != null && wantsJson(fields) ? json(answer) : text(answer);
  }

  private static ErrorBody json(Answer answer) {
    StringBuilder out = new StringBuilder(128).append("{\"code\":");
    quote(out, answer.errorCode());
    quote(out.append(",\"message\":"), answer.message());
    if (!answer.hint().isEmpty()) quote(out.append(",\"hint\":"), answer.hint());
    out.append("}\n");
    return new ErrorBody("application/json", out.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static ErrorBody text(Answer answer) {
    String hint = answer.hint().isEmpty() ? "" : " (" + answer.hint() + ")";
    String line = answer.status() + " " + answer.message() + hint + "\n";
    return new ErrorBody("text/plain; charset=utf-8", line.getBytes(StandardCharsets.UTF_8));
  }

  private static boolean wantsJson(Fields fields) {
    for (int i = 0; i < fields.size(); i++) {
      if (fields.nameIs(i, "accept") && fields.value(i).contains("json")) return true;
    }
    return false;
  }

  private static void quote(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        default -> {
          if (c < 0x20) {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
