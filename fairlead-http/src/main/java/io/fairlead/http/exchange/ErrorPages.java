package io.fairlead.http.exchange;

import io.fairlead.net.http.Answer;
import io.fairlead.net.http.FieldEdits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A site's own bodies for the errors the gateway answers itself. Immutable.
 *
 * @param pages by status, or by its first digit
 */
public record ErrorPages(Map<Integer, Page> pages) {
  public static final ErrorPages NONE = new ErrorPages(Map.of());

  /** A body. */
  public record Page(String contentType, byte[] body) {}

  public ErrorPages {
    pages = Map.copyOf(pages);
  }

  Answer dress(Answer answer) {
    if (pages.isEmpty() || answer.status() < 400) return answer;
    @Nullable Page page = pages.get(answer.status());
    if (page == null) page = pages.get(answer.status() / 100);
    if (page == null) return answer;
    List<FieldEdits.Field> fields = new ArrayList<>(answer.fields());
    if (!answer.errorCode().isEmpty()) {
      fields.add(new FieldEdits.Field("X-Fairlead-Error", answer.errorCode()));
    }
    return new Answer(
        answer.status(), "", "", "", page.contentType(), page.body(), fields, answer.close());
  }
}
