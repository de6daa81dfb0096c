package io.fairlead.app.config;

import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import java.nio.file.Path;

/**
 * One named certificate of section {@code certs}.
 *
 * @param cert PEM chain, leaf first
 * @param key PEM private key (PKCS#8)
 */
public record CertConfig(Path cert, Path key) {
  private static final RecordType<CertConfig> FILES =
      RecordType.define(
          "files",
          "A certificate from two PEM files.",
          fields -> {
            Field<Path> cert =
                fields.key("cert", Types.path(), "Certificate chain, leaf first.").required();
            Field<Path> key = fields.key("key", Types.path(), "Private key (PKCS#8).").required();
            return values -> new CertConfig(values.get(cert), values.get(key));
          });

  public static final RecordType<CertConfig> TYPE =
      RecordType.define(
          "cert",
          "A certificate and its key.",
          fields -> {
            Field<CertConfig> files =
                fields.key("files", FILES, "The PEM files; read again at each reload.").required();
            return values -> values.get(files);
          });
}
