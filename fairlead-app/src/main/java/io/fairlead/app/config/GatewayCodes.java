package io.fairlead.app.config;

import io.fairlead.core.config.Code;
import io.fairlead.core.config.Problem;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;

/** Diagnostics of the checks that span sections. */
public final class GatewayCodes {
  public static final Code UNREADABLE =
      new Code(
          "F1013",
          "the configuration file cannot be read",
          "fairlead run -c missing.yaml",
          "fairlead run -c fairlead.yaml");
  public static final Code SAME_ADDRESS =
      new Code(
          "F1401",
          "two listeners want one address",
          "a: { bind: \":8080\" }\nb: { bind: \":8080\" }",
          "a: { bind: \":8080\" }\nb: { bind: \":8081\" }");
  public static final Code MEMBER_TWICE =
      new Code(
          "F1402",
          "two members share an id, an account or a key",
          "members: [ { id: a, user: x }, { id: b, user: x } ]",
          "members: [ { id: a, user: x }, { id: b, user: y } ]");
  public static final Code BAD_MEMBER_KEY =
      new Code(
          "F1405",
          "a member's key is no Ed25519 public key",
          "members: [ { id: a, public_key: abc } ]",
          "members: [ { id: a, public_key: 12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq }"
              + " ]");
  public static final Code SERVICE_KIND =
      new Code(
          "F1403",
          "the listener's proto and its service do not fit",
          "web: { bind: \":8080\", proto: http, service: egress }",
          "web: { bind: \":8080\", proto: mixed, service: egress }");
  public static final Code CLEARTEXT_UNDER_TLS =
      new Code(
          "F1412",
          "h2c and TLS exclude each other on one listener",
          "web: { bind: \":8443\", tls: { cert: site }, h2c: true }",
          "web: { bind: \":8443\", tls: { cert: site, http2: true } }");
  public static final Code CLIENTS_WITHOUT_AUTHORITY =
      new Code(
          "F2108",
          "client certificates need client_auth and an authority that vouches for them, both",
          "tls: { cert: site, client_auth: require }",
          "tls: { cert: site, client_auth: require, client_ca: clients.pem }");
  public static final Code DISRUPTIVE =
      new Code(
          "F2107",
          "the change closes a listener before its successor can be bound",
          "fairlead reload",
          "fairlead reload --allow-disruptive");
  public static final Code STATE_UNWRITABLE =
      new Code(
          "F2210",
          "the state directory cannot be written, so that the change would not be remembered",
          "runtime: { state_dir: /full }",
          "runtime: { state_dir: /var/lib/fairlead }");
  public static final Code NO_LISTENERS =
      new Code(
          "W3402",
          "nothing listens: the gateway serves nobody but its control API",
          "version: 1",
          "listeners: { web: { bind: \":8080\", proto: echo } }");
  public static final Code SOCKET_UNUSED =
      new Code(
          "W3403",
          "a socket that the service manager opened fits no listener and was closed",
          "ListenStream=8080\nlisteners: { web: { bind: \"0.0.0.0:8081\", proto: echo } }",
          "ListenStream=8080\nlisteners: { web: { bind: \"0.0.0.0:8080\", proto: echo } }");
  public static final Code NEEDS_RESTART =
      new Code(
          "W3401",
          "the key takes effect when the process starts again",
          "fairlead reload",
          "fairlead stop && fairlead run");

  /** All of them, for {@code fairlead help CODE}. */
  public static final List<Code> ALL =
      List.of(
          UNREADABLE,
          SAME_ADDRESS,
          MEMBER_TWICE,
          BAD_MEMBER_KEY,
          SERVICE_KIND,
          CLEARTEXT_UNDER_TLS,
          CLIENTS_WITHOUT_AUTHORITY,
          DISRUPTIVE,
          STATE_UNWRITABLE,
          NO_LISTENERS,
          SOCKET_UNUSED,
          NEEDS_RESTART);

  private GatewayCodes() {}

  /** The problem of a file that cannot be read at all. */
  public static Problem unreadable(IOException failure) {
    return Problem.error(
        UNREADABLE.id(),
        "/",
        Problem.Place.NOWHERE,
        "the configuration file cannot be read: " + reason(failure),
        "check the path and its permissions");
  }

  private static String reason(IOException failure) {
    return failure instanceof NoSuchFileException
        ? "no such file: " + failure.getMessage()
        : failure.toString();
  }
}
