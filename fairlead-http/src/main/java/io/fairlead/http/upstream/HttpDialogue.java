package io.fairlead.http.upstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.http.health.CheckConfig;
import io.fairlead.net.http.codec.HeadLimits;
import io.fairlead.net.http.codec.HeadScanner;
import io.fairlead.net.http.codec.ResponseScanner;
import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Asks with a GET. Confined to the loop of its probe. */
final class HttpDialogue implements Probe.Dialogue {
  private static final int BODY_MAX = 64 << 10;
  private static final HeadLimits LIMITS = new HeadLimits(4096, 16 << 10, 8192, 100);

  private final CheckConfig check;
  private final String host;
  private final ResponseScanner scanner = new ResponseScanner(LIMITS);
  private final StringBuilder body = new StringBuilder();
  private boolean headDone;
  private int bodyBytes;

  HttpDialogue(CheckConfig check, String authority) {
    this.check = check;
    this.host = check.host().orElse(authority);
    scanner.reset(false);
  }

  @Override
  public ByteBuf opening() {
    // HTTP/1.0 keeps servers from cutting the text that is looked for into chunks.
    String version = check.body().isPresent() ? "HTTP/1.0" : "HTTP/1.1";
    return Probe.ascii(
        "GET "
            + check.path()
            + " "
            + version
            + "\r\nHost: "
            + host
            + "\r\nUser-Agent: fairlead-health\r\nAccept: */*\r\nConnection: close\r\n\r\n");
  }

  @Override
  public Probe.@Nullable Result heard(ByteBuf in, Consumer<ByteBuf> replies) {
    while (!headDone) {
      HeadScanner.Progress progress = scanner.feed(in);
      if (progress == HeadScanner.Progress.MORE) return null;
      if (progress == HeadScanner.Progress.REJECTED) {
        return Probe.Result.failed("not an HTTP answer");
      }
      if (scanner.status() == 101 || scanner.status() >= 200) {
        headDone = true;
      } else {
        scanner.reset(false); // an interim response
      }
    }
    String status = "status " + scanner.status();
    if (!check.expects(scanner.status())) return Probe.Result.failed(status);
    if (check.body().isEmpty()) return Probe.Result.passed(status);
    int count = Math.min(in.readableBytes(), BODY_MAX - bodyBytes);
    body.append(in.readCharSequence(count, UTF_8));
    bodyBytes += count;
    if (body.indexOf(check.body().get()) >= 0) return Probe.Result.passed(status + ", text found");
    boolean whole = scanner.contentLength() >= 0 && bodyBytes >= scanner.contentLength();
    return whole || bodyBytes >= BODY_MAX ? missing() : null;
  }

  @Override
  public Probe.Result ended() {
    return headDone ? missing() : Probe.Result.failed("closed without an answer");
  }

  private Probe.Result missing() {
    return Probe.Result.failed("status " + scanner.status() + ", text not found");
  }
}
