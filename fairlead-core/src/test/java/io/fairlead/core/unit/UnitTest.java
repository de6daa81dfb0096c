package io.fairlead.core.unit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnitTest {
  @ParameterizedTest
  @CsvSource({"0, 0", "1, 1", "1024, 1KiB", "1536, 1536", "104857600, 100MiB", "1073741824, 1GiB"})
  void sizesPrintExactly(long bytes, String text) {
    assertThat(new ByteSize(bytes)).hasToString(text);
  }

  @Test
  void secretsNeverPrintAndCompareByText() {
    assertThat(Secret.of("hunter2")).hasToString("***").isEqualTo(Secret.of("hunter2"));
    assertThat(Secret.of("hunter2")).isNotEqualTo(Secret.of("hunter3"));
    assertThat(Secret.of("hunter2").reveal()).isEqualTo("hunter2");
  }

  @Test
  void limitsAdmitUpToTheirCount() {
    assertThat(Limit.atMost(2).admits(2)).isTrue();
    assertThat(Limit.atMost(2).admits(3)).isFalse();
    assertThat(Limit.OFF.admits(Long.MAX_VALUE)).isTrue();
    assertThatThrownBy(() -> Limit.atMost(0)).isInstanceOf(IllegalArgumentException.class);
  }
}
