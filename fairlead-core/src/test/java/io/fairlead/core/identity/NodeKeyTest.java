package io.fairlead.core.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.KeyPairGenerator;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeKeyTest {
  // The public key of the peer id specification's Ed25519 test vector.
  private static final String RAW =
      "1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e";

  @Test
  void everyTextFormIsTheSameKey() throws Exception {
    byte[] spki =
        KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPublic().getEncoded();
    NodeKey key = NodeKey.of(Arrays.copyOfRange(spki, 12, 44));
    String pem =
        "-----BEGIN PUBLIC KEY-----\n"
            + Base64.getMimeEncoder().encodeToString(spki)
            + "\n-----END PUBLIC KEY-----\n";
    assertThat(NodeKey.parse(pem)).contains(key);
    assertThat(NodeKey.parse("0xed01" + key.hex())).contains(key);
    assertThat(NodeKey.parse("ED01" + key.hex())).contains(key);
    assertThat(NodeKey.parse(key.peerId())).contains(key);
    assertThat(NodeKey.ofMulticodec(key.multicodec())).contains(key);
    assertThat(key.subjectPublicKeyInfo()).isEqualTo(spki);
    assertThat(key.peerId()).startsWith("12D3Koo");
  }

  @Test
  void thePeerIdIsTheOneOfTheSpecification() {
    assertThat(new NodeKey(RAW).peerId())
        .isEqualTo("12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq");
  }

  @ParameterizedTest
  @CsvSource({
    "0xe701" + RAW + ", another curve",
    "0xed01" + RAW + "00, too long",
    RAW + ", no multicodec",
    "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N, a hashed key",
    "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3p0, not base58",
    "-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----, no key",
  })
  void nothingElseBinds(String text, String why) {
    assertThat(NodeKey.parse(text)).as(why).isEmpty();
  }

  @Test
  void anyKeyComesBackFromItsPeerId() {
    java.util.Random random = new java.util.Random(20_261_122);
    for (int i = 0; i < 2_000; i++) {
      byte[] raw = new byte[32];
      random.nextBytes(raw);
      // Also numbers that begin, or end, with many zeros.
      if (i % 3 == 0) java.util.Arrays.fill(raw, 0, random.nextInt(33), (byte) 0);
      if (i % 5 == 0) java.util.Arrays.fill(raw, random.nextInt(32), 32, (byte) 0);
      NodeKey key = NodeKey.of(raw);
      assertThat(NodeKey.parse(key.peerId())).as(key.hex()).contains(key);
      assertThat(key.peerId()).startsWith("12D3Koo").hasSize(52);
    }
  }
}
