package io.fairlead.core.config;

import io.fairlead.core.config.Node.Scalar;
import io.fairlead.core.unit.Secret;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Absolute URLs with a host. One with user information is treated as the secret it holds. */
final class UrlType extends ScalarType<URI> {
  private final List<String> schemes;

  UrlType(List<String> schemes) {
    if (schemes.isEmpty()) throw new IllegalArgumentException("schemes: none");
    this.schemes = List.copyOf(schemes);
  }

  @Override
  boolean hushed(Scalar scalar) {
    return scalar.text().contains("@");
  }

  @Override
  Outcome<URI> parse(Scalar scalar, ReadContext context) {
    try {
      URI url = new URI(scalar.text());
      String scheme = url.getScheme();
      boolean wanted =
          scheme != null
              && schemes.contains(scheme.toLowerCase(Locale.ROOT))
              && url.getHost() != null
              && url.getPort() <= 65_535;
      if (wanted) return new Outcome.Good<>(url);
    } catch (URISyntaxException _) {
      // said below; its message repeats the text
    }
    boolean bare = !scalar.text().contains(":/") && !hushed(scalar);
    return new Outcome.Bad<>(
        Codes.BAD_URL,
        "is not a URL with a host and scheme " + String.join(" or ", schemes),
        bare
            ? Outcome.literal(
                scalar, "did you mean `" + schemes.getFirst() + "://" + scalar.text() + "`?", "")
            : "");
  }

  @Override
  Map<String, Object> schema() {
    return Tree.map("type", "string", "pattern", "^(" + String.join("|", schemes) + ")://.+");
  }

  @Override
  public String describe() {
    return "a URL such as " + schemes.getFirst() + "://host/path";
  }

  @Override
  public Object print(URI value) {
    String text = value.toString();
    return value.getRawUserInfo() == null ? text : Secret.of(text);
  }
}
