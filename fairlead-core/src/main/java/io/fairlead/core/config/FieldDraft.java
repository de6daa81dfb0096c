package io.fairlead.core.config;

import java.util.Optional;

/** A key being declared. */
public interface FieldDraft<T> {
  /** What a change of it takes; otherwise as its record says, otherwise as the record above. */
  FieldDraft<T> reload(ReloadClass reload);

  /** A value as one would write it, for the reference page and the editor. */
  FieldDraft<T> example(String yaml);

  /** The release that brought it. */
  FieldDraft<T> since(String version);

  /** It must be written. */
  Field<T> required();

  /** It may be left out. A record's default is its {@link RecordType#defaults()}. */
  Field<T> orElse(T defaultValue);

  /** It may be left out; {@code asYaml} is how the default would be written. */
  Field<T> orElse(T defaultValue, String asYaml);

  /** It may be left out, and that means something. */
  Field<Optional<T>> optional();
}
