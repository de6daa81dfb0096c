package io.fairlead.http.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceContextTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String FIELD = "00-" + TRACE + "-00f067aa0ba902b7-01";

  @Test
  void readsAndWritesTheField() {
    TraceContext context = TraceContext.parse(FIELD);
    assertThat(context)
        .isEqualTo(new TraceContext(TRACE, "00f067aa0ba902b7", "00f067aa0ba902b7", 1));
    assertThat(context.text()).isEqualTo(FIELD);
    assertThat(TraceContext.parse(FIELD.replaceFirst("00", "cc") + "-more").traceId())
        .isEqualTo(TRACE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01"
      })
  void refusesWhatIsNotWellFormed(String field) {
    assertThat(TraceContext.parse(field)).isNull();
  }

  @Test
  void theNextPlaceKeepsTraceAndFlagsAndNamesUs() {
    Random random = new Random(7);
    TraceContext next = TraceContext.parse(FIELD.replaceFirst("01$", "ff")).next(random);
    assertThat(next.text()).matches("00-" + TRACE + "-[0-9a-f]{16}-03").isNotEqualTo(FIELD);
    assertThat(TraceContext.parse(next.text())).isNotNull();
    assertThat(next.caller()).isEqualTo("00f067aa0ba902b7");
    assertThat(next.begun()).isFalse();
    TraceContext begun = TraceContext.begin(random, _ -> false);
    assertThat(begun.begun()).isTrue();
    assertThat(TraceContext.begin(random, _ -> true).text()).endsWith("-01");
    assertThat(TraceContext.parse(begun.text()).traceId()).isNotEqualTo(TRACE);
    assertThat(begun.text()).endsWith("-00");
  }
}
