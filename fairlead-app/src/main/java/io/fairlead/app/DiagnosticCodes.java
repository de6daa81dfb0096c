package io.fairlead.app;

import io.fairlead.app.config.GatewayCodes;
import io.fairlead.control.ControlCodes;
import io.fairlead.core.config.Code;
import io.fairlead.core.config.Codes;
import io.fairlead.http.HttpCodes;
import io.fairlead.proxy.ForwardConfig;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Every diagnostic the program can print, for {@code fairlead help CODE}. */
final class DiagnosticCodes {
  /** What goes wrong when a good configuration meets the machine: binding, files, certificates. */
  private static final List<Code> OPENING =
      List.of(
          new Code(
              "F2201",
              "somebody else listens on the address",
              "web: { bind: \":8080\" }     # while another process has 8080",
              "web: { bind: \":8081\" }"),
          new Code(
              "F2202",
              "an address cannot be bound, or a file cannot be opened",
              "web: { bind: \"192.0.2.1:8080\" }     # not an address of this machine",
              "web: { bind: \"0.0.0.0:8080\" }"),
          new Code(
              "F2301",
              "a certificate or key file cannot be read",
              "files: { cert: gone.crt, key: site.key }",
              "files: { cert: site.crt, key: site.key }"),
          new Code(
              "F2302",
              "a file is not the PEM text that is due",
              "files: { cert: site.key, key: site.crt }",
              "files: { cert: site.crt, key: site.key }"),
          new Code(
              "F2303",
              "the key does not belong to the certificate",
              "files: { cert: a.crt, key: b.key }",
              "files: { cert: a.crt, key: a.key }"),
          new Code(
              "F2304",
              "the certificate has expired, or is not valid yet",
              "a certificate of last year",
              "a renewed one, then: fairlead reload"));

  private DiagnosticCodes() {}

  /** In the order of their ids. */
  static List<Code> all() {
    return Stream.of(
            Codes.engine(),
            GatewayCodes.ALL,
            HttpCodes.all(),
            ControlCodes.all(),
            List.of(ForwardConfig.OPEN_PROXY),
            OPENING)
        .flatMap(List::stream)
        .sorted(Comparator.comparing(Code::id))
        .toList();
  }
}
