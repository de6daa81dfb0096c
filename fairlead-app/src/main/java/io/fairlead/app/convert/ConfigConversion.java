package io.fairlead.app.convert;

import io.fairlead.core.config.ConfigSource;
import java.util.Locale;
import java.util.Optional;

/**
 * Turns the configuration of another program into one of ours. Stateless.
 *
 * <p>The result stands for what the input does, not for how it is written: includes are merged,
 * defaults that differ are spelled out.
 */
public final class ConfigConversion {
  private ConfigConversion() {}

  /** Whose configuration. */
  public enum Format {
    FRP,
    MOSQUITTO,
    NGINX,
    WMPROXY;

    /** By its lower-case name. */
    public static Optional<Format> named(String name) {
      for (Format format : values()) {
        if (format.name().toLowerCase(Locale.ROOT).equals(name)) return Optional.of(format);
      }
      return Optional.empty();
    }
  }

  /**
   * Converts.
   *
   * @throws ConversionException the text is not of that format, or larger than a configuration is
   */
  public static Conversion convert(Format format, ConfigSource source, Includes includes)
      throws ConversionException {
    if (source.text().length() > Includes.FILE_BYTES_MAX) {
      throw new ConversionException(
          new Place(source.fileName(), 1, 1), "larger than 4 MiB", "convert its parts");
    }
    return switch (format) {
      case FRP -> FrpConverter.convert(source);
      case MOSQUITTO -> MosquittoConverter.convert(source, includes);
      case NGINX -> NginxConverter.convert(source, includes);
      case WMPROXY -> WmproxyConverter.convert(source);
    };
  }
}
