package io.fairlead.registry.action;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;

/** One HTTP request over TCP: no redirect, no memory, a bounded answer. Blocking; any thread. */
final class HttpCall {
  static final int BODY_MAX = 64 * 1024;

  private HttpCall() {}

  /**
   * @param etag of the answer, when it has one
   * @param body its first bytes
   */
  record Answer(int status, Optional<String> etag, Map<String, String> fields, byte[] body) {}

  static Answer get(URI url, Map<String, String> fields, Duration timeout)
      throws IOException, InterruptedException {
    return send("GET", url, fields, new byte[0], timeout, Optional.empty());
  }

  /**
   * Sends and waits.
   *
   * @param tls other trust than the system's
   * @throws IOException no answer in time, or none at all
   */
  static Answer send(
      String method,
      URI url,
      Map<String, String> fields,
      byte[] body,
      Duration timeout,
      Optional<SSLContext> tls)
      throws IOException, InterruptedException {
    FutureTask<Answer> task =
        new FutureTask<>(() -> exchange(method, url, fields, body, timeout, tls));
    Thread thread = Thread.ofVirtual().name("registry-http").start(task);
    return await(task, thread, timeout);
  }

  /** The result within the time; the thread is told to stop otherwise. */
  static Answer await(Future<Answer> task, Thread thread, Duration timeout)
      throws IOException, InterruptedException {
    try {
      return task.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException late) {
      thread.interrupt();
      throw new IOException("no answer within " + timeout.toMillis() + " ms", late);
    } catch (InterruptedException stopped) {
      thread.interrupt();
      throw stopped;
    } catch (ExecutionException failed) {
      Throwable cause = failed.getCause();
      if (cause instanceof IOException io) throw io;
      throw new IOException(String.valueOf(cause), failed);
    }
  }

  private static Answer exchange(
      String method,
      URI url,
      Map<String, String> fields,
      byte[] body,
      Duration timeout,
      Optional<SSLContext> tls)
      throws IOException, InterruptedException {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(timeout);
    tls.ifPresent(builder::sslContext);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(url)
            .timeout(timeout)
            .method(
                method,
                body.length == 0
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(body));
    fields.forEach(request::header);
    HttpClient client = builder.build();
    try {
      HttpResponse<InputStream> response =
          client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream stream = response.body()) {
        Map<String, String> got = new java.util.HashMap<>();
        response.headers().map().forEach((name, values) -> got.put(name, values.getLast()));
        return new Answer(
            response.statusCode(),
            response.headers().firstValue("etag"),
            got,
            stream.readNBytes(BODY_MAX));
      }
    } finally {
      client.shutdownNow();
    }
  }
}
