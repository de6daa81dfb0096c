package io.fairlead.http;

import io.fairlead.core.config.Code;
import java.util.List;

/** The diagnostics this feature adds to the configuration engine's. */
public final class HttpCodes {
  static final Code BAD_REGEX =
      new Code(
          "F1220",
          "not a regular expression (RE2)",
          "path: { regex: \"(a\" }",
          "path: { regex: \"(a)\" }");
  static final Code BAD_HOST =
      new Code("F1221", "not a host name", "hosts: [\"*\"]", "hosts: [\"*.example.org\"]");
  static final Code BAD_PATTERN =
      new Code("F1222", "not a path pattern", "path: api/*", "path: /api/*");
  static final Code BAD_TEMPLATE =
      new Code(
          "F1223",
          "a text in braces is not a variable",
          "X-Client: \"{ip}\"",
          "X-Client: \"{client_ip}\"");
  static final Code BAD_FIELD =
      new Code(
          "F1224",
          "a header rule names a field it may not touch",
          "set: { Content-Length: \"0\" }",
          "set: { X-Gateway: gw-1 }");
  static final Code BAD_ENDPOINT =
      new Code(
          "F1225",
          "an endpoint is a scheme, a host and a port",
          "url: http://10.0.0.1:3000/base",
          "url: http://10.0.0.1:3000");
  static final Code UNREACHABLE =
      new Code(
          "F1420",
          "no request can reach a route",
          "routes: [{ id: all, match: { path: /* }, … }, { id: api, match: { path: /api/* }, … }]",
          "routes: [{ id: api, match: { path: /api/* }, … }, { id: all, match: { path: /* }, … }]");
  static final Code SAME_ROUTE_ID =
      new Code(
          "F1421",
          "two routes of a site have the same id",
          "routes: [{ id: a, … }, { id: a, … }]",
          "routes: [{ id: a, … }, { id: b, … }]");
  static final Code NO_ROOT =
      new Code(
          "F2220",
          "the root of a file tree is not a directory that can be read",
          "files: { root: ./pubic }",
          "files: { root: ./public }");

  static final Code NO_PAGE =
      new Code(
          "F2221",
          "the file of an error page cannot be read",
          "error_pages: { 503: { file: ./bsy.html } }",
          "error_pages: { 503: { file: ./busy.html } }");

  private HttpCodes() {}

  /** All of them, for {@code help CODE}. */
  public static List<Code> all() {
    return List.of(
        BAD_REGEX,
        BAD_HOST,
        BAD_PATTERN,
        BAD_TEMPLATE,
        BAD_FIELD,
        BAD_ENDPOINT,
        UNREACHABLE,
        SAME_ROUTE_ID,
        NO_ROOT,
        NO_PAGE);
  }
}
