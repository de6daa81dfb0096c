package io.fairlead.http.files;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Content codings (RFC 9110 §8.4.1) of files that lie next to the originals, or made on the way.
 */
public enum Coding {
  BR("br", ".br"),
  ZSTD("zstd", ".zst"),
  GZIP("gzip", ".gz");

  private final String token;
  private final String suffix;

  Coding(String token, String suffix) {
    this.token = token;
    this.suffix = suffix;
  }

  /** As {@code Content-Encoding} writes it. */
  public String token() {
    return token;
  }

  /** What is appended to the original's file name. */
  public String suffix() {
    return suffix;
  }

  /** Whether this machine can make it; the encoders of br and zstd are native code. */
  public boolean available() {
    return switch (this) {
      case BR -> Encoders.brotli();
      case ZSTD -> Encoders.zstd();
      case GZIP -> true;
    };
  }

  /** Compresses what is written to it; closing it ends the coding. */
  OutputStream encoder(OutputStream to) throws IOException {
    return switch (this) {
      case BR -> Encoders.brotli(to);
      case ZSTD -> Encoders.zstd(to);
      case GZIP -> Encoders.gzip(to);
    };
  }

  /**
   * The codings worth looking for, best first (RFC 9110 §12.5.3): those the client prefers to the
   * plain file, by its weights and then by ours.
   *
   * @param acceptEncoding values of {@code Accept-Encoding}; none means plain only
   * @param offered ours, in order of preference
   */
  static List<Coding> acceptable(List<String> acceptEncoding, List<Coding> offered) {
    if (acceptEncoding.isEmpty() || offered.isEmpty()) return List.of();
    List<Weighted> weights = parse(acceptEncoding);
    int identity = weightOf("identity", weights, false);
    List<Coding> chosen = new ArrayList<>(offered);
    chosen.removeIf(
        coding -> {
          int weight = weightOf(coding.token, weights, true);
          return weight <= 0 || weight < identity;
        });
    chosen.sort(
        (a, b) ->
            Integer.compare(weightOf(b.token, weights, true), weightOf(a.token, weights, true)));
    return chosen;
  }

  private record Weighted(String token, int thousandths) {}

  private static List<Weighted> parse(List<String> values) {
    List<Weighted> weights = new ArrayList<>();
    for (String value : values) {
      for (String element : value.split(",", 64)) {
        String[] parts = element.split(";", 4);
        String token = parts[0].strip().toLowerCase(Locale.ROOT);
        if (token.isEmpty()) continue;
        int weight = 1000;
        for (int i = 1; i < parts.length; i++) {
          String parameter = parts[i].strip().toLowerCase(Locale.ROOT);
          if (parameter.startsWith("q=")) weight = thousandths(parameter.substring(2));
        }
        weights.add(new Weighted(token.equals("x-gzip") ? "gzip" : token, weight));
      }
    }
    return weights;
  }

  /** Weight of a token, -1 when it is not mentioned. */
  private static int weightOf(String token, List<Weighted> weights, boolean byStar) {
    int star = -1;
    for (Weighted weighted : weights) {
      if (weighted.token.equals(token)) return weighted.thousandths;
      if (weighted.token.equals("*")) star = weighted.thousandths;
    }
    return byStar ? star : -1;
  }

  /** A qvalue; a malformed one counts as 0, so that what was not understood is not sent. */
  private static int thousandths(String text) {
    if (!text.matches("0(\\.[0-9]{0,3})?|1(\\.0{0,3})?")) return 0;
    String digits = text.length() > 2 ? text.substring(2) : "";
    int fraction = digits.isEmpty() ? 0 : Integer.parseInt((digits + "00").substring(0, 3));
    return text.charAt(0) == '1' ? 1000 : fraction;
  }
}
