package io.fairlead.app.accesslog;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.net.journal.AccessEntry;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LineFormatTest {
  private static final Instant AT = Instant.parse("2026-03-04T05:06:07.089Z");
  private static final Privacy OPEN = new Privacy(false, List.of());

  @Test
  void jsonHasTheFieldsThatApply() {
    assertThat(written("json", request("/a", "q=1", "curl/8")))
        .isEqualTo(
            "{\"ts\":\"2026-03-04T05:06:07.089Z\",\"kind\":\"request\",\"listener\":\"web\","
                + "\"service\":\"site\",\"route\":\"all\",\"client_ip\":\"192.0.2.7\","
                + "\"user\":\"alice\",\"method\":\"GET\",\"host\":\"app.test\",\"path\":\"/a\","
                + "\"query\":\"q=1\",\"proto\":\"HTTP/1.1\",\"status\":200,\"bytes_in\":3,"
                + "\"bytes_out\":5,\"duration_ms\":1.250,\"ttfb_ms\":0.007,"
                + "\"upstream\":\"10.0.0.1:80\",\"upstream_status\":201,\"attempts\":2,"
                + "\"tls\":\"TLSv1.3\",\"user_agent\":\"curl/8\",\"request_id\":\"r-1\","
                + "\"generation\":4}");
  }

  @Test
  void combinedIsWhatLogReadersExpect() {
    assertThat(written("combined", request("/a b", "q=1", "say \"hi\"")))
        .isEqualTo(
            "192.0.2.7 - alice [04/Mar/2026:05:06:07 +0000] \"GET /a b?q=1 HTTP/1.1\" 200 5"
                + " \"-\" \"say \\\"hi\\\"\"");
  }

  @Test
  void combinedTellsOfStreams() {
    assertThat(written("combined", stream()))
        .isEqualTo(
            "192.0.2.7 - - [04/Mar/2026:05:06:07 +0000] \"socks5 far.test:22\" - 9 \"-\" \"-\"");
  }

  @Test
  void aTemplateFillsItsVariablesIn() {
    assertThat(
            written(
                "{d(%d.%m.%Y %T %%)} {client_ip} {url} [{status}/{up_status}] {duration} {error}",
                request("/a", "q=1", "")))
        .isEqualTo("04.03.2026 05:06:07 % 192.0.2.7 https://app.test/a?q=1 [200/201] 1.250 -");
  }

  @Test
  void noPeerForgesALine() {
    for (String format : List.of("json", "combined", "main", "{user_agent}|{path}")) {
      String line = written(format, request("/x\n{\"status\":1}", "", "a\r\nb\u0000\u009b\""));
      assertThat(line).as(format).doesNotContain("\n", "\r", "\u0000", "\u009b");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "a=1&b=2, a=1&b=2",
    "token=abc&b=2, token=***&b=2",
    "b=2&API_KEY=abc, b=2&API_KEY=***",
    "%74oken=abc, %74oken=***",
    "x-signature=1;y=2, x-signature=***;y=2",
    "passphrase, passphrase",
    "key=shown&password=hidden, key=shown&password=***",
  })
  void valuesOfSecretsAreMasked(String query, String expected) {
    assertThat(new Privacy(false, List.of("key")).query(query)).isEqualTo(expected);
  }

  @Test
  void aRefererLosesItsSecretsToo() {
    assertThat(OPEN.url("https://user:pw@app.test/p?session_token=x&a=1"))
        .isEqualTo("https://app.test/p?session_token=***&a=1");
    assertThat(OPEN.url("https://app.test/@home")).isEqualTo("https://app.test/@home");
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.77, 192.0.2.0",
    "2001:db8:1:2:3:4:5:6, 2001:db8:1:0:0:0:0:0",
    "unknown, unknown",
  })
  void networksInsteadOfAddresses(String address, String expected) {
    assertThat(new Privacy(true, List.of()).address(address)).isEqualTo(expected);
    assertThat(OPEN.address(address)).isEqualTo(address);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "jsn", "{nothing}", "{d(%Q)}", "plain", "{status"})
  void aWrongFormatIsToldBeforeItIsUsed(String format) {
    assertThat(LineFormat.problem(format)).isPresent();
  }

  @Test
  void everyPredefinedFormatIsRight() {
    for (String format : List.of("json", "combined", "main", "{status}")) {
      assertThat(LineFormat.problem(format)).as(format).isEmpty();
    }
  }

  private static String written(String format, AccessEntry entry) {
    StringBuilder out = new StringBuilder();
    LineFormat.of(format, OPEN, ZoneId.of("UTC")).append(new Line(entry, 4), out);
    return out.toString();
  }

  static AccessEntry request(String path, String query, String agent) {
    return new AccessEntry(
        AccessEntry.Kind.REQUEST,
        AT,
        "r-1",
        "web",
        "site",
        "all",
        new AccessEntry.Client("192.0.2.7", "alice", "TLSv1.3", agent, ""),
        new AccessEntry.Asked("HTTP/1.1", "GET", "https", "app.test", path, query),
        new AccessEntry.Outcome(200, 3, 5, 1_250_000, Optional.empty()),
        new AccessEntry.Upstream("10.0.0.1:80", 201, 2, -1, 7_000));
  }

  private static AccessEntry stream() {
    return new AccessEntry(
        AccessEntry.Kind.STREAM,
        AT,
        "7",
        "mixed",
        "out",
        "",
        new AccessEntry.Client("192.0.2.7", "", "", "", ""),
        AccessEntry.Asked.stream("socks5", "far.test:22"),
        new AccessEntry.Outcome(-1, 3, 9, 1_000, Optional.of("closed")),
        AccessEntry.Upstream.NONE);
  }
}
