package io.fairlead.app.accesslog;

import io.fairlead.core.config.Code;
import java.util.List;

/** Diagnostics of the access log. */
public final class AccessLogCodes {
  public static final Code UNWRITABLE =
      new Code(
          "F2230",
          "the access log cannot be opened",
          "logs: { access: { enabled: true, sink: file, file: /no/such/mount/access.log } }",
          "logs: { access: { enabled: true, sink: file, file: /var/log/fairlead/access.log } }");

  /** All of them, for {@code fairlead help CODE}. */
  public static final List<Code> ALL = List.of(UNWRITABLE);

  private AccessLogCodes() {}
}
