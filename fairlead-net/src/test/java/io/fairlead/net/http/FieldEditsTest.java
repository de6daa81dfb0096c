package io.fairlead.net.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class FieldEditsTest {
  private final FieldEdits edits = new FieldEdits();

  @Test
  void whatIsAddedKeepsItsOrderHoweverMuchItIs() {
    for (int i = 0; i < 30; i++) edits.add("X-" + i, "v" + i);
    assertThat(edits.size()).isEqualTo(30);
    for (int i = 0; i < 30; i++) {
      assertThat(edits.name(i)).isEqualTo("X-" + i);
      assertThat(edits.value(i)).isEqualTo("v" + i);
    }
    assertThat(edits.added()).hasSize(30).contains(new FieldEdits.Field("X-29", "v29"));
  }

  @Test
  void oneThatIsSetTakesThePlaceOfAllOfItsName() {
    edits.add("Via", "a").add("X-A", "1").add("VIA", "b").add("X-B", "2").set("via", "c");
    assertThat(edits.added())
        .containsExactly(
            new FieldEdits.Field("X-A", "1"),
            new FieldEdits.Field("X-B", "2"),
            new FieldEdits.Field("via", "c"));
    assertThat(edits.dropped()).containsExactly("via");
  }

  @Test
  void oneThatIsPurgedIsGone() {
    edits.add("X-A", "1").add("x-a", "2").add("X-B", "3").purge("X-A");
    assertThat(edits.added()).containsExactly(new FieldEdits.Field("X-B", "3"));
    assertThat(edits.dropped()).containsExactly("x-a");
  }

  @Test
  void clearedTheyAreAsNew() {
    edits.add("X-A", "1").drop("X-B").clear();
    assertThat(edits.size()).isZero();
    assertThat(edits.added()).isEmpty();
    assertThat(edits.dropped()).isEmpty();
    edits.add("X-C", "2");
    assertThat(edits.added()).containsExactly(new FieldEdits.Field("X-C", "2"));
  }

  @Test
  void noValueBreaksALine() {
    assertThatThrownBy(() -> edits.add("X-A", "1\r\nX-B: 2"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(edits.size()).isZero();
  }
}
