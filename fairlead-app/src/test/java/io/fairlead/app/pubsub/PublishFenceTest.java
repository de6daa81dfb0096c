package io.fairlead.app.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.pubsub.CursorStore;
import io.fairlead.pubsub.Hash;
import io.fairlead.pubsub.log.BlockHash;
import io.fairlead.pubsub.log.Cursor;
import io.fairlead.pubsub.log.CursorCodec;
import io.fairlead.pubsub.log.MemoryCursorStore;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class PublishFenceTest {
  private static final CursorStore.Key KEY =
      new CursorStore.Key(1, new Hash("0x" + "1".repeat(64)), new Hash("0x" + "2".repeat(64)));

  private final PublishFence fence = new PublishFence(Duration.ofSeconds(60));
  private final MemoryCursorStore store = new MemoryCursorStore();
  private final PublishFence.Cursors cursors = fence.before(store, new ToldLogs(Optional.empty()));

  private static byte[] state() {
    BlockHash hash = BlockHash.parse("0x" + "3".repeat(64)).orElseThrow();
    return CursorCodec.encode(new Cursor(0, List.of(new Cursor.Block(7, hash, hash, List.of()))));
  }

  @Test
  void aCursorWaitsForWhatWasToldBeforeIt() throws Exception {
    CompletableFuture<Boolean> first = new CompletableFuture<>();
    CompletableFuture<Boolean> second = new CompletableFuture<>();
    fence.handOver(first);
    fence.handOver(second);
    CompletableFuture<Void> saved = new CompletableFuture<>();
    Thread saver =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    cursors.save(KEY, state());
                    saved.complete(null);
                  } catch (IOException failure) {
                    saved.completeExceptionally(failure);
                  }
                });
    second.complete(true);
    await().until(() -> saver.getState() == Thread.State.TIMED_WAITING);
    assertThat(store.load(KEY)).isEmpty();
    first.complete(true);
    await().until(saved::isDone);
    assertThat(store.load(KEY)).isPresent();
    assertThat(fence.open()).isZero();
  }

  @Test
  void behindARefusedMessageNoCursorPasses() throws Exception {
    CompletableFuture<Boolean> refused = new CompletableFuture<>();
    fence.handOver(refused);
    refused.complete(false);
    assertThatThrownBy(() -> cursors.save(KEY, state()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("refused");
    assertThatThrownBy(() -> fence.handOver(CompletableFuture.completedFuture(true)))
        .isInstanceOf(PublishFence.BrokenException.class);
    assertThat(store.load(KEY)).isEmpty();
  }

  @Test
  void aBrokerThatNeverAnswersHoldsTheCursorBack() throws Exception {
    PublishFence impatient = new PublishFence(Duration.ofMillis(20));
    impatient.handOver(new CompletableFuture<>());
    assertThatThrownBy(impatient::await).isInstanceOf(PublishFence.BrokenException.class);
  }

  @Test
  void whoHandsOverWaitsWhileTooManyAreOpen() throws Exception {
    List<CompletableFuture<Boolean>> open = new ArrayList<>();
    for (int i = 0; i < PublishFence.OPEN_MAX; i++) {
      CompletableFuture<Boolean> each = new CompletableFuture<>();
      open.add(each);
      fence.handOver(each);
    }
    CompletableFuture<Void> handed = new CompletableFuture<>();
    Thread next =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    fence.handOver(new CompletableFuture<>());
                    handed.complete(null);
                  } catch (Exception failure) {
                    handed.completeExceptionally(failure);
                  }
                });
    await().until(() -> next.getState() == Thread.State.TIMED_WAITING);
    assertThat(handed).isNotDone();
    open.getFirst().complete(true);
    await().until(handed::isDone);
    assertThat(handed).isCompleted();
  }
}
