package io.fairlead.net.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RequestInputTest {
  private static final ByteBufAllocator ALLOCATOR = UnpooledByteBufAllocator.DEFAULT;
  private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

  private final RequestInput input = new RequestInput();

  @Test
  void aHeadThatComesByteByByteIsTouchedAFewTimesOnly() {
    int bytes = 32 * 1024;
    for (int i = 0; i < bytes; i++) {
      add("x");
      assertThat(input.full(true, 8)).isFalse();
      assertThat(input.holds(true, 8)).isFalse();
    }
    assertThat(input.touched()).isLessThan(6L * bytes);
    assertThat(input.readableBytes()).isEqualTo(bytes);
    input.release();
  }

  @Test
  void requestsAreCountedHoweverTheyComeAndGo() {
    for (int i = 0; i < REQUEST.length() * 3; i++) {
      assertThat(input.holds(true, 3)).isFalse();
      add(String.valueOf(REQUEST.charAt(i % REQUEST.length())));
    }
    assertThat(input.holds(true, 3)).isTrue();
    input.skip(REQUEST.length());
    assertThat(input.holds(true, 3)).isFalse();
    assertThat(input.holds(true, 2)).isTrue();
    ByteBuf all = input.takeAll();
    assertThat(all.toString(StandardCharsets.US_ASCII)).isEqualTo(REQUEST.repeat(2));
    all.release();
    assertThat(input.holds(true, 1)).isFalse();
    add(REQUEST);
    assertThat(input.holds(true, 1)).isTrue();
    input.release();
  }

  @Test
  void whatWasHandedOverStaysAsItWas() {
    add("abc");
    add("def");
    ByteBuf taken = input.take(2);
    add("ghi");
    add("j".repeat(100));
    assertThat(taken.toString(StandardCharsets.US_ASCII)).isEqualTo("ab");
    ByteBuf rest = input.takeAll();
    assertThat(rest.toString(StandardCharsets.US_ASCII)).isEqualTo("cdefghi" + "j".repeat(100));
    taken.release();
    rest.release();
  }

  private void add(String text) {
    input.add(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII), ALLOCATOR);
  }
}
