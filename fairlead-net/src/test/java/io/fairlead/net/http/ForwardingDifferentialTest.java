package io.fairlead.net.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Seeds;
import io.fairlead.testkit.StrictHttpParser;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/**
 * Whatever a client sends and however it is cut: what reaches the upstream is exactly the requests
 * that were accepted, as an independent strict parser reads them, and nothing else.
 */
class ForwardingDifferentialTest {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

  @Test
  void theUpstreamSeesExactlyOneRequestPerAcceptedOne() throws Exception {
    ScriptedUpstream.Script origin =
        connection -> {
          while (true) {
            String head = connection.head();
            if (head.isEmpty()) return;
            if (head.contains("chunked")) connection.until("0\r\n\r\n");
            int length = head.indexOf("Content-Length: ");
            if (length >= 0) {
              int end = head.indexOf('\r', length);
              for (int i = Integer.parseInt(head.substring(length + 16, end)); i > 0; i--) {
                connection.read();
              }
            }
            connection.say(OK);
          }
        };
    Seeds.run(
        60,
        random -> {
          try (ScriptedUpstream upstream = new ScriptedUpstream(origin);
              ForwardingGateway gateway = new ForwardingGateway(upstream.port());
              RawClient client = gateway.client()) {
            StringBuilder sent = new StringBuilder();
            int count = 1 + random.nextInt(4);
            for (int i = 0; i < count; i++) sent.append(request(random, i));
            byte[] bytes = sent.toString().getBytes(StandardCharsets.ISO_8859_1);
            for (byte[] part : Seeds.split(random, bytes)) client.send(part);
            for (int i = 0; i < count; i++) {
              assertThat(client.readResponse()).startsWith("HTTP/1.1 200 ");
            }
            int seen = 0;
            for (ScriptedUpstream.Connection connection : upstream.connections) {
              List<StrictHttpParser.Request> requests =
                  StrictHttpParser.requests(
                      connection.bytesRead().getBytes(StandardCharsets.ISO_8859_1));
              for (StrictHttpParser.Request request : requests) {
                assertThat(request.target()).startsWith("/" + seen++ + "?");
                assertThat(request.fieldsNamed("host")).containsExactly("upstream.example");
                assertThat(request.fieldsNamed("x-forwarded-for")).containsExactly("client");
                assertThat(request.fieldsNamed("connection")).isEmpty();
                assertThat(request.fieldsNamed("x-hop")).isEmpty();
                assertThat(request.fieldsNamed("expect")).isEmpty();
                assertThat(request.trailers()).isEmpty();
                assertThat(request.text()).isEqualTo(request.field("x-body").orElse(""));
              }
            }
            assertThat(seen).isEqualTo(count);
          }
        });
  }

  /** A request that is unusual but legal; its body is also the value of a field. */
  private static String request(RandomGenerator random, int number) {
    StringBuilder out = new StringBuilder();
    if (random.nextInt(4) == 0) out.append("\r\n");
    String body = Seeds.text(random, "abcdefgh0\"{}", 0, 40);
    boolean chunked = random.nextBoolean();
    out.append(Seeds.oneOf(random, "GET", "POST", "PUT", "DELETE", "brew"));
    String prefix = Seeds.oneOf(random, "", "http://other:8080");
    out.append(' ').append(prefix).append('/').append(number).append("?q HTTP/1.1\r\n");
    if (random.nextBoolean()) out.append("X-Hop: 1\r\nConnection: X-Hop, keep-alive\r\n");
    if (random.nextBoolean()) out.append("X_Forwarded_For: 1\r\nContent_Length: 7\r\n");
    if (random.nextBoolean()) out.append("X-Forwarded-For: forged\r\nX-SECRET:s\r\n");
    out.append("hOST:").append(Seeds.oneOf(random, " a", "a", "\ta ")).append("\r\n");
    if (random.nextBoolean()) out.append("Upgrade: h2c\r\nTE: gzip\r\nKeep-Alive: x\r\n");
    out.append("X-Body: ").append(body).append("\r\n");
    if (!chunked) {
      if (!body.isEmpty() || random.nextBoolean()) {
        out.append("Content-Length: 00").append(body.length()).append("\r\n");
      }
      return out.append("\r\n").append(body).toString();
    }
    out.append("Transfer-Encoding: ")
        .append(Seeds.oneOf(random, "chunked", "CHUNKED", " chunked "));
    out.append("\r\n\r\n");
    int at = 0;
    while (at < body.length()) {
      int count = 1 + random.nextInt(body.length() - at);
      out.append(Seeds.oneOf(random, "", "00")).append(Integer.toHexString(count));
      out.append(Seeds.oneOf(random, "", ";x", ";x=y", ";x=\"0\\\"\"")).append("\r\n");
      out.append(body, at, at + count).append("\r\n");
      at += count;
    }
    return out.append("0\r\n")
        .append(Seeds.oneOf(random, "", "Host: b\r\n", "Content-Length: 3\r\nX: y\r\n"))
        .append("\r\n")
        .toString();
  }
}
