package io.fairlead.registry.evm;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;

/**
 * How far below the head a change must stand.
 *
 * @param add for what comes
 * @param remove for what goes
 */
record Confirmations(Depth add, Depth remove) {
  private static final int MOST = 100_000;

  static final RecordType<Confirmations> TYPE =
      RecordType.define(
          "registry_confirmations",
          "How many blocks must stand on a change before it counts; or `safe`, or `finalized`.",
          fields -> {
            Field<Depth> add =
                fields
                    .key("add", depth(), "For entries that come, and for changed addresses.")
                    .orElse(new Depth.Blocks(12), "12");
            Field<Depth> remove =
                fields
                    .key("remove", depth(), "For entries that go or are revoked; 0 at inclusion.")
                    .orElse(new Depth.Blocks(1), "1");
            fields.check(
                (values, checks) -> {
                  if (values.get(add) instanceof Depth.Blocks(long slow)
                      && values.get(remove) instanceof Depth.Blocks(long fast)
                      && fast > slow) {
                    checks.error(
                        remove,
                        Codes.UNFIT,
                        "a removal would wait longer than an addition",
                        "make `remove` at most `add`");
                  }
                });
            return values -> new Confirmations(values.get(add), values.get(remove));
          });

  private static ConfigType<Depth> depth() {
    return Types.oneOf(
        "",
        Types.integer()
            .between(0, MOST)
            .mapped(Codes.BAD_TEXT, Depth.Blocks::new, depth -> (int) depth.count()),
        Types.choice(Depth.Tag.class));
  }
}
