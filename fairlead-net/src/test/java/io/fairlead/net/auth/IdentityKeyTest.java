package io.fairlead.net.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.identity.NodeKey;
import io.fairlead.core.random.Randomness;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdentityKeyTest {
  /** The Ed25519 vector of the peer id specification. */
  private static final byte[] VECTOR =
      HexFormat.of()
          .parseHex(
              "080112407e0830617c4a7de83925dfb2694556b12936c477a0e1feb2e148ec9da60fee7d1ed1e8fae2c4"
                  + "a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e");

  @TempDir Path folder;

  @Test
  void readsTheVectorOfTheSpecificationInThreeForms() throws Exception {
    Path file = folder.resolve("identity.key");
    Files.write(file, VECTOR);
    NodeKey expected = IdentityKey.read(file).publicKey();
    assertThat(expected.peerId()).isEqualTo("12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq");
    Files.writeString(file, Base64.getEncoder().encodeToString(VECTOR) + "\n");
    assertThat(IdentityKey.read(file).publicKey()).isEqualTo(expected);
  }

  @Test
  void readsPemThatTheJdkWrites() throws Exception {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    Path file = folder.resolve("key.pem");
    Files.writeString(
        file,
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder().encodeToString(pair.getPrivate().getEncoded())
            + "\n-----END PRIVATE KEY-----\n");
    assertThat(IdentityKey.read(file).publicKey().subjectPublicKeyInfo())
        .isEqualTo(pair.getPublic().getEncoded());
  }

  @Test
  void writesWhatItReadsForItsOwnerAloneAndNeverOver() throws Exception {
    IdentityKey key = IdentityKey.make(Randomness.system());
    Path file = folder.resolve("identity.key");
    key.write(file);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(Files.size(file)).isEqualTo(68);
    IdentityKey read = IdentityKey.read(file);
    assertThat(read.publicKey()).isEqualTo(key.publicKey());
    assertThat(read.toString()).doesNotContain(HexFormat.of().formatHex(Files.readAllBytes(file)));
    assertThatThrownBy(() -> key.write(file)).isInstanceOf(FileAlreadyExistsException.class);
  }

  @Test
  void theJdkVerifiesItsSignatures() throws Exception {
    IdentityKey key = IdentityKey.make(Randomness.system());
    byte[] text = "what was said".getBytes(UTF_8);
    Signature check = Signature.getInstance("Ed25519");
    check.initVerify(
        KeyFactory.getInstance("Ed25519")
            .generatePublic(new X509EncodedKeySpec(key.publicKey().subjectPublicKeyInfo())));
    check.update(text);
    assertThat(check.verify(key.sign(text))).isTrue();
  }

  @Test
  void refusesWhatIsNoKey() throws Exception {
    Path file = folder.resolve("identity.key");
    byte[] broken = VECTOR.clone();
    broken[67] ^= 1; // the public half does not belong to the private one
    for (byte[] content : new byte[][] {broken, {}, "hello".getBytes(UTF_8), new byte[5000]}) {
      Files.write(file, content);
      assertThatThrownBy(() -> IdentityKey.read(file)).isInstanceOf(IOException.class);
    }
  }
}
