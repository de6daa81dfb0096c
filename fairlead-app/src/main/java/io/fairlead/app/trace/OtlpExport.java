package io.fairlead.app.trace;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/**
 * Sends spans by OTLP over HTTP: protobuf, compressed, one POST for a batch.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/otlp/#otlphttp">OTLP/HTTP</a>
 */
final class OtlpExport implements SpanExport {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final TelemetryConfig.Tracing tracing;
  private final OtlpMessage message;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();

  /**
   * @param gateway what this gateway calls itself
   */
  OtlpExport(TelemetryConfig.Tracing tracing, String gateway) {
    this.tracing = tracing;
    message = new OtlpMessage(gateway);
  }

  @Override
  public String send(List<Span> batch) throws InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(tracing.traces())
            .timeout(PATIENCE)
            .header("Content-Type", "application/x-protobuf")
            .header("Content-Encoding", "gzip");
    tracing.headers().forEach((name, value) -> request.setHeader(name, value.reveal()));
    try {
      byte[] body = gzip(message.of(batch));
      int status =
          client
              .send(
                  request.POST(HttpRequest.BodyPublishers.ofByteArray(body)).build(),
                  HttpResponse.BodyHandlers.discarding())
              .statusCode();
      return status / 100 == 2 ? "" : "it answered " + status;
    } catch (IOException failure) {
      return failure.toString();
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
  }

  private static byte[] gzip(byte[] plain) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream(plain.length / 4 + 64);
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(plain);
    }
    return packed.toByteArray();
  }
}
