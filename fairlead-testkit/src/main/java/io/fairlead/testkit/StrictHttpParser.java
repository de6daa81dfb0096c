package io.fairlead.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads HTTP/1 messages and refuses whatever two parsers could understand differently: bare LF or
 * CR, folded fields, space before a colon, two or listed lengths, a length beside a transfer
 * coding, any transfer coding but {@code chunked}, chunk extensions, more or fewer than one {@code
 * Host}.
 *
 * <p>Stateless; each call reads exactly one message from its stream and not a byte more.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9112">RFC 9112</a>
 */
public final class StrictHttpParser {
  private static final int LINE_MAX = 1 << 20;
  private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

  /** One field line, the value without surrounding whitespace. */
  public record Field(String name, String value) {}

  /** One request. {@code trailers} only after a chunked body. */
  public record Request(
      String method,
      String target,
      int minorVersion,
      List<Field> fields,
      byte[] body,
      List<Field> trailers) {
    /** First value of that name, ignoring case. */
    public Optional<String> field(String name) {
      return StrictHttpParser.all(fields, name).stream().findFirst();
    }

    /** Every value of that name, in order. */
    public List<String> fieldsNamed(String name) {
      return StrictHttpParser.all(fields, name);
    }

    /** The body as UTF-8. */
    public String text() {
      return new String(body, java.nio.charset.StandardCharsets.UTF_8);
    }
  }

  /** One response. */
  public record Response(
      int status,
      String reason,
      int minorVersion,
      List<Field> fields,
      byte[] body,
      List<Field> trailers) {
    /** First value of that name, ignoring case. */
    public Optional<String> field(String name) {
      return StrictHttpParser.all(fields, name).stream().findFirst();
    }

    /** Every value of that name, in order. */
    public List<String> fieldsNamed(String name) {
      return StrictHttpParser.all(fields, name);
    }

    /** The body as UTF-8. */
    public String text() {
      return new String(body, java.nio.charset.StandardCharsets.UTF_8);
    }
  }

  private StrictHttpParser() {}

  /**
   * All requests of a byte stream that must end at a message boundary.
   *
   * @throws IOException malformed, ambiguous or cut short
   */
  public static List<Request> requests(byte[] stream) throws IOException {
    InputStream in = new ByteArrayInputStream(stream);
    List<Request> found = new ArrayList<>();
    for (Optional<Request> next = request(in); next.isPresent(); next = request(in)) {
      found.add(next.get());
    }
    return found;
  }

  /**
   * The next request, or empty when the stream ends before its first byte.
   *
   * @throws EOFException the stream ends inside the message
   * @throws MalformedHttpException it is wrong or ambiguous
   */
  public static Optional<Request> request(InputStream in) throws IOException {
    Optional<String> first = firstLine(in);
    if (first.isEmpty()) return Optional.empty();
    String[] parts = first.get().split(" ", -1);
    if (parts.length != 3) throw malformed("request line", first.get());
    requireToken("method", parts[0]);
    if (parts[1].isEmpty()) throw malformed("request target", first.get());
    requireVisible("request target", parts[1]);
    int minor = minorVersion(parts[2]);
    List<Field> fields = fields(in);
    int hosts = all(fields, "host").size();
    if (hosts > 1 || (hosts == 0 && minor == 1)) throw malformed("Host count", "" + hosts);
    List<Field> trailers = new ArrayList<>();
    byte[] body = body(in, fields, minor, false, trailers);
    return Optional.of(new Request(parts[0], parts[1], minor, fields, body, trailers));
  }

  /**
   * The next response.
   *
   * @param requestMethod what was asked: a response to HEAD, and a 2xx to CONNECT, has no body
   * @throws EOFException the stream ends inside the message or before it
   * @throws MalformedHttpException it is wrong or ambiguous
   */
  public static Response response(InputStream in, String requestMethod) throws IOException {
    String line = firstLine(in).orElseThrow(() -> new EOFException("no response"));
    int afterVersion = line.indexOf(' ');
    if (afterVersion < 0) throw malformed("status line", line);
    int minor = minorVersion(line.substring(0, afterVersion));
    String rest = line.substring(afterVersion + 1);
    if (rest.length() < 4 || rest.charAt(3) != ' ') throw malformed("status line", line);
    String digits = rest.substring(0, 3);
    if (!digits.chars().allMatch(c -> c >= '0' && c <= '9')) throw malformed("status", line);
    int status = Integer.parseInt(digits);
    if (status < 100 || status > 599) throw malformed("status", line);
    List<Field> fields = fields(in);
    boolean bodiless = status < 200 || status == 204;
    if (bodiless) {
      if (!all(fields, "content-length").isEmpty() || !all(fields, "transfer-encoding").isEmpty()) {
        throw malformed("framing of a response without body", line);
      }
    }
    boolean connected = requestMethod.equals("CONNECT") && status / 100 == 2;
    boolean empty = bodiless || status == 304 || connected || requestMethod.equals("HEAD");
    List<Field> trailers = new ArrayList<>();
    byte[] body = empty ? new byte[0] : body(in, fields, minor, true, trailers);
    return new Response(status, rest.substring(4), minor, fields, body, trailers);
  }

  private static List<String> all(List<Field> fields, String name) {
    return fields.stream().filter(f -> f.name().equalsIgnoreCase(name)).map(Field::value).toList();
  }

  private static Optional<String> firstLine(InputStream in) throws IOException {
    int first = in.read();
    return first < 0 ? Optional.empty() : Optional.of(line(in, first));
  }

  private static List<Field> fields(InputStream in) throws IOException {
    List<Field> fields = new ArrayList<>();
    for (String line = line(in, required(in)); !line.isEmpty(); line = line(in, required(in))) {
      int colon = line.indexOf(':');
      if (colon <= 0) throw malformed("field", line);
      String name = line.substring(0, colon);
      requireToken("field name", name);
      String value = trim(line.substring(colon + 1));
      for (int i = 0; i < value.length(); i++) {
        char c = value.charAt(i);
        if ((c < 0x20 && c != '\t') || c == 0x7f) throw malformed("field value", line);
      }
      fields.add(new Field(name, value));
    }
    return List.copyOf(fields);
  }

  private static byte[] body(
      InputStream in, List<Field> fields, int minor, boolean response, List<Field> trailers)
      throws IOException {
    List<String> lengths = all(fields, "content-length");
    List<String> codings = all(fields, "transfer-encoding");
    if (!codings.isEmpty()) {
      if (!lengths.isEmpty()) throw malformed("both lengths", lengths + " " + codings);
      if (minor != 1) throw malformed("transfer coding in HTTP/1.0", codings.toString());
      if (codings.size() != 1 || !codings.getFirst().toLowerCase(Locale.ROOT).equals("chunked")) {
        throw malformed("transfer coding", codings.toString());
      }
      return chunks(in, trailers);
    }
    if (!lengths.isEmpty()) {
      if (lengths.size() != 1) throw malformed("content-length", lengths.toString());
      String digits = lengths.getFirst();
      if (digits.isEmpty()
          || digits.length() > 10
          || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
        throw malformed("content-length", digits);
      }
      return exactly(in, Long.parseLong(digits));
    }
    return response ? in.readAllBytes() : new byte[0];
  }

  private static byte[] chunks(InputStream in, List<Field> trailers) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      String line = line(in, required(in));
      if (line.isEmpty() || line.length() > 8) throw malformed("chunk size", line);
      if (!line.chars().allMatch(c -> Character.digit(c, 16) >= 0 && c < 0x80)) {
        throw malformed("chunk size", line);
      }
      long size = Long.parseLong(line, 16);
      if (size == 0) break;
      body.writeBytes(exactly(in, size));
      if (required(in) != '\r' || required(in) != '\n') throw malformed("chunk end", line);
    }
    trailers.addAll(fields(in));
    for (Field trailer : trailers) {
      String name = trailer.name().toLowerCase(Locale.ROOT);
      if (name.equals("content-length") || name.equals("transfer-encoding")) {
        throw malformed("trailer", name);
      }
    }
    return body.toByteArray();
  }

  private static byte[] exactly(InputStream in, long count) throws IOException {
    if (count > Integer.MAX_VALUE - 16) throw malformed("length", "" + count);
    byte[] bytes = in.readNBytes((int) count);
    if (bytes.length != count) {
      throw new EOFException("body ended at " + bytes.length + " of " + count);
    }
    return bytes;
  }

  /** One line without its CRLF; {@code first} is its first byte, already read. */
  private static String line(InputStream in, int first) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(64);
    for (int c = first; ; c = required(in)) {
      if (c == '\r') {
        if (required(in) != '\n') throw malformed("bare CR", line.toString(ISO_8859_1));
        return line.toString(ISO_8859_1);
      }
      if (c == '\n') throw malformed("bare LF", line.toString(ISO_8859_1));
      if (line.size() >= LINE_MAX) throw malformed("line length", "over " + LINE_MAX);
      line.write(c);
    }
  }

  private static int required(InputStream in) throws IOException {
    int c = in.read();
    if (c < 0) throw new EOFException("message cut short");
    return c;
  }

  private static int minorVersion(String version) throws MalformedHttpException {
    return switch (version) {
      case "HTTP/1.0" -> 0;
      case "HTTP/1.1" -> 1;
      default -> throw malformed("version", version);
    };
  }

  private static void requireToken(String what, String text) throws MalformedHttpException {
    boolean token =
        !text.isEmpty()
            && text.chars()
                .allMatch(
                    c ->
                        (c >= 'a' && c <= 'z')
                            || (c >= 'A' && c <= 'Z')
                            || (c >= '0' && c <= '9')
                            || TOKEN_MARKS.indexOf(c) >= 0);
    if (!token) throw malformed(what, text);
  }

  private static void requireVisible(String what, String text) throws MalformedHttpException {
    if (!text.chars().allMatch(c -> c > 0x20 && c < 0x7f)) throw malformed(what, text);
  }

  private static String trim(String value) {
    int from = 0;
    int to = value.length();
    while (from < to && (value.charAt(from) == ' ' || value.charAt(from) == '\t')) from++;
    while (to > from && (value.charAt(to - 1) == ' ' || value.charAt(to - 1) == '\t')) to--;
    return value.substring(from, to);
  }

  private static MalformedHttpException malformed(String what, String found) {
    return new MalformedHttpException(what + ": \"" + found + "\"");
  }
}
