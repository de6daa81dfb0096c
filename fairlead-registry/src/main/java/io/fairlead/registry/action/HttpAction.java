package io.fairlead.registry.action;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** {@code http}: a request that makes a process reload. */
final class HttpAction implements ReloadAction {
  private final ReloadConfig.Http config;

  HttpAction(ReloadConfig.Http config) {
    this.config = config;
  }

  @Override
  public String type() {
    return "http";
  }

  @Override
  public ActionResult run(Occasion occasion) throws InterruptedException {
    Map<String, String> fields = new LinkedHashMap<>(config.headers());
    config.secret().ifPresent(each -> fields.put("Authorization", "Bearer " + each.reveal()));
    try {
      if (config.etagFrom().isPresent()) {
        HttpCall.Answer known = HttpCall.get(config.etagFrom().get(), fields, config.timeout());
        if (known.status() != 200 || known.etag().isEmpty()) {
          return new ActionResult.Failed("etag_from answers " + known.status() + " without ETag");
        }
        fields.put("If-Match", known.etag().get());
      }
      HttpCall.Answer answer =
          HttpCall.send(
              config.method(),
              config.url(),
              fields,
              new byte[0],
              config.timeout(),
              Optional.empty());
      int status = answer.status();
      if (status >= 200 && status < 300) return new ActionResult.Done("");
      boolean redirect = status >= 300 && status < 400;
      return redirect
          ? new ActionResult.Refused("http " + status + ": redirects are not followed")
          : new ActionResult.Failed("http " + status);
    } catch (IOException failure) {
      return new ActionResult.Failed("http: " + failure.getMessage());
    }
  }
}
