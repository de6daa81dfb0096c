package io.fairlead.control;

import io.fairlead.core.config.Code;
import java.util.List;

/** Diagnostics of the section {@code control}. */
public final class ControlCodes {
  public static final Code REMOTE =
      new Code(
          "F2102",
          "the control API would be reachable from other machines",
          "control: { listen: \"0.0.0.0:8837\" }",
          "control: { listen: \"127.0.0.1:8837\" }");
  public static final Code NOT_TCP =
      new Code(
          "F2103",
          "the control API's TCP address is a unix socket",
          "control: { listen: \"unix:/run/control.sock\" }",
          "control: { listen: off, socket: /run/control.sock }");

  private ControlCodes() {}

  /** All of them, for the program's list of codes. */
  public static List<Code> all() {
    return List.of(REMOTE, NOT_TCP);
  }
}
