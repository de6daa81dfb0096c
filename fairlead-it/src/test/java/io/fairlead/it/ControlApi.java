package io.fairlead.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The control API as a program with the token asks it; one connection for each request. */
public final class ControlApi {
  private final int port;
  private final String token;

  ControlApi(int port, String token) {
    this.port = port;
    this.token = token;
  }

  public StrictHttpParser.Response get(String path, String... fieldLines) throws IOException {
    return send("GET", path, "", fieldLines);
  }

  public StrictHttpParser.Response post(String path, String... fieldLines) throws IOException {
    return send("POST", path, "", fieldLines);
  }

  public StrictHttpParser.Response send(
      String method, String path, String body, String... fieldLines) throws IOException {
    try (RawClient client = RawClient.connect(port)) {
      client.timeout(Duration.ofSeconds(30));
      return client.send(request(method, path, body, fieldLines)).readResponse(method);
    }
  }

  /** A connection on which the request was sent and nothing was read. */
  public RawClient open(String path, String... fieldLines) throws IOException {
    return RawClient.connect(port).send(request("GET", path, "", fieldLines));
  }

  /** {@code If-Match} with the tag of what runs now. */
  String ifMatch() throws IOException {
    return "If-Match: " + get("/v1/now").field("ETag").orElseThrow();
  }

  /** A scalar of a flat JSON answer; the first of its name. */
  static String value(StrictHttpParser.Response answer, String key) {
    Matcher found =
        Pattern.compile("\"" + key + "\"\\s*:\\s*(\"(?:[^\"\\\\]|\\\\.)*\"|[^,}\\]\\s]+)")
            .matcher(answer.text());
    if (!found.find()) throw new AssertionError("no " + key + " in " + answer.text());
    String value = found.group(1);
    return value.startsWith("\"") ? value.substring(1, value.length() - 1) : value;
  }

  private String request(String method, String path, String body, String... fieldLines) {
    StringBuilder head = new StringBuilder();
    head.append(method).append(' ').append(path).append(" HTTP/1.1\r\nHost: 127.0.0.1:");
    head.append(port).append("\r\nAuthorization: Bearer ").append(token).append("\r\n");
    for (String line : fieldLines) head.append(line).append("\r\n");
    if (!body.isEmpty()) head.append("Content-Type: application/yaml\r\n");
    if (!method.equals("GET")) {
      head.append("Content-Length: ").append(body.getBytes(UTF_8).length).append("\r\n");
    }
    return head + "\r\n" + body;
  }
}
