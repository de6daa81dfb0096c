package io.fairlead.net.certs;

import io.fairlead.core.address.IpLiteral;
import io.fairlead.core.random.Randomness;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Writes certificates of an authority of ours (RFC 5280 §4): P-256 keys, ECDSA with SHA-256. */
final class CertWriter {
  /** For clients whose clock is behind ours. */
  private static final Duration EARLIER = Duration.ofHours(1);

  private static final int SERIAL_BYTES = 16;
  private static final int COMMON_NAME_MAX = 64; // RFC 5280, appendix A
  private static final String ALGORITHM = "SHA256withECDSA";

  private final Randomness randomness;

  CertWriter(Randomness randomness) {
    this.randomness = randomness;
  }

  static KeyPair newKey() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every Java platform has P-256", impossible);
    }
  }

  /** A certificate that vouches for itself, and may vouch for servers but for no authority. */
  X509Certificate root(String name, KeyPair key, Instant now, Duration life) {
    X500Principal subject = principal(name);
    JcaX509v3CertificateBuilder builder = builder(subject, subject, key.getPublic(), now, life);
    try {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      return signed(builder, key);
    } catch (IOException impossible) {
      throw new IllegalStateException("an extension of ours has no form", impossible);
    }
  }

  /** A certificate for a server, of an authority's. */
  X509Certificate server(
      List<String> hosts,
      PublicKey key,
      X509Certificate authority,
      KeyPair signer,
      Instant now,
      Duration life) {
    String name = hosts.getFirst().length() <= COMMON_NAME_MAX ? hosts.getFirst() : "server";
    JcaX509v3CertificateBuilder builder =
        builder(authority.getSubjectX500Principal(), principal(name), key, now, life);
    try {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(
          Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(
              hosts.stream().map(CertWriter::generalName).toArray(GeneralName[]::new)));
      builder.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(authority.getPublicKey()));
      return signed(builder, signer);
    } catch (IOException | GeneralSecurityException impossible) {
      throw new IllegalStateException("an extension of ours has no form", impossible);
    }
  }

  private JcaX509v3CertificateBuilder builder(
      X500Principal issuer, X500Principal subject, PublicKey key, Instant now, Duration life) {
    byte[] serial = randomness.secureBytes(SERIAL_BYTES);
    serial[0] = (byte) ((serial[0] & 0x3f) | 0x40); // positive, and always of the same length
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            issuer,
            new BigInteger(serial),
            Date.from(now.minus(EARLIER)),
            Date.from(now.plus(life)),
            subject,
            key);
    try {
      builder.addExtension(
          Extension.subjectKeyIdentifier,
          false,
          new JcaX509ExtensionUtils().createSubjectKeyIdentifier(key));
    } catch (IOException | GeneralSecurityException impossible) {
      throw new IllegalStateException("every Java platform has SHA-1", impossible);
    }
    return builder;
  }

  private static X509Certificate signed(JcaX509v3CertificateBuilder builder, KeyPair signer) {
    try {
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(new JcaContentSignerBuilder(ALGORITHM).build(signer.getPrivate())));
    } catch (OperatorCreationException | CertificateException impossible) {
      throw new IllegalStateException("a P-256 key cannot sign", impossible);
    }
  }

  private static X500Principal principal(String name) {
    try {
      return new X500Principal(
          new X500NameBuilder(BCStyle.INSTANCE).addRDN(BCStyle.CN, name).build().getEncoded());
    } catch (IOException impossible) {
      throw new IllegalStateException("a name of ours has no form", impossible);
    }
  }

  private static GeneralName generalName(String host) {
    return IpLiteral.parse(host).isPresent()
        ? new GeneralName(GeneralName.iPAddress, host)
        : new GeneralName(GeneralName.dNSName, host);
  }
}
