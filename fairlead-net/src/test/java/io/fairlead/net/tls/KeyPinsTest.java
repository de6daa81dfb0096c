package io.fairlead.net.tls;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;

class KeyPinsTest {
  @Test
  void aPinHoldsForTheServersOwnKeyAndForItsIssuers() throws Exception {
    X509Bundle root = authority("CN=root");
    X509Certificate server =
        new CertificateBuilder().subject("CN=server").buildIssuedBy(root).getCertificate();
    for (X509Certificate pinned : List.of(server, root.getCertificate())) {
      assertThatCode(() -> check(pinned, server, root.getCertificate())).doesNotThrowAnyException();
    }
  }

  @Test
  void aPinnedCertificateThatIsMerelySentAlongCountsForNothing() throws Exception {
    X509Certificate pinned = authority("CN=root").getCertificate();
    X509Bundle other = authority("CN=root"); // of the same name, too
    X509Certificate server =
        new CertificateBuilder().subject("CN=server").buildIssuedBy(other).getCertificate();
    assertThatThrownBy(() -> check(pinned, server, pinned))
        .isInstanceOf(CertificateException.class)
        .hasMessage("none of its keys is pinned");
    assertThatThrownBy(() -> check(pinned, server, other.getCertificate(), pinned))
        .isInstanceOf(CertificateException.class);
  }

  private static X509Bundle authority(String name) throws Exception {
    return new CertificateBuilder().subject(name).setIsCertificateAuthority(true).buildSelfSigned();
  }

  private static void check(X509Certificate pinned, X509Certificate... chain) throws Exception {
    X509TrustManager pins =
        (X509TrustManager) KeyPins.on(false, new X509Certificate[0], List.of(KeyPins.of(pinned)));
    pins.checkServerTrusted(chain, "ECDHE_ECDSA");
  }
}
