package io.fairlead.registry.source;

import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.core.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/** Every kind of source this program has: its own, and those of other jars. */
public final class Sources {
  private static final List<SourceProvider<?>> PROVIDERS = providers();

  /** One item under {@code registry.sources}. */
  public static final ConfigType<SourceSettings> SETTINGS = Types.variants("type", settings());

  private Sources() {}

  private static List<SourceProvider<?>> providers() {
    List<SourceProvider<?>> found =
        new ArrayList<>(
            List.of(
                new FileSettings.Provider(),
                new HttpSettings.Provider(),
                new StaticSettings.Provider()));
    for (SourceProvider<?> provider : ServiceLoader.load(SourceProvider.class)) found.add(provider);
    return List.copyOf(found);
  }

  private static Map<String, RecordType<? extends SourceSettings>> settings() {
    Map<String, RecordType<? extends SourceSettings>> byType = new LinkedHashMap<>();
    for (SourceProvider<?> provider : PROVIDERS) byType.put(provider.type(), provider.settings());
    return byType;
  }

  /** Makes the source of these settings. */
  public static RegistrySource open(SourceSettings settings, Clock clock) {
    for (SourceProvider<?> provider : PROVIDERS) {
      if (provider.type().equals(settings.type())) return open(provider, settings, clock);
    }
    throw new IllegalArgumentException("type: " + settings.type() + " (no provider)");
  }

  /** The type of the settings is the one its provider reads; the word under `type` says which. */
  @SuppressWarnings("unchecked")
  private static <S extends SourceSettings> RegistrySource open(
      SourceProvider<S> provider, SourceSettings settings, Clock clock) {
    return provider.open((S) settings, clock);
  }
}
