package io.fairlead.http.files;

import io.fairlead.net.http.FieldEdits;
import io.fairlead.net.http.Fields;
import java.util.List;
import java.util.Optional;

/**
 * Whose scripts may read the files (the Fetch standard's CORS protocol, for reading only).
 *
 * @param origins such as {@code https://app.example.org}; {@code *} for everybody
 */
public record CrossOrigin(List<String> origins) {
  public static final CrossOrigin NONE = new CrossOrigin(List.of());

  public CrossOrigin {
    origins = List.copyOf(origins);
  }

  /** Whether the answer depends on who asks. */
  boolean variesByOrigin() {
    return !origins.isEmpty() && !origins.contains("*");
  }

  /** Adds what lets the asking script read the answer, when it may. */
  void allow(Fields request, List<FieldEdits.Field> out) {
    if (origins.isEmpty()) return;
    if (origins.contains("*")) {
      out.add(new FieldEdits.Field("Access-Control-Allow-Origin", "*"));
      return;
    }
    Optional<String> origin = request.first("origin");
    if (origin.isPresent() && origins.contains(origin.get())) {
      out.add(new FieldEdits.Field("Access-Control-Allow-Origin", origin.get()));
    }
  }
}
