package io.fairlead.mqtt;

import io.fairlead.core.config.Code;
import java.util.List;

/** Diagnostics of what the broker reads. */
public final class MqttCodes {
  public static final Code BAD_ACL =
      new Code(
          "F1240",
          "a line of an access list is none",
          "topic raed sensors/#",
          "topic read sensors/#");
  public static final Code ACL_UNREADABLE =
      new Code(
          "F2240",
          "the access list cannot be read",
          "acl: { file: mqtt.alc }",
          "acl: { file: mqtt.acl }");
  public static final Code NOBODY_MAY =
      new Code(
          "F1241",
          "clients log in, and no access list says what they may: all is refused",
          "auth: [ { type: file, path: mqtt.users } ]",
          "acl: { file: mqtt.acl }");

  public static final Code BRIDGE_UNVERIFIED =
      new Code(
          "F1244",
          "a bridge takes any certificate",
          "tls: { insecure_skip_verify: true }",
          "tls: { ca: tls/cloud-ca.pem }");

  public static final Code NO_EXTENSION =
      new Code(
          "F1243",
          "an extension of the broker is named and not there",
          "extensions: { alarms: {} }",
          "its jar beside the gateway's own jars, and the name it gives itself");

  public static final Code EXTENSION_UNREADABLE =
      new Code(
          "F2242",
          "a file of an extension cannot be read",
          "extensions: { alarm: { jar: extensions/alram.jar } }",
          "extensions: { alarm: { jar: extensions/alarm.jar } }");
  public static final Code EXTENSION_FAILS =
      new Code(
          "F1245",
          "an extension of the broker does not start",
          "extensions: { alarm: { above: ninety } }",
          "extensions: { alarm: { above: \"90\" } }");

  private MqttCodes() {}

  /** All of them. */
  public static List<Code> all() {
    return List.of(
        BAD_ACL,
        ACL_UNREADABLE,
        NOBODY_MAY,
        BRIDGE_UNVERIFIED,
        NO_EXTENSION,
        EXTENSION_UNREADABLE,
        EXTENSION_FAILS);
  }
}
