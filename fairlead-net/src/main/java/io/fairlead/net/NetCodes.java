package io.fairlead.net;

import io.fairlead.core.config.Code;
import java.util.List;

/** Diagnostics of what this module opens and reads: sockets, users files, certificates, keys. */
public final class NetCodes {
  public static final Code BAD_ACCOUNT =
      new Code(
          "F1210",
          "a line of a users file is no account, or a second one of its name",
          "alice=$7$101$…",
          "alice:$7$101$…");
  public static final Code ADDRESS_IN_USE =
      new Code(
          "F2201",
          "another program, or another listener, has the address",
          "web: { bind: \":8080\", proto: echo }",
          "web: { bind: \":8082\", proto: echo }");
  public static final Code CANNOT_BIND =
      new Code(
          "F2202",
          "the address cannot be bound on this machine",
          "bind: 203.0.113.7:8080",
          "bind: 0.0.0.0:8080");
  public static final Code USERS_UNREADABLE =
      new Code(
          "F2203",
          "the users file cannot be read",
          "auth: { users_file: proxy.usres }",
          "auth: { users_file: proxy.users }");
  public static final Code TOKEN_KEYS =
      new Code(
          "F2241",
          "the keys that tokens are signed with cannot be read",
          "jwks: keys.jsn",
          "jwks: keys.json");
  public static final Code TOKEN_ALGORITHM =
      new Code(
          "F1242",
          "an algorithm or a secret that tokens cannot be signed with here",
          "{ jwks: keys.json, algorithms: [HS256] }",
          "{ jwks: keys.json, algorithms: [ES256] }");
  public static final Code PEM_UNREADABLE =
      new Code(
          "F2301",
          "a certificate or key file cannot be read",
          "files: { cert: site.crt, key: site.kye }",
          "files: { cert: site.crt, key: site.key }");
  public static final Code BAD_PEM =
      new Code(
          "F2302",
          "a file does not hold the certificate or key that is due",
          "files: { cert: site.key, key: site.key }",
          "files: { cert: site.crt, key: site.key }");
  public static final Code KEY_MISMATCH =
      new Code(
          "F2303",
          "the key does not belong to the first certificate",
          "files: { cert: site.crt, key: other.key }",
          "files: { cert: site.crt, key: site.key }");
  public static final Code EXPIRED =
      new Code(
          "F2304",
          "the certificate has expired or is not valid yet",
          "files: { cert: site-2019.crt, key: site.key }",
          "files: { cert: site.crt, key: site.key }");

  public static final Code BAD_TICKET_KEYS =
      new Code(
          "F2305",
          "a file does not hold keys of session tickets",
          "tls_tickets: { file: site.key }",
          "tls_tickets: { file: tickets.hex }");

  private NetCodes() {}

  /** All of them, for the program's list of codes. */
  public static List<Code> all() {
    return List.of(
        TOKEN_KEYS,
        TOKEN_ALGORITHM,
        BAD_ACCOUNT,
        ADDRESS_IN_USE,
        CANNOT_BIND,
        USERS_UNREADABLE,
        PEM_UNREADABLE,
        BAD_PEM,
        KEY_MISMATCH,
        EXPIRED,
        BAD_TICKET_KEYS);
  }
}
