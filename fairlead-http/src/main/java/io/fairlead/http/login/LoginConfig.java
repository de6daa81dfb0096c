package io.fairlead.http.login;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.net.auth.AccountSource;
import java.util.Map;

/**
 * Who may ask a site, or one of its routes.
 *
 * @param realm what clients show to people whom they ask for a password
 * @param passOn whether upstreams get the {@code Authorization} that was checked here
 */
public record LoginConfig(AccountSource accounts, String realm, boolean passOn) {
  public static final RecordType<LoginConfig> TYPE =
      RecordType.define(
          "SiteAuth",
          "accounts of a site: name and password (Basic)",
          ReloadClass.LIVE,
          f -> {
            var file =
                f.key(
                        "users_file",
                        Types.path(),
                        "Accounts, one `name:hash` a line, as `fairlead mqtt passwd` writes them."
                            + " Read again at every reload.")
                    .example("secrets/site.users")
                    .optional();
            var users =
                f.key(
                        "users",
                        Types.freeMapOf(Types.secret()),
                        "Accounts written here: name to password hash, or all of them name to"
                            + " password.")
                    .optional();
            var realm =
                f.key(
                        "realm",
                        AccountSource.realm(),
                        "Name shown by clients that ask for a password.")
                    .orElse("site");
            var passOn =
                f.key(
                        "pass_on",
                        Types.bool(),
                        "Leaves `Authorization` in what upstreams get. Without it the password"
                            + " stays here; `{user}` tells the name in a field of yours.")
                    .orElse(false);
            f.atMostOneOf(file, users);
            f.check(
                (v, checks) -> {
                  if (v.get(file).isPresent() || v.get(users).isPresent()) return;
                  checks.error(
                      file, Codes.REQUIRED, "nobody can log in", "write users_file or users");
                });
            return v ->
                new LoginConfig(
                    new AccountSource(v.get(file), v.get(users).orElse(Map.of())),
                    v.get(realm),
                    v.get(passOn));
          });
}
