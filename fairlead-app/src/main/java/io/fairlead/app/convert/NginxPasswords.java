package io.fairlead.app.convert;

import io.fairlead.core.config.ConfigException;
import io.fairlead.net.auth.UsersFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** {@code auth_basic}, where every hash of its file is one we know. */
final class NginxPasswords {
  private static final String REALM = "[ !#-\\[\\]-~&&[^$]]{1,128}";

  private final Draft draft;
  private final Path baseDir;

  NginxPasswords(Draft draft, Path baseDir) {
    this.draft = draft;
    this.baseDir = baseDir;
  }

  /** What a route says in its place; empty when it cannot, of which a remark tells. */
  Optional<Map<String, Object>> of(NginxScope scope, Directive guard) {
    Optional<Directive> named = scope.find("auth_basic_user_file");
    if (named.isEmpty() || !guard.arg(0).matches(REALM)) return Optional.empty();
    Path file = baseDir.resolve(named.get().arg(0));
    try {
      if (UsersFile.read(file, "").names().isEmpty()) return Optional.empty();
    } catch (ConfigException unread) {
      draft.leftOut(
          named.get().at(), "`" + named.get() + "`: " + unread.problems().getFirst().message());
      return Optional.empty();
    }
    Map<String, Object> auth = new LinkedHashMap<>();
    auth.put("users_file", file.toString());
    auth.put("realm", guard.arg(0));
    auth.put("pass_on", true);
    return Optional.of(auth);
  }
}
