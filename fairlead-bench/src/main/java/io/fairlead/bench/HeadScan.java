package io.fairlead.bench;

import io.fairlead.net.http.codec.HeadScanner.Progress;
import io.fairlead.net.http.codec.RequestScanner;
import io.fairlead.net.http.codec.RequestScanner.Aliases;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** One request head that arrives in one piece, with every check of the framing table. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HeadScan {
  private final RequestScanner scanner = new RequestScanner(Heads.LIMITS, Aliases.DROP, false);
  private final ByteBuf curl = direct(Heads.CURL);
  private final ByteBuf browser = direct(Heads.BROWSER);

  /** Four fields. */
  @Benchmark
  public Progress curl() {
    return scan(curl);
  }

  /** Fifteen fields. */
  @Benchmark
  public Progress browser() {
    return scan(browser);
  }

  private Progress scan(ByteBuf head) {
    head.readerIndex(0);
    scanner.reset(Heads.LIMITS, Aliases.DROP, false);
    Progress progress = scanner.feed(head);
    if (progress != Progress.COMPLETE) throw new IllegalStateException("head: " + progress);
    return progress;
  }

  /** Off the heap, as sockets deliver it. */
  private static ByteBuf direct(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return Unpooled.directBuffer(bytes.length).writeBytes(bytes);
  }
}
