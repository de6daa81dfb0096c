package io.fairlead.app.membership;

import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import java.nio.file.Path;

/**
 * Section {@code membership}.
 *
 * @param file the watched list
 * @param allowEmpty whether a list without any member is believed
 */
public record MembershipConfig(Path file, boolean allowEmpty) {
  public static final RecordType<MembershipConfig> TYPE =
      RecordType.define(
          "membership",
          "Who may use the gateway, from a watched file. A member who leaves the file is cut within a"
              + " second on every data path, without a reload.",
          ReloadClass.RESTART,
          fields -> {
            Field<Path> file =
                fields
                    .key(
                        "file",
                        Types.path(),
                        "The members file; followed from the moment it changes.")
                    .example("members.yaml")
                    .required();
            Field<Boolean> allowEmpty =
                fields
                    .key(
                        "allow_empty",
                        Types.bool(),
                        "Believe a file without any member. Off: an emptied file is held back, a"
                            + " warning is logged and the last members stay.")
                    .orElse(false);
            return values -> new MembershipConfig(values.get(file), values.get(allowEmpty));
          });
}
