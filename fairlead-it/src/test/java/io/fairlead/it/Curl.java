package io.fairlead.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** curl, and what it saw. Settings of the user's account and environment are kept away from it. */
final class Curl {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** A proxy of the environment, or an exception from it, would change what a test means. */
  private static final Map<String, String> NO_PROXY_SETTINGS =
      Map.of(
          "http_proxy", "",
          "https_proxy", "",
          "HTTPS_PROXY", "",
          "all_proxy", "",
          "ALL_PROXY", "",
          "no_proxy", "",
          "NO_PROXY", "");

  private Curl() {}

  /**
   * One run.
   *
   * @param exit curl's exit code
   * @param status last response's, 0 without one
   * @param connectStatus status of the proxy's answer to CONNECT, 0 without one
   * @param connects connections opened
   * @param head every response head, as received
   */
  record Seen(
      int exit, int status, int connectStatus, int connects, String head, byte[] body, String err) {
    String text() {
      return new String(body, UTF_8);
    }

    /** A field of the last response. */
    Optional<String> field(String name) {
      String prefix = name.toLowerCase(Locale.ROOT) + ":";
      int last = head.lastIndexOf("HTTP/1.");
      return head.substring(Math.max(0, last))
          .lines()
          .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
          .map(line -> line.substring(prefix.length()).strip())
          .findFirst();
    }

    @Override
    public String toString() {
      return "curl exit %d, status %d, CONNECT status %d, connects %d\n%s\n%s\n%s"
          .formatted(
              exit,
              status,
              connectStatus,
              connects,
              head,
              body.length > 2000 ? body.length + " bytes" : text(),
              err);
    }
  }

  /** Runs one transfer. */
  static Seen run(String... arguments) throws IOException, InterruptedException {
    Path dir = Files.createTempDirectory("fairlead-curl");
    Path head = dir.resolve("head");
    Path body = dir.resolve("body");
    List<String> command = new ArrayList<>(command());
    command.addAll(
        List.of(
            "-D",
            head.toString(),
            "-o",
            body.toString(),
            "-w",
            "%{http_code} %{http_connect} %{num_connects}"));
    command.addAll(Arrays.asList(arguments));
    try (Proc curl = Proc.start(command, dir, NO_PROXY_SETTINGS)) {
      int exit = curl.awaitExit(LIMIT);
      String[] numbers = curl.stdout().strip().split(" ");
      return new Seen(
          exit,
          Integer.parseInt(numbers[0]),
          Integer.parseInt(numbers[1]),
          Integer.parseInt(numbers[2]),
          Files.exists(head) ? Files.readString(head, ISO_8859_1) : "",
          Files.exists(body) ? Files.readAllBytes(body) : new byte[0],
          curl.stderr());
    } finally {
      Files.deleteIfExists(head);
      Files.deleteIfExists(body);
      Files.delete(dir);
    }
  }

  /** Runs curl with its output on stdout, for more than one URL. */
  static String output(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(command());
    command.addAll(Arrays.asList(arguments));
    try (Proc curl = Proc.start(command, Path.of("").toAbsolutePath(), NO_PROXY_SETTINGS)) {
      int exit = curl.awaitExit(LIMIT);
      if (exit != 0) throw new AssertionError("curl exit " + exit + ": " + curl.stderr());
      return curl.stdout();
    }
  }

  private static List<String> command() {
    return List.of(Peers.require("curl").toString(), "-q", "-sS", "-m", "50");
  }
}
