package io.fairlead.core.config;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Reload classes as people read them, and as they are inherited. */
final class ReloadWords {
  private ReloadWords() {}

  static String of(Optional<ReloadClass> reload) {
    return reload.orElse(ReloadClass.LIVE).name().toLowerCase(Locale.ROOT);
  }

  /**
   * The class of a path: what its key says, else its record, else the key and record above; live
   * when nobody says anything.
   */
  static ReloadClass at(RecordType<?> root, List<String> segments) {
    ReloadClass found = root.reload().orElse(ReloadClass.LIVE);
    List<ConfigType<?>> here = List.of(root);
    for (String segment : segments) {
      Optional<ReloadClass> ofKey = Optional.empty();
      for (ConfigType<?> type : here) {
        if (type.shape() instanceof Shape.Keys(RecordType<?> record)) {
          ofKey = ofKey.or(() -> record.field(segment).flatMap(Field::reload));
        }
      }
      here = DefinitionWalk.below(here, segment);
      found = ofKey.orElse(ofRecord(here).orElse(found));
    }
    return found;
  }

  private static Optional<ReloadClass> ofRecord(List<ConfigType<?>> types) {
    for (ConfigType<?> type : types) {
      boolean says =
          type.shape() instanceof Shape.Keys(RecordType<?> record) && record.reload().isPresent();
      if (says && type instanceof RecordType<?> record) return record.reload();
    }
    return Optional.empty();
  }
}
