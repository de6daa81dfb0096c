package io.fairlead.libp2p.secure;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1Boolean;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.ASN1UTCTime;

/**
 * A certificate (RFC 5280 §4.1) of a peer, as far as it matters here. Read part by part, because
 * some peers' name no issuer, and readers of whole certificates take none such.
 *
 * @param key the certificate's own, of a kind that is supported
 * @param signed what its signature is over
 * @param extensions their values by id
 * @param critical ids of those that must be understood
 */
record PeerCertificate(
    PublicKey key,
    byte[] signed,
    String signatureAlgorithm,
    byte[] signature,
    Instant notBefore,
    Instant notAfter,
    Map<String, byte[]> extensions,
    Set<String> critical) {
  private static final int RSA_BITS_MIN = 2048;
  private static final int VERSION_TAG = 0;
  private static final int EXTENSIONS_TAG = 3;

  /** Kinds of keys, by the id of their algorithm. */
  private static final Map<String, String> KEYS =
      Map.of("1.2.840.10045.2.1", "EC", "1.2.840.113549.1.1.1", "RSA", "1.3.101.112", "Ed25519");

  private static final Map<String, String> SIGNATURES =
      Map.of(
          "1.2.840.10045.4.3.2", "SHA256withECDSA",
          "1.2.840.10045.4.3.3", "SHA384withECDSA",
          "1.2.840.10045.4.3.4", "SHA512withECDSA",
          "1.2.840.113549.1.1.11", "SHA256withRSA",
          "1.2.840.113549.1.1.12", "SHA384withRSA",
          "1.2.840.113549.1.1.13", "SHA512withRSA",
          "1.3.101.112", "Ed25519");

  PeerCertificate {
    extensions = Map.copyOf(extensions);
    critical = Set.copyOf(critical);
  }

  /**
   * Reads one.
   *
   * @throws HandshakeException no certificate, or its key is of no supported kind
   */
  static PeerCertificate read(byte[] der) throws HandshakeException {
    try {
      ASN1Sequence whole = ASN1Sequence.getInstance(ASN1Primitive.fromByteArray(der));
      ASN1Sequence content = ASN1Sequence.getInstance(whole.getObjectAt(0));
      boolean versioned =
          content.getObjectAt(0) instanceof ASN1TaggedObject tagged
              && tagged.getTagNo() == VERSION_TAG;
      int serial = versioned ? 1 : 0;
      ASN1Sequence validity = ASN1Sequence.getInstance(content.getObjectAt(serial + 3));
      Map<String, byte[]> extensions = new HashMap<>();
      Set<String> critical = new HashSet<>();
      for (int i = serial + 6; i < content.size(); i++) {
        ASN1TaggedObject part = ASN1TaggedObject.getInstance(content.getObjectAt(i));
        if (part.getTagNo() == EXTENSIONS_TAG) {
          readExtensions(ASN1Sequence.getInstance(part, true), extensions, critical);
        }
      }
      return new PeerCertificate(
          key(ASN1Sequence.getInstance(content.getObjectAt(serial + 5))),
          content.getEncoded(),
          id(ASN1Sequence.getInstance(whole.getObjectAt(1))),
          ASN1BitString.getInstance(whole.getObjectAt(2)).getOctets(),
          instant(validity.getObjectAt(0)),
          instant(validity.getObjectAt(1)),
          extensions,
          critical);
    } catch (IOException | ParseException | RuntimeException notDer) {
      // The reader of the parts throws what it likes for bytes that are not what they should be.
      throw new HandshakeException(
          HandshakeException.Reason.MALFORMED, "tls: a certificate that cannot be read");
    }
  }

  /** Whether its own key signed it. */
  boolean signedByItself() {
    String algorithm = SIGNATURES.get(signatureAlgorithm);
    if (algorithm == null) return false;
    try {
      Signature verifier = Signature.getInstance(algorithm);
      verifier.initVerify(key);
      verifier.update(signed);
      return verifier.verify(signature);
    } catch (GeneralSecurityException notASignature) {
      return false;
    }
  }

  boolean holdsAt(Instant now) {
    return !now.isBefore(notBefore) && !now.isAfter(notAfter);
  }

  private static void readExtensions(
      ASN1Sequence list, Map<String, byte[]> extensions, Set<String> critical) {
    for (ASN1Encodable each : list) {
      ASN1Sequence extension = ASN1Sequence.getInstance(each);
      String id = ASN1ObjectIdentifier.getInstance(extension.getObjectAt(0)).getId();
      int value = extension.size() - 1;
      if (value == 2 && ASN1Boolean.getInstance(extension.getObjectAt(1)).isTrue()) {
        critical.add(id);
      }
      extensions.put(id, ASN1OctetString.getInstance(extension.getObjectAt(value)).getOctets());
    }
  }

  private static String id(ASN1Sequence algorithm) {
    return ASN1ObjectIdentifier.getInstance(algorithm.getObjectAt(0)).getId();
  }

  private static Instant instant(ASN1Encodable time) throws ParseException {
    return time instanceof ASN1UTCTime utc
        ? utc.getAdjustedDate().toInstant()
        : ASN1GeneralizedTime.getInstance(time).getDate().toInstant();
  }

  private static PublicKey key(ASN1Sequence spki) throws IOException, HandshakeException {
    String kind = KEYS.get(id(ASN1Sequence.getInstance(spki.getObjectAt(0))));
    if (kind != null) {
      try {
        PublicKey key =
            KeyFactory.getInstance(kind)
                .generatePublic(new X509EncodedKeySpec(spki.getEncoded()));
        boolean small =
            key instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() < RSA_BITS_MIN;
        if (!small) return key;
      } catch (GeneralSecurityException unusable) {
        // such as a curve that the platform does not have
      }
    }
    throw new HandshakeException(
        HandshakeException.Reason.UNUSABLE_KEY, "tls: a certificate key of another kind");
  }
}
