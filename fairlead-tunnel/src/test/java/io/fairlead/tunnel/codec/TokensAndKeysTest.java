package io.fairlead.tunnel.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokensAndKeysTest {
  @Test
  void aTokenIsOneTextToPaste() throws Exception {
    byte[] secret = new byte[32];
    secret[31] = 7;
    JoinToken token = new JoinToken("sensor-17", Binary.of(secret), Binary.of(new byte[32]));
    assertThat(token.text()).startsWith("fl1.").doesNotContain("=", " ", "\n");
    assertThat(JoinToken.parse("  " + token.text() + "\n")).isEqualTo(token);
    assertThat(token.toString()).isEqualTo("token of sensor-17");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "fl1", "fl1...", "fl2.YQ.AA.AA", "fl1.YQ.AA.AA", "fl1.Y Q.AA.AA", "hunter2"})
  void whatIsNoTokenIsRefused(String text) {
    assertThatThrownBy(() -> JoinToken.parse(text)).isInstanceOf(BadControlException.class);
  }

  /** The public key of RFC 8032 §7.1, test 1, and its peer id as other implementations print it. */
  @Test
  void aKeyHasThreeFormsAndOneText() throws Exception {
    String raw = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    AgentKey key = new AgentKey(Binary.of(HexFormat.of().parseHex(raw)));
    assertThat(key.text()).startsWith("12D3KooW").hasSize(52);
    assertThat(AgentKey.parse(key.text())).isEqualTo(key);
    assertThat(AgentKey.parse("0xed01" + raw)).isEqualTo(key);
    String pem =
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
            + "-----END PUBLIC KEY-----\n";
    assertThat(AgentKey.parse(pem)).isEqualTo(key);
    assertThat(AgentKey.of(key.toPublicKey())).isEqualTo(key);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "12D3KooW", "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N", "0OIl"})
  void whatIsNoEd25519KeyIsRefused(String text) {
    assertThatThrownBy(() -> AgentKey.parse(text)).isInstanceOf(BadControlException.class);
  }
}
