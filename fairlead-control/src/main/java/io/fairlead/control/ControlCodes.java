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

  public static final Code WEAK_TOKEN =
      new Code(
          "F2104",
          "a control token has less than 128 bits",
          "tokens: [ { name: ci, role: operator, secret: !secret changeme } ]",
          "tokens: [ { name: ci, role: operator, secret: \"${file:secrets/ci.token}\" } ]");
  public static final Code NAME_TWICE =
      new Code(
          "F1404",
          "two control tokens, or two control users, share a name",
          "users: [ { name: admin, … }, { name: admin, … } ]",
          "users: [ { name: admin, … }, { name: eve, … } ]");
  public static final Code BAD_NAME =
      new Code("F1211", "not a name of a control token or user", "name: \"the CI\"", "name: ci");

  private ControlCodes() {}

  /** All of them, for the program's list of codes. */
  public static List<Code> all() {
    return List.of(BAD_NAME, NAME_TWICE, REMOTE, NOT_TCP, WEAK_TOKEN);
  }
}
