package io.fairlead.net.http.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Arbitrary bytes: no exception, and the same result whole as in two parts. */
class HeadFuzzTest {
  private static final HeadLimits LIMITS = new HeadLimits(64, 512, 128, 8);

  @FuzzTest
  void requestHead(byte[] input) {
    RequestScanner whole = new RequestScanner(LIMITS, RequestScanner.Aliases.DROP, true);
    RequestScanner parts = new RequestScanner(LIMITS, RequestScanner.Aliases.DROP, true);
    compare(whole, parts, input);
    if (whole.inProgress() && whole.size() > 0) whole.name(0);
  }

  @FuzzTest
  void responseHead(byte[] input) {
    compare(new ResponseScanner(LIMITS), new ResponseScanner(LIMITS), input);
  }

  @FuzzTest
  void chunks(byte[] input) {
    ChunkDecoder whole = new ChunkDecoder();
    ChunkDecoder parts = new ChunkDecoder();
    ByteBuf all = Unpooled.wrappedBuffer(input);
    long dataWhole = drain(whole, all);
    long dataParts = 0;
    int at = 0;
    while (at < input.length) {
      ByteBuf one = Unpooled.wrappedBuffer(input, at, 1);
      dataParts += drain(parts, one);
      if (one.isReadable()) break;
      at++;
    }
    assertThat(dataParts).as("body bytes in parts, against whole").isEqualTo(dataWhole);
  }

  private static long drain(ChunkDecoder decoder, ByteBuf in) {
    long data = 0;
    while (true) {
      switch (decoder.next(in)) {
        case DATA -> {
          data += decoder.dataLength();
          in.skipBytes(decoder.dataLength());
        }
        case MORE, END, REJECTED -> {
          return data;
        }
      }
    }
  }

  private static void compare(HeadScanner whole, HeadScanner parts, byte[] input) {
    ByteBuf all = Unpooled.wrappedBuffer(input);
    HeadScanner.Progress first = whole.feed(all);
    HeadScanner.Progress second = HeadScanner.Progress.MORE;
    for (int i = 0; i < input.length && second == HeadScanner.Progress.MORE; i++) {
      second = parts.feed(Unpooled.wrappedBuffer(input, i, 1));
    }
    assertThat(second).as("in parts, against whole").isEqualTo(first);
    if (first == HeadScanner.Progress.REJECTED) {
      assertThat(parts.reject()).isEqualTo(whole.reject());
    } else if (first == HeadScanner.Progress.COMPLETE) {
      assertThat(parts.size()).isEqualTo(whole.size());
      for (int i = 0; i < whole.size(); i++) {
        assertThat(parts.name(i)).isEqualTo(whole.name(i));
        assertThat(parts.value(i)).isEqualTo(whole.value(i));
      }
      assertThat(parts.chunked()).isEqualTo(whole.chunked());
      assertThat(parts.contentLength()).isEqualTo(whole.contentLength());
    }
  }
}
