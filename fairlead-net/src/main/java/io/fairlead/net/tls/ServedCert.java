package io.fairlead.net.tls;

import java.util.List;
import java.util.Optional;

/**
 * A place that holds the certificate of one name of the configuration, and outlives each of them:
 * listeners hold the place, whoever renews puts the next certificate in. Thread-safe; a listener
 * sees a new certificate once its {@link ServerTls#refresh} ran.
 */
public final class ServedCert {
  private final String id;
  private final List<String> wanted;
  private volatile Optional<CertifiedKey> current;

  private ServedCert(String id, List<String> wanted, Optional<CertifiedKey> current) {
    this.id = id;
    this.wanted = List.copyOf(wanted);
    this.current = current;
  }

  /** One whose certificate is there. */
  public static ServedCert holding(String id, CertifiedKey first) {
    return new ServedCert(id, List.of(), Optional.of(first));
  }

  /**
   * One whose certificate may still come.
   *
   * @param wanted host names it is for: a client that asks for one of them is refused until then
   */
  public static ServedCert awaiting(String id, List<String> wanted) {
    return new ServedCert(id, wanted, Optional.empty());
  }

  public String id() {
    return id;
  }

  /** Host names it is for while it holds nothing. */
  public List<String> wanted() {
    return wanted;
  }

  public Optional<CertifiedKey> current() {
    return current;
  }

  /** Puts the next one in. */
  public void put(CertifiedKey next) {
    current = Optional.of(next);
  }
}
