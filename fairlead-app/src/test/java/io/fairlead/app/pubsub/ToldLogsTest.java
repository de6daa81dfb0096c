package io.fairlead.app.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.pubsub.Decoders;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.Log;
import io.fairlead.pubsub.LogEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ToldLogsTest {
  @TempDir Path folder;

  private static Log log(long block, int fork, long index) {
    String json =
        """
        {"address":"0x%s","topics":[],"data":"0x","blockNumber":"0x%x","blockHash":"0x%s",\
        "transactionHash":"0x%s","transactionIndex":"0x0","logIndex":"0x%x","removed":false}"""
            .formatted(
                "a".repeat(40), block, "%064x".formatted(block * 16 + fork), "c".repeat(64), index);
    return JsonSlice.of(json).decode(Decoders.log());
  }

  private ToldLogs reopened() throws IOException {
    ToldLogs told = new ToldLogs(Optional.of(folder));
    told.load();
    return told;
  }

  @Test
  void whatIsMetAgainIsNotTold() throws Exception {
    ToldLogs told = reopened();
    told.begin(Optional.of(4L));
    assertThat(told.news(log(5, 0, 0))).isTrue();
    told.told(log(5, 0, 0));
    told.told(log(6, 0, 0));
    told.passed(5);
    ToldLogs again = reopened();
    again.begin(Optional.of(5L));
    assertThat(again.news(log(6, 0, 0))).isFalse();
    assertThat(again.news(log(6, 0, 1))).isTrue();
    assertThat(again.missing(6)).isEmpty();
  }

  @Test
  void whatWasNeverSafeIsToldAgain() throws Exception {
    ToldLogs told = reopened();
    told.begin(Optional.of(4L));
    assertThat(told.news(log(5, 0, 0))).isTrue();
    told.begin(Optional.of(4L));
    assertThat(told.news(log(5, 0, 0))).isTrue();
  }

  @Test
  void whatLeftTheChainMeanwhileIsTakenBackNewestFirst() throws Exception {
    ToldLogs told = reopened();
    told.begin(Optional.of(4L));
    told.told(log(5, 0, 0));
    told.told(log(5, 0, 1));
    told.told(log(6, 0, 0));
    told.told(log(9, 0, 0));
    told.keep();
    ToldLogs again = reopened();
    again.begin(Optional.of(4L));
    assertThat(again.news(log(5, 1, 0))).isTrue();
    again.told(log(5, 1, 0));
    assertThat(again.missing(6)).containsExactly(log(6, 0, 0), log(5, 0, 1), log(5, 0, 0));
    assertThat(again.missing(6)).isEmpty();
    again.gap(new LogEvent.Gap(7, 9, LogEvent.GapReason.PROVIDER_LIMIT));
    assertThat(again.missing(100)).as("of a gap nothing is known").isEmpty();
  }

  @Test
  void withoutACursorNothingIsOwed() throws Exception {
    ToldLogs told = reopened();
    told.told(log(5, 0, 0));
    told.begin(Optional.empty());
    assertThat(told.missing(100)).isEmpty();
  }

  @Test
  void isBounded() throws Exception {
    ToldLogs told = reopened();
    for (int i = 0; i < ToldLogs.LOGS_MAX + 10; i++) told.told(log(5, 0, i));
    told.keep();
    try (var lines = Files.lines(folder.resolve("told.jsonl"))) {
      assertThat(lines.count()).isEqualTo(ToldLogs.LOGS_MAX);
    }
  }

  @Test
  void aDamagedFileIsSaid() throws Exception {
    Files.writeString(folder.resolve("told.jsonl"), "{\"address\":1}\n");
    assertThatThrownBy(this::reopened).isInstanceOf(IOException.class).hasMessageContaining("told");
  }
}
