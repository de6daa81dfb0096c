package io.fairlead.http.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathNormaliserTest {
  @ParameterizedTest
  @CsvSource({
    "/, /",
    "/a/b, /a/b",
    "/a//b, /a//b",
    "/.well-known/x, /.well-known/x",
    "/a/./b, /a/b",
    "/a/../b, /b",
    "/a/b/../../c, /c",
    "/a/.., /",
    "/a/b/.., /a/",
    "/a/., /a/",
    "/a//../b, /a/b",
    "/..., /...",
    "/a..b, /a..b",
    "/%61%7Eb, /a~b",
    "/%41%2d%5f, /A-_",
    "/a/%2e%2e/b, /b",
    "/a/.%2E/b, /b",
    "/%c3%a9, /%C3%A9",
    "/a%20b, /a%20b",
    "/%252e%252e/x, /%252e%252e/x",
    "/a;b=c, /a;b=c"
  })
  void givesTheNormalForm(String path, String normal) {
    assertThat(PathNormaliser.normalise(path)).isEqualTo(normal);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "*",
        "/a%2fb",
        "/a%2Fb",
        "/a%5cb",
        "/a%5Cb",
        "/a\\b",
        "/a%00",
        "/%",
        "/%4",
        "/%zz",
        "/%-1",
        "/..",
        "/../a",
        "/a/../../b",
        "/%2e%2e/a",
        "/a b",
        "/a\u00e9",
        "/a\tb",
        "/a\u007f"
      })
  void refusesWhatTwoReadersCouldReadDifferently(String path) {
    assertThat(PathNormaliser.normalise(path)).isNull();
  }

  @Test
  void leavesANormalPathAlone() {
    String path = "/api/v1/things";
    assertThat(PathNormaliser.normalise(path)).isSameAs(path);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void isIdempotentAndNeverClimbs(long seed) {
    Random random = new Random(seed);
    String[] parts = {"/", "a", ".", "..", "%2e", "%2E", "%61", "%20", "//", "%c3", "b", ";", "%"};
    int normal = 0;
    for (int round = 0; round < 5000; round++) {
      StringBuilder path = new StringBuilder("/");
      for (int i = random.nextInt(8); i > 0; i--) path.append(parts[random.nextInt(parts.length)]);
      String once = PathNormaliser.normalise(path.toString());
      if (once == null) continue;
      normal++;
      assertThat(PathNormaliser.normalise(once)).as("seed %d: %s", seed, path).isEqualTo(once);
      assertThat(once).startsWith("/");
      assertThat(once.split("/", -1)).doesNotContain("..", ".");
    }
    assertThat(normal).isGreaterThan(1000);
  }
}
