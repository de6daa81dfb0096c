package io.fairlead.app.convert;

import io.fairlead.core.config.Code;
import java.util.List;

/** Diagnostics of conversions. */
public final class ConvertCodes {
  static final Code UNREADABLE =
      new Code(
          "F1560",
          "another program's configuration cannot be read",
          "fairlead config convert nginx site.yaml",
          "fairlead config convert nginx /etc/nginx/nginx.conf");
  static final Code LEFT_OUT =
      new Code(
          "W3560",
          "a construct has no counterpart and was left out",
          "location / { fastcgi_pass 127.0.0.1:9000; }",
          "location / { proxy_pass http://127.0.0.1:9000; }");
  static final Code OTHERWISE =
      new Code(
          "W3561",
          "a construct was converted and means something slightly different",
          "proxy_pass https://backend;",
          "upstreams: { backend: { tls: { ca: backend-ca.pem } } }");

  /** All of them, for {@code fairlead help CODE}. */
  public static final List<Code> ALL = List.of(UNREADABLE, LEFT_OUT, OTHERWISE);

  private ConvertCodes() {}
}
