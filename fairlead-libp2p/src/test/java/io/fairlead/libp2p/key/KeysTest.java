package io.fairlead.libp2p.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.libp2p.Vectors;
import io.fairlead.libp2p.codec.KeyMessage;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.codec.ProtoWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeysTest {
  private static final byte[] MESSAGE = "hello".getBytes(StandardCharsets.UTF_8);

  @ParameterizedTest
  @EnumSource(KeyType.class)
  void theVectorsOfEveryKindReadSignAndWriteBack(KeyType type) throws UnusableKeyException {
    String name = "key." + type.name().toLowerCase(java.util.Locale.ROOT);
    byte[] secret = Vectors.bytes(name + ".private");
    byte[] open = Vectors.bytes(name + ".public");

    PrivateKey key = PrivateKey.read(secret);
    assertThat(key.type()).isEqualTo(type);
    assertThat(key.toBytes()).isEqualTo(secret);
    assertThat(key.publicKey().toBytes()).isEqualTo(open);
    PublicKey read = PublicKey.read(open);
    assertThat(read).isEqualTo(key.publicKey());

    byte[] signature = key.sign(MESSAGE);
    assertThat(read.verify(MESSAGE, signature)).isTrue();
    assertThat(read.verify("hellp".getBytes(StandardCharsets.UTF_8), signature)).isFalse();
    signature[signature.length / 2] ^= 1;
    assertThat(read.verify(MESSAGE, signature)).isFalse();
    assertThat(read.verify(MESSAGE, new byte[0])).isFalse();
    assertThat(key.toString()).doesNotContain(Arrays.toString(secret)).contains("private key of");
  }

  @Test
  void anIdOfAShortKeyHoldsTheKey() throws Exception {
    List<String> ed25519 = Vectors.all("peerid.ed25519").getFirst();
    PublicKey key = PublicKey.read(Vectors.bytes("key.ed25519.public"));
    assertThat(key.peerId()).hasToString(ed25519.getFirst());
    String cid = ed25519.get(2).substring("cid=".length());
    assertThat(key.peerId().toCid()).isEqualTo(cid);
    assertThat(PeerId.parse(ed25519.getFirst())).isEqualTo(key.peerId());
    assertThat(PeerId.parse(cid)).isEqualTo(key.peerId());
    assertThat("multihash=" + java.util.HexFormat.of().formatHex(key.peerId().toBytes()))
        .isEqualTo(ed25519.get(1));
    assertThat(key.peerId().key()).contains(key);

    List<String> secp256k1 = Vectors.all("peerid.secp256k1").getFirst();
    PublicKey other = PublicKey.read(Vectors.bytes("key.secp256k1.public"));
    assertThat(other.peerId()).hasToString(secp256k1.getFirst());
    assertThat("multihash=" + java.util.HexFormat.of().formatHex(other.peerId().toBytes()))
        .isEqualTo(secp256k1.get(1));
  }

  @Test
  void anIdOfALongKeyIsItsHash() throws Exception {
    PublicKey key = PublicKey.read(Vectors.bytes("key.rsa.public"));
    assertThat(key.peerId().toString()).startsWith("Qm").hasSize(46);
    assertThat(key.peerId().key()).isEmpty();
    assertThat(PeerId.parse(key.peerId().toString())).isEqualTo(key.peerId());
    // The same in base 36, as others write it.
    byte[] cid = new byte[36];
    cid[0] = 1;
    cid[1] = 0x72;
    System.arraycopy(key.peerId().toBytes(), 0, cid, 2, 34);
    assertThat(PeerId.parse("k" + RadixText.BASE36.encode(cid))).isEqualTo(key.peerId());
    assertThat(PeerId.parse("z" + RadixText.BASE58_BTC.encode(cid))).isEqualTo(key.peerId());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1",
        "Qm",
        "QmbFgm5zan8P6eWWmeyfncR5feYEMPbht5b1FW1C37aQ7",
        "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pqq",
        "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3p0",
        "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
        "bafzaajaiaejcahwr5d5ofrfbis4l5d6uwr57hu5tjodrypfm6yaq6dsc2r2pzyt6aa",
        "x12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq",
      })
  void whatIsNoIdIsRefused(String text) {
    assertThatThrownBy(() -> PeerId.parse(text)).isInstanceOf(MalformedException.class);
  }

  @Test
  void otherHashesAndWrongLengthsAreRefused() {
    byte[] sha1 = new byte[22];
    sha1[0] = 0x11;
    sha1[1] = 20;
    byte[] shortSha2 = new byte[33];
    shortSha2[0] = 0x12;
    shortSha2[1] = 31;
    byte[] longIdentity = new byte[45];
    longIdentity[1] = 43;
    byte[] trailing = new byte[35];
    trailing[0] = 0x12;
    trailing[1] = 32;
    for (byte[] bytes :
        List.of(sha1, shortSha2, longIdentity, trailing, new byte[0], new byte[2])) {
      assertThatThrownBy(() -> PeerId.of(bytes)).isInstanceOf(MalformedException.class);
    }
  }

  @Test
  void anOldEd25519KeyHasItsPublicHalfTwice() throws UnusableKeyException {
    PrivateKey key = PrivateKey.generate();
    byte[] data = Arrays.copyOfRange(key.toBytes(), 4, 68);
    byte[] old = Arrays.copyOf(data, 96);
    System.arraycopy(data, 32, old, 64, 32);
    PrivateKey read = PrivateKey.read(new KeyMessage(1, old).toBytes());
    assertThat(read.publicKey()).isEqualTo(key.publicKey());
    assertThat(read.toBytes()).isEqualTo(key.toBytes());

    old[95] ^= 1;
    assertThatThrownBy(() -> PrivateKey.read(new KeyMessage(1, old).toBytes()))
        .isInstanceOf(UnusableKeyException.class);
    data[63] ^= 1;
    assertThatThrownBy(() -> PrivateKey.read(new KeyMessage(1, data).toBytes()))
        .hasMessageContaining("belong together");
  }

  @Test
  void aKeyInAnotherFieldOrderHasTheSameId() throws UnusableKeyException {
    PublicKey key = PrivateKey.generate().publicKey();
    byte[] turned = new ProtoWriter().bytes(2, key.data()).uint(1, 1).toBytes();
    assertThat(PublicKey.read(turned)).isEqualTo(key);
    assertThat(PublicKey.read(turned).peerId()).isEqualTo(key.peerId());
  }

  @ParameterizedTest
  @CsvSource({
    "'', missing",
    "0801, missing",
    "08041200, key type: 4",
    "0801120101, ed25519 key: 1 bytes",
    "080212020203, no compressed point",
    // x is larger than the prime of the curve
    "0802122102ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff, no point",
    "080012023000, rsa key",
    "080312023000, DER",
    "08031206300430020600, curve",
    "08ff, cut off",
  })
  void unusableKeysAreRefused(String hex, String reason) {
    byte[] message = java.util.HexFormat.of().parseHex(hex);
    assertThatThrownBy(() -> PublicKey.read(message))
        .isInstanceOf(UnusableKeyException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void shortRsaKeysAndOtherCurvesAreRefused() throws Exception {
    KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
    rsa.initialize(1024);
    byte[] spki = rsa.generateKeyPair().getPublic().getEncoded();
    assertThatThrownBy(() -> PublicKey.of(KeyType.RSA, spki)).hasMessageContaining("1024 bits");
    byte[] p256 = Vectors.bytes("key.ecdsa.public");
    p256[4 + 22] ^= 1; // the last number of the name of the curve
    assertThatThrownBy(() -> PublicKey.read(p256)).isInstanceOf(UnusableKeyException.class);
  }

  @ParameterizedTest
  @CsvSource({"secp384r1", "secp521r1"})
  void largerCurvesAreTaken(String curve) throws Exception {
    KeyPairGenerator ec = KeyPairGenerator.getInstance("EC");
    ec.initialize(new ECGenParameterSpec(curve));
    var pair = ec.generateKeyPair();
    PublicKey key = PublicKey.of(KeyType.ECDSA, pair.getPublic().getEncoded());
    java.security.Signature signer = java.security.Signature.getInstance("SHA256withECDSA");
    signer.initSign(pair.getPrivate());
    signer.update(MESSAGE);
    assertThat(key.verify(MESSAGE, signer.sign())).isTrue();
  }

  @Test
  void aFileIsMadeOnceAndReadableByItsOwnerOnly(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("identity");
    PrivateKey made = IdentityFile.open(file);
    assertThat(made.type()).isEqualTo(KeyType.ED25519);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(Files.readAllBytes(file)).isEqualTo(made.toBytes());
    assertThat(IdentityFile.open(file).peerId()).isEqualTo(made.peerId());
  }

  @Test
  void filesOfOthersAreRead(@TempDir Path folder) throws Exception {
    PrivateKey key = PrivateKey.generate();
    Path file = folder.resolve("identity");
    Files.writeString(file, Base64.getEncoder().encodeToString(key.toBytes()) + "\n");
    assertThat(IdentityFile.open(file).peerId()).isEqualTo(key.peerId());

    for (String algorithm : List.of("Ed25519", "RSA", "EC")) {
      var pair = KeyPairGenerator.getInstance(algorithm).generateKeyPair();
      byte[] pkcs8 = pair.getPrivate().getEncoded();
      if (algorithm.equals("EC")) {
        // The platform writes no public half; others do.
        PrivateKey ecdsa = PrivateKey.read(Vectors.bytes("key.ecdsa.private"));
        byte[] sec1 = KeyMessage.read(ecdsa.toBytes()).data();
        byte[] identifier =
            java.util.HexFormat.of().parseHex("301306072a8648ce3d020106082a8648ce3d030107");
        pkcs8 =
            Der.of(Der.SEQUENCE, new byte[] {2, 1, 0}, identifier, Der.of(Der.OCTET_STRING, sec1));
      }
      Files.writeString(
          file,
          "-----BEGIN PRIVATE KEY-----\n"
              + Base64.getMimeEncoder().encodeToString(pkcs8)
              + "\n-----END PRIVATE KEY-----\n");
      PrivateKey read = IdentityFile.open(file);
      assertThat(read.publicKey().verify(MESSAGE, read.sign(MESSAGE))).isTrue();
      if (algorithm.equals("EC")) {
        assertThat(read.publicKey().toBytes()).isEqualTo(Vectors.bytes("key.ecdsa.public"));
      } else {
        byte[] spki = pair.getPublic().getEncoded();
        byte[] data = read.publicKey().data();
        assertThat(Arrays.copyOfRange(spki, spki.length - 32, spki.length))
            .isEqualTo(Arrays.copyOfRange(data, data.length - 32, data.length));
      }
    }
  }

  @Test
  void aFileWithoutAKeyIsLeftAsItIs(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("identity");
    for (String content : List.of("", "no key", "-----BEGIN PRIVATE KEY-----", "\b\u0001")) {
      Files.writeString(file, content);
      assertThatThrownBy(() -> IdentityFile.open(file)).isInstanceOf(UnusableKeyException.class);
      assertThat(file).hasContent(content);
    }
  }
}
