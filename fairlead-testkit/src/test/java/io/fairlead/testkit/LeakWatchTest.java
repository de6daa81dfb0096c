package io.fairlead.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LeakWatchTest {
  @Test
  void aBufferThatNobodyReleasedIsFoundWhenItsClassEnds() {
    assumeTrue(
        ResourceLeakDetector.getLevel() == ResourceLeakDetector.Level.PARANOID,
        "leaks are noticed at the paranoid level only");
    PooledByteBufAllocator.DEFAULT.directBuffer(8).release();
    drop();
    List<String> found = new ArrayList<>(LeakWatch.sinceTheLastClass());
    // The collector tells of what it found a moment later.
    await()
        .until(
            () -> {
              found.addAll(LeakWatch.collect());
              return !found.isEmpty();
            });
    assertThat(found).hasSize(1).allMatch(leak -> leak.contains("ByteBuf"));
    assertThat(LeakWatch.sinceTheLastClass()).isEmpty();
  }

  private static void drop() {
    ByteBuf dropped = PooledByteBufAllocator.DEFAULT.directBuffer(8);
    assertThat(dropped.refCnt()).isOne();
  }
}
