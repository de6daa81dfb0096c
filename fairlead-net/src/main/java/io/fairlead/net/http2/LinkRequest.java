package io.fairlead.net.http2;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What one end of a {@link StreamLink} asks the other for with a new stream.
 *
 * @param method of HTTP, as {@code CONNECT} or {@code POST}
 * @param protocol of an extended CONNECT (RFC 8441 §4)
 * @param authority what {@code :authority} says
 * @param path what {@code :path} says; none in a plain CONNECT (RFC 9113 §8.5)
 * @param fields others, lower-case names, in order
 */
public record LinkRequest(
    String method,
    Optional<String> protocol,
    String authority,
    Optional<String> path,
    List<Map.Entry<String, String>> fields) {
  public LinkRequest {
    fields = List.copyOf(fields);
    for (Map.Entry<String, String> field : fields) {
      if (!field.getKey().equals(field.getKey().toLowerCase(Locale.ROOT))) {
        throw new IllegalArgumentException("field: " + field.getKey() + " (expected: lower case)");
      }
    }
  }

  /** A byte stream to what the authority names. */
  public static LinkRequest connect(String authority, List<Map.Entry<String, String>> fields) {
    return new LinkRequest("CONNECT", Optional.empty(), authority, Optional.empty(), fields);
  }

  /** The first value of a field. */
  public Optional<String> field(String lowerCaseName) {
    for (Map.Entry<String, String> field : fields) {
      if (field.getKey().equals(lowerCaseName)) return Optional.of(field.getValue());
    }
    return Optional.empty();
  }
}
