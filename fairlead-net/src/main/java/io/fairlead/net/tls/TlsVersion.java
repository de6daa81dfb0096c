package io.fairlead.net.tls;

import java.util.List;

/** Lowest protocol version spoken; nothing below 1.2 exists here. */
public enum TlsVersion {
  TLS_1_2("TLSv1.3", "TLSv1.2"),
  TLS_1_3("TLSv1.3");

  private final List<String> protocols;

  TlsVersion(String... protocols) {
    this.protocols = List.of(protocols);
  }

  /** Protocol names from this version up, as TLS engines call them. */
  public List<String> protocols() {
    return protocols;
  }
}
