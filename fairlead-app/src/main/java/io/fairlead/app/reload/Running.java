package io.fairlead.app.reload;

import io.fairlead.core.config.ConfigSnapshot;
import io.fairlead.core.config.Reading;

/**
 * What runs now.
 *
 * @param fingerprint of the files the settings name
 * @param inputs what it was made of
 */
public record Running<C>(
    ConfigSnapshot<C> snapshot, Reading<C> reading, String fingerprint, ConfigInputs inputs) {
  /** First twelve hex digits of the texts' digest. */
  public String hash() {
    return reading.document().sha256().substring(0, 12);
  }

  /** The entity tag of the control API, without quotes. */
  public String tag() {
    return "g" + generation() + "-" + hash();
  }

  public long generation() {
    return snapshot.version();
  }

  /** The base as the very text that runs, whatever the files say by now. */
  Base.Kept frozen(String why) {
    return new Base.Kept(why, reading.document().sources());
  }
}
