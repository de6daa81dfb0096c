package io.fairlead.tunnel.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LedgerLineTest {
  @Test
  void whatIsWrittenIsReadAsItWas() throws Exception {
    var line = new LedgerLine("box/ssh", ServiceKind.UDP, 20_001, true, 1_795_000_000L, 1, 2, 3, 4);
    assertThat(LedgerLine.ofLine(line.toLine())).isEqualTo(line);
    var bare = new LedgerLine("box/web", ServiceKind.TCP, 0, false, 0, 1L << 50, 0, 0, 0);
    assertThat(LedgerLine.ofLine(bare.toLine())).isEqualTo(bare);
  }

  @Test
  void theOwnerIsSaidByTheFirstLineOnly() {
    assertThat(LedgerLine.ownerOf(LedgerLine.owner("abc"))).isEqualTo("abc");
    assertThat(LedgerLine.ownerOf("{\"id\":\"box/ssh\"}")).isEmpty();
    assertThat(LedgerLine.ownerOf("damaged")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "{\"id\":\"\"}",
        "{\"id\":\"a/b\",\"port\":70000}",
        "{\"id\":\"a/b\",\"sent\":-1}",
        "{\"id\":\"a/b\",\"kind\":\"smoke\",\"port\":1}"
      })
  void damageIsSaidAsSuch(String line) {
    assertThatThrownBy(() -> LedgerLine.ofLine(line)).isInstanceOf(BadControlException.class);
  }
}
