package io.fairlead.pubsub.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RefusalsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // how providers say that a range is too much
        "-32005 | query returned more than 10000 results | too much -",
        "-32005 | query returned more than 10000 results. Try with this block range [0x1, 0x64]. |"
            + " too much 100",
        "-32602 | Log response size exceeded. You can make eth_getLogs requests with up to a 2K"
            + " block range | too much 2000",
        "-32602 | this block range should work: [0x10, 0x1f] | too much 16",
        "-32000 | exceed maximum block range: 5000 | too much 5000",
        "-32603 | eth_getLogs is limited to a 10,000 range | too much 10000",
        "-32000 | block range is too large, max is 1k blocks | too much 1000",
        "35 | ranges over 10000 blocks are not supported on freetier | too much -",
        "-32000 | query timeout exceeded | too much -",
        // a block that the node does not know
        "-32000 | unknown block | unknown",
        "-32000 | header not found | unknown",
        "-32602 | Block could not be found: does not exist | unknown",
        "-32001 | resource not found | unknown",
        // the right to ask, not the question
        "-32005 | daily request count exceeded, request rate limited | failed",
        "429 | too many requests, limit exceeded | failed",
        "-32000 | you exceeded your capacity per second limit | failed",
        "-32603 | internal error | failed",
        "-32601 | the method eth_getLogs does not support this | failed",
      })
  void f24ReadsWhatNodesMean(long code, String text, String meant) {
    assertThat(word(Refusals.read(code, text, Duration.ofSeconds(3)))).isEqualTo(meant);
  }

  private static String word(Answer answer) {
    return switch (answer) {
      case Answer.TooMuch(var span) ->
          "too much " + (span.isPresent() ? Long.toString(span.getAsLong()) : "-");
      case Answer.UnknownBlock _ -> "unknown";
      case Answer.Failed(Duration wait) -> wait.toSeconds() == 3 ? "failed" : "failed at once";
      case Answer.Entries _, Answer.Headers _ -> "answered";
    };
  }
}
