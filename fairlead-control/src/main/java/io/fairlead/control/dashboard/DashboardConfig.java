package io.fairlead.control.dashboard;

import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;

/**
 * Section {@code control.dashboard}.
 *
 * @param theme of whoever has not chosen one
 */
public record DashboardConfig(boolean enabled, Theme theme) {
  /** Colours of the pages. */
  public enum Theme {
    /** What the browser prefers. */
    AUTO,
    LIGHT,
    DARK
  }

  /** What holds where the configuration says nothing. */
  public static final DashboardConfig DEFAULTS = new DashboardConfig(true, Theme.AUTO);

  /** Its one definition. */
  public static final RecordType<DashboardConfig> TYPE =
      RecordType.define(
          "control_dashboard",
          "The dashboard: pages below `/ui/` that show and steer the gateway in a browser.",
          fields -> {
            Field<Boolean> enabled =
                fields
                    .key("enabled", Types.bool(), "Whether `/ui/` is served; off, it is 404.")
                    .orElse(DEFAULTS.enabled());
            Field<Theme> theme =
                fields
                    .key(
                        "theme",
                        Types.choice(Theme.class),
                        "Colours for whoever has not chosen: what the browser prefers, or one.")
                    .orElse(DEFAULTS.theme());
            return values -> new DashboardConfig(values.get(enabled), values.get(theme));
          });
}
