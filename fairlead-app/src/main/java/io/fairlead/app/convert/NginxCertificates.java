package io.fairlead.app.convert;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Pairs of files as certificates, each pair once. Used by one thread. */
final class NginxCertificates {
  private final Draft draft;
  private final Path baseDir;

  NginxCertificates(Draft draft, Path baseDir) {
    this.draft = draft;
    this.baseDir = baseDir;
  }

  /** The certificate's id, made of a name when the pair is new. */
  String id(String name, Directive cert, Directive key) {
    Map<String, Object> section = draft.section("certs");
    Map<String, Object> files = new LinkedHashMap<>();
    files.put("cert", baseDir.resolve(cert.arg(0)).toString());
    files.put("key", baseDir.resolve(key.arg(0)).toString());
    Map<String, Object> entry = new LinkedHashMap<>(Map.of("files", files));
    for (Map.Entry<String, Object> known : section.entrySet()) {
      if (known.getValue().equals(entry)) return known.getKey();
    }
    String id = Draft.freeId(section, name);
    section.put(id, entry);
    return id;
  }
}
