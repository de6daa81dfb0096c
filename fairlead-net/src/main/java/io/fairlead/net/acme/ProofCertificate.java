package io.fairlead.net.acme;

import io.fairlead.net.tls.CertifiedKey;
import java.io.IOException;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** What a server that checks a host by TLS wants to see (RFC 8737 §3): one name and the proof. */
final class ProofCertificate {
  private static final ASN1ObjectIdentifier ACME_IDENTIFIER =
      new ASN1ObjectIdentifier("1.3.6.1.5.5.7.1.31");
  private static final Duration LIFE = Duration.ofDays(1);

  private ProofCertificate() {}

  /**
   * @param validation SHA-256 of the key authorization
   */
  static CertifiedKey of(String host, byte[] validation, KeyPair key, Instant now) {
    X500Principal name = new X500Principal("CN=acme");
    try {
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              name,
              BigInteger.ONE,
              Date.from(now.minus(LIFE)),
              Date.from(now.plus(LIFE)),
              name,
              key.getPublic());
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(new GeneralName(GeneralName.dNSName, host)));
      builder.addExtension(ACME_IDENTIFIER, true, new DEROctetString(validation));
      X509Certificate proof =
          new JcaX509CertificateConverter()
              .getCertificate(
                  builder.build(
                      new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate())));
      return CertifiedKey.of(key.getPrivate(), List.of(proof));
    } catch (IOException | OperatorCreationException | CertificateException impossible) {
      throw new IllegalStateException("a P-256 key cannot sign", impossible);
    }
  }
}
