package io.fairlead.net.http.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class LastTextTest {
  private static final HeadLimits LIMITS = new HeadLimits(8192, 65536, 8192, 100);

  private final LastText last = new LastText();

  @Test
  void theSameOctetsHaveTheSameText() {
    byte[] one = Octet.bytes("GET /a HTTP/1.1");
    byte[] two = Octet.bytes("HEAD /a");
    String text = last.of(one, 4, 6);
    assertThat(text).isEqualTo("/a");
    assertThat(last.of(two, 5, 7)).isSameAs(text);
  }

  @Test
  void othersAreNeverTakenForIt() {
    assertThat(last.of(Octet.bytes("/aa"), 0, 3)).isEqualTo("/aa");
    assertThat(last.of(Octet.bytes("/ab"), 0, 3)).isEqualTo("/ab");
    assertThat(last.of(Octet.bytes("/AB"), 0, 3)).isEqualTo("/AB");
    assertThat(last.of(Octet.bytes("/a"), 0, 2)).isEqualTo("/a");
    assertThat(last.of(Octet.bytes("/abc"), 0, 4)).isEqualTo("/abc");
    assertThat(last.of(Octet.bytes(""), 0, 0)).isEmpty();
    assertThat(last.of(Octet.bytes("/\u00e4"), 0, 2)).isEqualTo("/\u00e4");
  }

  @Test
  void whatIsLongIsNotKept() {
    byte[] path = Octet.bytes("/" + "x".repeat(LastText.LENGTH_MAX));
    String kept = last.of(path, 0, LastText.LENGTH_MAX);
    String once = last.of(path, 0, path.length);
    assertThat(last.of(path, 0, path.length)).isEqualTo(once).isNotSameAs(once);
    assertThat(last.of(path, 0, LastText.LENGTH_MAX)).isSameAs(kept);
  }

  @Test
  void aScannerTellsEachRequestItsOwnHostAndTarget() {
    var scanner = new RequestScanner(LIMITS, RequestScanner.Aliases.DROP, true);
    for (String host : new String[] {"a.test", "A.test", "b.test", "b.test", "a.test:8080"}) {
      for (String path : new String[] {"/x", "/x", "/y?z=1"}) {
        scanner.reset(LIMITS, RequestScanner.Aliases.DROP, true);
        var head =
            Unpooled.copiedBuffer(
                "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
                StandardCharsets.US_ASCII);
        assertThat(scanner.feed(head)).isEqualTo(HeadScanner.Progress.COMPLETE);
        head.release();
        assertThat(scanner.authority()).isEqualTo(host.toLowerCase(Locale.ROOT));
        assertThat(scanner.target()).isEqualTo(path);
      }
    }
  }
}
