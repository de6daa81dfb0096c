package io.fairlead.pubsub.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.LogFilter;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.TerminalCause;
import io.fairlead.pubsub.log.Answer;
import io.fairlead.pubsub.log.BlockHash;
import io.fairlead.pubsub.log.ChainJson;
import io.fairlead.pubsub.log.Query;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What answers, and their failures, mean for whoever fills a hole. */
class NodeQuestionsTest {
  private static final Query RANGE = new Query.EntriesIn(1, 2_000);
  private static final Query BLOCK = new Query.EntriesOf(new BlockHash(0, 0, 0, 7), 7);
  private static final PubSubException LATE =
      new PubSubException.Timeout(PubSubException.Timeout.Stage.REQUEST, Duration.ofSeconds(30));

  private static Answer answer(Query query, Supplier<CompletableFuture<JsonSlice>> node) {
    return new NodeQuestions(_ -> node.get(), LogFilter.all(), Runnable::run)
        .ask(query, ChainJson::header)
        .join();
  }

  private static Answer failed(Query query, PubSubException why) {
    return answer(query, () -> CompletableFuture.failedFuture(why));
  }

  @Test
  void f18WhatIsTooLargeToReadIsTooMuchToAskFor() {
    assertThat(failed(RANGE, new PubSubException.FrameTooLarge(32 << 20)))
        .isInstanceOf(Answer.TooMuch.class);
    TerminalCause large = TerminalCause.of(TerminalCause.Kind.FRAME_TOO_LARGE, "TOO_LARGE", 1009);
    assertThat(failed(RANGE, new PubSubException.TransportError(large, false)))
        .isInstanceOf(Answer.TooMuch.class);
  }

  @Test
  void aRangeThatTakesTooLongIsTooMuchAndABlockIsAskedForAgain() {
    assertThat(failed(RANGE, LATE)).isInstanceOf(Answer.TooMuch.class);
    assertThat(failed(BLOCK, LATE)).isInstanceOf(Answer.Failed.class);
  }

  @Test
  void whatIsNoAnswerFails() {
    for (String broken : new String[] {"null", "7", "[7]", "[{}]"}) {
      assertThat(answer(RANGE, () -> CompletableFuture.completedFuture(JsonSlice.of(broken))))
          .as(broken)
          .isInstanceOf(Answer.Failed.class);
    }
  }
}
