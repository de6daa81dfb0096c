package io.fairlead.libp2p.secure;

import io.fairlead.core.random.Randomness;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.libp2p.key.PublicKey;
import io.fairlead.libp2p.key.UnusableKeyException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.Set;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A certificate that no authority vouches for, and the node's word in it that the certificate's key
 * is its own. Ours is made once. Immutable; any thread.
 *
 * @param key of the certificate, not of the node
 * @see <a href="https://github.com/libp2p/specs/blob/master/tls/tls.md">libp2p TLS</a>
 */
record TlsIdentity(java.security.PrivateKey key, X509Certificate certificate) {
  private static final ASN1ObjectIdentifier EXTENSION =
      new ASN1ObjectIdentifier("1.3.6.1.4.1.53594.1.1");
  private static final byte[] PREFIX = "libp2p-tls-handshake:".getBytes(StandardCharsets.US_ASCII);

  /** For peers whose clock is behind ours. */
  private static final Duration EARLIER = Duration.ofHours(1);

  private static final Duration LIFE = Duration.ofDays(36_525);

  /** Critical extensions that say nothing which matters here: they limit what an authority may. */
  private static final Set<String> UNDERSTOOD =
      Set.of(EXTENSION.getId(), "2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.37");

  static TlsIdentity of(PrivateKey node, Instant now, Randomness randomness) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair pair = generator.generateKeyPair();
      byte[] signature = node.sign(signed(pair.getPublic().getEncoded()));
      byte[] serial = randomness.secureBytes(16);
      serial[0] = (byte) (serial[0] & 0x3f | 0x40); // positive, and always of the same length
      X500Principal name = new X500Principal("O=libp2p.io");
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              name,
              new BigInteger(serial),
              Date.from(now.minus(EARLIER)),
              Date.from(now.plus(LIFE)),
              name,
              pair.getPublic());
      builder.addExtension(
          EXTENSION,
          false,
          new DERSequence(
              new ASN1Encodable[] {
                new DEROctetString(node.publicKey().toBytes()), new DEROctetString(signature)
              }));
      X509Certificate certificate =
          new JcaX509CertificateConverter()
              .getCertificate(
                  builder.build(
                      new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
      return new TlsIdentity(pair.getPrivate(), certificate);
    } catch (GeneralSecurityException | IOException | OperatorCreationException impossible) {
      throw new IllegalStateException("a certificate of our own", impossible);
    }
  }

  /**
   * Checks everything a peer's certificates must be. 
   *
   * @throws HandshakeException one of it does not hold
   */
  static PublicKey verify(Certificate[] chain, Instant now) throws HandshakeException {
    if (chain.length != 1) {
      throw malformed(chain.length + " certificates (expected: 1)");
    }
    PeerCertificate certificate = read(chain[0]);
    if (!UNDERSTOOD.containsAll(certificate.critical())) {
      throw malformed("an unknown critical extension");
    }
    if (!certificate.holdsAt(now)) throw malformed("a certificate that does not hold now");
    if (!certificate.signedByItself()) {
      throw new HandshakeException(
          HandshakeException.Reason.BAD_SIGNATURE, "tls: a certificate not signed by its own key");
    }
    Word word = word(certificate);
    if (!word.key().verify(signed(certificate.key().getEncoded()), word.signature())) {
      throw new HandshakeException(
          HandshakeException.Reason.BAD_SIGNATURE, "tls: the certificate is not the peer's");
    }
    return word.key();
  }

  /** Who a certificate says it is of; it was checked before. */
  static PublicKey named(Certificate certificate) throws HandshakeException {
    return word(read(certificate)).key();
  }

  private static PeerCertificate read(Certificate certificate) throws HandshakeException {
    try {
      return PeerCertificate.read(certificate.getEncoded());
    } catch (CertificateEncodingException notDer) {
      throw malformed("a certificate that cannot be read");
    }
  }

  private record Word(PublicKey key, byte[] signature) {}

  private static Word word(PeerCertificate certificate) throws HandshakeException {
    byte[] extension = certificate.extensions().get(EXTENSION.getId());
    if (extension == null) throw malformed("a certificate of no peer");
    try {
      ASN1Sequence parts = ASN1Sequence.getInstance(ASN1Primitive.fromByteArray(extension));
      if (parts.size() != 2) throw malformed("an extension of " + parts.size() + " parts");
      return new Word(
          PublicKey.read(ASN1OctetString.getInstance(parts.getObjectAt(0)).getOctets()),
          ASN1OctetString.getInstance(parts.getObjectAt(1)).getOctets());
    } catch (IOException | RuntimeException notDer) {
      throw malformed("an extension that cannot be read");
    } catch (UnusableKeyException unusable) {
      throw new HandshakeException(HandshakeException.Reason.UNUSABLE_KEY, unusable.getMessage());
    }
  }

  private static byte[] signed(byte[] spki) {
    byte[] bytes = Arrays.copyOf(PREFIX, PREFIX.length + spki.length);
    System.arraycopy(spki, 0, bytes, PREFIX.length, spki.length);
    return bytes;
  }

  private static HandshakeException malformed(String what) {
    return new HandshakeException(HandshakeException.Reason.MALFORMED, "tls: " + what);
  }
}
