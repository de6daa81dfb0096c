package io.fairlead.registry.action;

import io.fairlead.core.config.Field;
import io.fairlead.core.config.Fields;
import io.fairlead.core.config.Types;
import java.time.Duration;
import java.util.List;

/** Keys that several actions have. */
final class ActionKeys {
  private ActionKeys() {}

  static Field<Duration> timeout(Fields fields) {
    return fields
        .key(
            "timeout",
            Types.duration().atLeast(Duration.ofMillis(10)),
            "How long one try may take; there are three.")
        .orElse(ReloadConfig.DEFAULT_TIMEOUT);
  }

  static Field<Boolean> allowInit(Fields fields) {
    return fields
        .key("allow_init", Types.bool(), "Whether it may be process 1, as in a container.")
        .orElse(false);
  }

  static Field<Expectation> expect(Fields fields) {
    return fields
        .key("expect", Expectation.TYPE, "What the process must look like.")
        .orElse(Expectation.TYPE.defaults());
  }

  /** Key {@code argv} of a program. */
  static Field<List<String>> argv(Fields fields) {
    return fields
        .key(
            "argv",
            Types.listOf(Types.string()).notEmpty(),
            "The program and its arguments; no shell looks at them.")
        .example("[/usr/sbin/nginx, -s, reload]")
        .required();
  }

  /** Key {@code ok_exit} of a program. */
  static Field<List<Integer>> okExit(Fields fields) {
    return fields
        .key(
            "ok_exit",
            Types.listOf(Types.integer().between(0, 255)).notEmpty(),
            "Exit codes that mean success.")
        .orElse(List.of(0));
  }
}
