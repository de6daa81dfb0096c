package io.fairlead.net.auth;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Problem;
import io.fairlead.core.time.Clock;
import io.fairlead.net.NetCodes;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The public keys of whoever signs tokens (RFC 7517), from a file or an address. Read again when
 * they are {@link #AGE_MAX} old, and, at most once in {@link #PAUSE}, when a token names a key that
 * is not among them. When that fails the last ones stay. Thread-safe; {@link #refresh} waits for
 * the network and belongs on no event loop.
 */
final class JwksKeys {
  static final Duration AGE_MAX = Duration.ofMinutes(10);
  static final Duration PAUSE = Duration.ofMinutes(1);
  static final int BYTES_MAX = 1024 * 1024;
  private static final int KEYS_MAX = 100;
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Logger log = LoggerFactory.getLogger(JwksKeys.class);

  /** Where the text comes from. */
  private interface Origin {
    String read() throws IOException, InterruptedException;
  }

  private final String name;
  private final Origin origin;
  private final Clock clock;
  private volatile List<JsonWebKey> keys = List.of();
  private volatile boolean had; // whether there ever was an answer
  private long triedAtNanos; // guarded by this
  private boolean tried; // guarded by this
  private @Nullable CompletableFuture<Void> reading; // guarded by this

  private JwksKeys(String name, Origin origin, Clock clock) {
    this.name = name;
    this.origin = origin;
    this.clock = clock;
  }

  /**
   * Of a file, which is read now, or of an address, which is asked when the first token comes.
   *
   * @param path key path in the configuration
   * @throws ConfigException the file cannot be read, or has no keys
   */
  static JwksKeys open(JwtSettings.Jwks jwks, Clock clock, String path) throws ConfigException {
    return switch (jwks) {
      case JwtSettings.Jwks.Url(URI url) -> new JwksKeys(url.toString(), () -> fetch(url), clock);
      case JwtSettings.Jwks.File(Path file) -> {
        JwksKeys read = new JwksKeys(file.toString(), () -> text(file), clock);
        try {
          read.take(text(file));
        } catch (IOException | JoseException bad) {
          throw new ConfigException(
              Problem.error(
                  NetCodes.TOKEN_KEYS.id(),
                  path,
                  Problem.Place.NOWHERE,
                  file + ": " + why(bad),
                  "expected a JSON web key set (RFC 7517): {\"keys\": […]}"));
        }
        yield read;
      }
    };
  }

  /** Those of this moment; perhaps none. */
  List<JsonWebKey> current() {
    return keys;
  }

  /** Whether they are so old that they should be read again. */
  synchronized boolean aged() {
    return !tried || clock.nanos() - triedAtNanos > (had ? AGE_MAX : PAUSE).toNanos();
  }

  /**
   * Reads them again unless that was tried a moment ago; waits for one who does. Those there were
   * go on serving {@link #current} meanwhile.
   */
  void refresh() {
    CompletableFuture<Void> mine = new CompletableFuture<>();
    CompletableFuture<Void> theirs;
    synchronized (this) {
      theirs = reading;
      if (theirs == null) {
        long now = clock.nanos();
        if (tried && now - triedAtNanos < PAUSE.toNanos()) return;
        tried = true;
        triedAtNanos = now;
        reading = mine;
      }
    }
    if (theirs != null) {
      theirs.join(); // ends in PATIENCE
      return;
    }
    try {
      take(origin.read());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } catch (IOException | JoseException failure) {
      log.atWarn()
          .addKeyValue("keys", name)
          .addKeyValue("why", why(failure))
          .log("token keys kept");
    } finally {
      synchronized (this) {
        reading = null;
      }
      mine.complete(null);
    }
  }

  private void take(String text) throws JoseException, IOException {
    List<JsonWebKey> next =
        new JsonWebKeySet(text)
            .getJsonWebKeys().stream().filter(PublicJsonWebKey.class::isInstance).toList();
    if (next.isEmpty()) throw new IOException("holds no public key");
    if (next.size() > KEYS_MAX) throw new IOException("holds more than " + KEYS_MAX + " keys");
    keys = next;
    had = true;
  }

  private static String text(Path file) throws IOException {
    if (Files.size(file) > BYTES_MAX) throw new IOException("larger than 1 MiB");
    return Files.readString(file);
  }

  private static String fetch(URI url) throws IOException, InterruptedException {
    // One client for each reading: they are minutes apart, and it leaves no threads behind.
    try (HttpClient client =
        HttpClient.newBuilder()
            .connectTimeout(PATIENCE)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build()) {
      HttpRequest request =
          HttpRequest.newBuilder(url)
              .timeout(PATIENCE)
              .header("Accept", "application/jwk-set+json, application/json")
              .build();
      return answer(client, request);
    }
  }

  private static String answer(HttpClient client, HttpRequest request)
      throws IOException, InterruptedException {
    try {
      // The request's own timeout ends with the head of the answer.
      HttpResponse<byte[]> response =
          client
              .sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), BYTES_MAX))
              .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (response.statusCode() != 200) {
        throw new IOException("answered " + response.statusCode());
      }
      return new String(response.body(), StandardCharsets.UTF_8);
    } catch (TimeoutException slow) {
      throw new IOException("no whole answer in " + PATIENCE.toSeconds() + " s", slow);
    } catch (ExecutionException failed) {
      throw new IOException(why(failed.getCause() == null ? failed : failed.getCause()), failed);
    } finally {
      client.shutdownNow(); // else closing it waits for the rest of an answer
    }
  }

  private static String why(Throwable failure) {
    String message = failure.getMessage();
    return message == null ? failure.getClass().getSimpleName() : message;
  }
}
