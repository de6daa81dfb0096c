package io.fairlead.app.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fairlead.core.config.ConfigSource;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the text, it ends with a configuration or with a place and a reason. */
class ConvertFuzzTest {
  private static final String[] SAMPLES = {
    """
    upstream app { server 127.0.0.1:1 weight=2 max_fails=0; server unix:/s backup; ip_hash; }
    server { listen [::]:80 ssl http2; listen 80; server_name .a.b *.c ~x _;
      location ~* "\\.(a|b){2}$" { proxy_pass http://app/x; }
      location ^~ /a/ { try_files $uri $uri/ =404; expires -1; } return 301 https://$host$request_uri; }
    """,
    """
    http { if ($host = a) { return 444; } server { rewrite ^ /x? permanent; allow 1.2.3.4; deny all;
      location = / { alias /y/; } location @n { internal; } error_page 404 =200 /x; } } # end
    """,
    """
    [http]
    [[http.server]]
    bind_addr = "127.0.0.1:1"
    headers = [["proxy", "+", "a", "b"], "- c"]
    [[http.server.location]]
    rule = { path = "/*", method = "get" }
    file_server = { browse = true, ext_mimetype = { a = "b/c" } }
    """,
    """
    serverAddr = "a"
    auth.token = "t"
    [[proxies]]
    name = "w"
    type = "http"
    localPort = 80
    customDomains = ["a.b"]
    transport.bandwidthLimit = "1MB"
    healthCheck = { type = "tcp", intervalSeconds = 3 }
    [[visitors]]
    type = "stcp"
    bindPort = 9
    """,
    "http:\n  server:\n    - { bind_addr: a, location: [ { rule: /, proxy_url: 'http://x' } ] }\n"
  };

  @FuzzTest(maxDuration = "60s")
  void neverThrowsAnythingElse(byte[] bytes) {
    check(new String(bytes, StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 20261122})
  void survivesDamage(long seed) {
    Random random = new Random(Long.getLong("fairlead.seed", seed));
    String spice = "{};\"'\\$#()[]~=@ \n\t:/.*?-0a\0é";
    for (int i = 0; i < 5_000; i++) {
      StringBuilder text = new StringBuilder(SAMPLES[random.nextInt(SAMPLES.length)]);
      for (int n = 1 + random.nextInt(6); n > 0; n--) {
        int at = random.nextInt(text.length());
        char c = spice.charAt(random.nextInt(spice.length()));
        switch (random.nextInt(3)) {
          case 0 -> text.setCharAt(at, c);
          case 1 -> text.insert(at, c);
          default -> text.deleteCharAt(at);
        }
      }
      check(text.toString());
    }
  }

  @Test
  void whatTheParserOfTomlFallsOverIsNotValid() {
    refused("[ist] # a\nlist ={[\n 'a', # b\n \"b\",]\n# c\n[x.y]\nz = $a1,b=[2]}\n", "not valid");
  }

  /** The parser descends once a level, whatever stands between them. */
  @Test
  void tomlThatIsDeepWithValuesInBetweenIsNotParsed() {
    refused("a = " + "[1, ".repeat(50_000), "deeper");
  }

  private static void refused(String text, String reason) {
    ConfigSource source = new ConfigSource("frpc.toml", text, Path.of("/nowhere"));
    assertThatThrownBy(
            () ->
                ConfigConversion.convert(ConfigConversion.Format.FRP, source, new Includes.Never()))
        .isInstanceOf(ConversionException.class)
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a {", "a ", "location / { ", "[", "[[a]]\n", "- "})
  void depthAndLengthAreBounded(String piece) {
    check(piece.repeat(50_000));
    check("x = " + piece.repeat(20_000));
  }

  private static void check(String text) {
    for (ConfigConversion.Format format : ConfigConversion.Format.values()) {
      try {
        ConfigSource source = new ConfigSource("f", text, Path.of("/nowhere"));
        Conversion conversion = ConfigConversion.convert(format, source, new Includes.Never());
        assertThat(conversion.yaml()).startsWith("version: 1\n");
      } catch (ConversionException refused) {
        assertThat(refused.problem().place().line()).isPositive();
        assertThat(refused.problem().message()).isNotEmpty();
      }
    }
  }
}
