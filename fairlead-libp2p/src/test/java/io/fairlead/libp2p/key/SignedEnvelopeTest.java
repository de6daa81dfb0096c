package io.fairlead.libp2p.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.libp2p.Vectors;
import io.fairlead.libp2p.codec.EnvelopeMessage;
import io.fairlead.libp2p.codec.MalformedException;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class SignedEnvelopeTest {
  @Test
  void theVoucherOfAnotherImplementationOpensAndIsMadeByteForByte() throws Exception {
    PrivateKey relay = PrivateKey.read(Vectors.bytes("key.ed25519.private"));
    PeerId peer = PublicKey.read(Vectors.bytes("key.secp256k1.public")).peerId();
    Voucher voucher = Voucher.open(Vectors.bytes("envelope.voucher"));
    assertThat(voucher)
        .isEqualTo(new Voucher(relay.peerId(), peer, Instant.ofEpochSecond(1893456000)));
    assertThat(voucher.seal(relay)).isEqualTo(Vectors.bytes("envelope.voucher"));
  }

  @Test
  void aRecordOfOneKindIsNoneOfAnother() {
    assertThatThrownBy(() -> Voucher.open(Vectors.bytes("envelope.peerrecord")))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("another kind");
  }

  @Test
  void aTypeOfThreeBytesAsAVarintWouldBeIsAnotherKind() throws Exception {
    EnvelopeMessage good = EnvelopeMessage.read(Vectors.bytes("envelope.voucher"));
    byte[] varint = {(byte) 0x82, 0x06};
    byte[] changed =
        new EnvelopeMessage(good.publicKey(), varint, good.payload(), good.signature()).toBytes();
    assertThatThrownBy(() -> Voucher.open(changed)).hasMessageContaining("another kind");
  }

  @Test
  void everyChangedByteIsNoticed() {
    byte[] good = Vectors.bytes("envelope.voucher");
    for (int i = 0; i < good.length; i++) {
      byte[] changed = good.clone();
      changed[i] ^= 1;
      assertThatThrownBy(() -> Voucher.open(changed)).isInstanceOf(MalformedException.class);
    }
  }

  @Test
  void aVoucherMustBeSignedByTheRelayItNames() throws Exception {
    PrivateKey relay = PrivateKey.generate();
    PrivateKey other = PrivateKey.generate();
    Voucher voucher = new Voucher(relay.peerId(), other.peerId(), Instant.EPOCH);
    assertThatThrownBy(() -> voucher.seal(other)).isInstanceOf(IllegalArgumentException.class);
    byte[] payload =
        SignedEnvelope.open(SignedEnvelope.Kind.RESERVATION_VOUCHER, voucher.seal(relay)).payload();
    byte[] forged = SignedEnvelope.seal(SignedEnvelope.Kind.RESERVATION_VOUCHER, payload, other);
    assertThatThrownBy(() -> Voucher.open(forged)).hasMessageContaining("not signed by the relay");
  }
}
