package io.fairlead.registry;

import io.fairlead.core.config.Code;
import java.util.List;

/** Diagnostics of section {@code registry}. */
public final class RegistryCodes {
  static final Code PROGRAMS =
      new Code(
          "F2140",
          "a registry target runs a program and may not",
          """
          registry:
            targets:
              - { name: web, kind: external_config, reload: { type: exec, argv: [reload-it] } }
          """,
          """
          registry:
            allow_exec: true     # and the file is writable by root or the gateway's user only
            targets:
              - { name: web, kind: external_config, reload: { type: exec, argv: [reload-it] } }
          """);

  private RegistryCodes() {}

  public static List<Code> all() {
    return List.of(PROGRAMS);
  }
}
