package io.fairlead.http;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.http.route.Rewrite;

/** How a change of the path is read. */
final class RewriteTypes {
  private static final RecordType<Rewrite> RULES =
      RecordType.define(
          "Rewrite",
          "another path: by its first part, or by an expression",
          ReloadClass.LIVE,
          f -> {
            var strip =
                f.key("strip_prefix", path(), "First part to leave out, where the path has it.")
                    .example("/api")
                    .optional();
            var add = f.key("add_prefix", path(), "What to put before the path.").optional();
            var regex =
                f.key(
                        "regex",
                        RouteTypes.REGULAR,
                        "RE2 syntax; what it matches in the path is replaced by `to`.")
                    .optional();
            var to =
                f.key("to", Types.string(), "May have $1, $2, … for the groups of `regex`.")
                    .example("/v2/$1")
                    .optional();
            f.atMostOneOf(strip, regex);
            f.atMostOneOf(add, regex);
            f.check(
                (v, checks) -> {
                  if (v.get(regex).isPresent() != v.get(to).isPresent()) {
                    checks.error(
                        v.get(regex).isPresent() ? regex : to,
                        Codes.UNFIT,
                        "`regex` and `to` go together",
                        "give both, or neither");
                  }
                });
            return v ->
                v.get(regex).isPresent()
                    ? new Rewrite.Replace(v.get(regex).get(), v.get(to).orElse(""))
                    : new Rewrite.Prefix(v.get(strip).orElse(""), v.get(add).orElse(""));
          });

  static final ConfigType<Rewrite> REWRITE =
      Types.firstScalar(
          RouteTypes.TEMPLATE.mapped(
              HttpCodes.BAD_TEMPLATE,
              to -> (Rewrite) new Rewrite.Whole(to),
              rewrite -> ((Rewrite.Whole) rewrite).path()),
          RULES);

  private RewriteTypes() {}

  private static ConfigType<String> path() {
    return Types.string().matching("/[\\x21-\\x7e]*", "a path such as /api");
  }
}
