package io.fairlead.bench;

import io.fairlead.net.http.codec.HeadScanner.Progress;
import io.fairlead.net.http.codec.HeadWriter;
import io.fairlead.net.http.codec.RequestScanner;
import io.fairlead.net.http.codec.RequestScanner.Aliases;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The head of a forwarded request: what came in, without the hop's own, with the gateway's. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HeadWrite {
  private static final List<String> DROPPED = List.of("x-forwarded-for", "x-forwarded-proto");

  private final RequestScanner curl = scanned(Heads.CURL);
  private final RequestScanner browser = scanned(Heads.BROWSER);
  private final HeadWriter writer = new HeadWriter();

  /** Four fields in. */
  @Benchmark
  public int curl() {
    return write(curl);
  }

  /** Fifteen fields in. */
  @Benchmark
  public int browser() {
    return write(browser);
  }

  private int write(RequestScanner head) {
    ByteBuf out =
        writer
            .begin()
            .request(head.method(), head.pathAndQuery(), head.authority())
            .endToEnd(head, DROPPED)
            .field("X-Forwarded-For", "192.0.2.7")
            .field("X-Forwarded-Proto", "https")
            .field("Via", "1.1 fairlead")
            .end()
            .toBuffer(PooledByteBufAllocator.DEFAULT, 0);
    int length = out.readableBytes();
    out.release();
    return length;
  }

  private static RequestScanner scanned(String text) {
    RequestScanner scanner = new RequestScanner(Heads.LIMITS, Aliases.DROP, false);
    ByteBuf bytes = Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.ISO_8859_1));
    Progress progress = scanner.feed(bytes);
    if (progress != Progress.COMPLETE) throw new IllegalStateException("head: " + progress);
    return scanner;
  }
}
