package io.fairlead.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StrictHttpParserTest {
  private static final String HEAD = "GET / HTTP/1.1\\r\\nHost: a\\r\\n";

  @Test
  void readsPipelinedRequestsWithAndWithoutBodies() throws IOException {
    var requests =
        StrictHttpParser.requests(
            bytes(
                "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
                    + "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
                    + "PUT /c HTTP/1.1\r\nhost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "2\r\nde\r\n1\r\nf\r\n0\r\nT: 1\r\n\r\n"));
    assertThat(requests).extracting("target").containsExactly("/a", "/b", "/c");
    assertThat(requests.get(1).text()).isEqualTo("abc");
    assertThat(requests.get(2).text()).isEqualTo("def");
    assertThat(requests.get(2).trailers()).containsExactly(new StrictHttpParser.Field("T", "1"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\\nHost: a\\r\\n\\r\\n",
        "GET  / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
        "GET / HTTP/1.2\\r\\nHost: a\\r\\n\\r\\n",
        "GET /\\u00e9 HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
        "GET / HTTP/1.1\\r\\n\\r\\n",
        HEAD + "Host: b\\r\\n\\r\\n",
        HEAD + "A : b\\r\\n\\r\\n",
        HEAD + "A: b\\r\\n c\\r\\n\\r\\n",
        HEAD + "A: b\\rc\\r\\n\\r\\n",
        HEAD + "A: b\\u0000c\\r\\n\\r\\n",
        HEAD + "Content-Length: 1, 1\\r\\n\\r\\na",
        HEAD + "Content-Length: +1\\r\\n\\r\\na",
        HEAD + "Content-Length: 1\\r\\nContent-Length: 1\\r\\n\\r\\na",
        HEAD + "Content-Length: 1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n",
        HEAD + "Transfer-Encoding: gzip, chunked\\r\\n\\r\\n0\\r\\n\\r\\n",
        HEAD + "Transfer-Encoding: chunked\\r\\n\\r\\n1;x=y\\r\\na\\r\\n0\\r\\n\\r\\n",
        HEAD + "Transfer-Encoding: chunked\\r\\n\\r\\n0x1\\r\\na\\r\\n0\\r\\n\\r\\n",
        HEAD + "Transfer-Encoding: chunked\\r\\n\\r\\n1\\r\\nab\\r\\n0\\r\\n\\r\\n",
        HEAD + "Content-Length: 5\\r\\n\\r\\nab",
        HEAD + "\\r\\nrest",
      })
  void refusesWhatTwoParsersCouldReadDifferently(String escaped) {
    assertThatThrownBy(() -> StrictHttpParser.requests(bytes(unescaped(escaped))))
        .isInstanceOf(IOException.class);
  }

  @Test
  void readsResponsesByLengthByChunksByCloseAndWithoutBody() throws IOException {
    var in =
        new ByteArrayInputStream(
            bytes(
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
                    + "HTTP/1.1 204 No Content\r\n\r\n"
                    + "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
                    + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
                    + "HTTP/1.1 404 \r\n\r\nuntil close"));
    assertThat(StrictHttpParser.response(in, "GET").text()).isEqualTo("hi");
    assertThat(StrictHttpParser.response(in, "GET").status()).isEqualTo(204);
    assertThat(StrictHttpParser.response(in, "HEAD").field("content-length")).contains("9");
    assertThat(StrictHttpParser.response(in, "GET").text()).isEqualTo("x");
    assertThat(StrictHttpParser.response(in, "GET").text()).isEqualTo("until close");
  }

  private static String unescaped(String text) {
    return text.replace("\\u0000", "\0").replace("\\u00e9", "\u00e9").translateEscapes();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }
}
