package io.fairlead.http.files;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.http.route.Glob;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FilePathTest {
  private static final List<Glob> HIDE = List.of(Glob.of("*.bak"), Glob.of("private"));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/..",
        "/../etc/passwd",
        "/a/../b",
        "/.",
        "/%2e%2e/etc/passwd",
        "/%2e%2e%2fetc",
        "/a%2fb",
        "/a%5cb",
        "/a\\b",
        "/..%5c..%5cwindows",
        "/a%00.html",
        "/%c0%ae%c0%ae/etc",
        "/%c0%af",
        "/%e0%80%af",
        "/%f0%80%80%af",
        "/%ed%a0%80",
        "/%ff",
        "/%c3",
        "/%",
        "/%2",
        "/%zz",
        "/a%0ab",
        "/a%0d",
        "/a%7f",
        "a",
        ""
      })
  void refusesTraversal(String path) {
    assertThat(FilePath.decode(path, HIDE)).isEqualTo(FilePath.MALFORMED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/.git/config",
        "/a/.env",
        "/.htaccess",
        "/%2egit/config",
        "/x.bak",
        "/a/x%2ebak",
        "/private/x",
        "/a/private",
        "//a",
        "/a//b",
        "/..."
      })
  void hidesNames(String path) {
    assertThat(FilePath.decode(path, HIDE)).isEqualTo(FilePath.HIDDEN);
  }

  @ParameterizedTest
  @CsvSource({
    "/a/b.txt, a|b.txt, false",
    "/a/, a, true",
    "/, '', true",
    "/a%20b, a b, false",
    "/%C3%A9, é, false",
    "/%252e%252e, %2e%2e, false",
    "/a..b, a..b, false"
  })
  void decodesOnce(String path, String names, boolean directory) {
    List<String> segments = names.isEmpty() ? List.of() : List.of(names.split("\\|"));
    assertThat(FilePath.decode(path, HIDE)).isEqualTo(new FilePath.Names(segments, directory));
  }

  @Test
  void mediaTypesIgnoreCaseAndPreferTheirOwnTable() {
    MediaTypes types = new MediaTypes(java.util.Map.of("foo", "x/foo", "css", "text/x"));
    assertThat(types.of("a.HTML")).isEqualTo("text/html; charset=utf-8");
    assertThat(types.of("a.foo")).isEqualTo("x/foo");
    assertThat(types.of("a.css")).isEqualTo("text/x");
    assertThat(types.of("a.unknown")).isEqualTo("application/octet-stream");
    assertThat(types.of("README")).isEqualTo("application/octet-stream");
  }
}
