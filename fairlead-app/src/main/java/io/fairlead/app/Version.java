package io.fairlead.app;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** What this build calls itself. */
public final class Version {
  private Version() {}

  /** As the build wrote it; {@code "unknown"} when it did not. */
  public static String current() {
    Properties build = new Properties();
    try (InputStream in = Version.class.getResourceAsStream("build.properties")) {
      if (in != null) build.load(in);
    } catch (IOException unreadable) {
      return "unknown";
    }
    return build.getProperty("version", "unknown");
  }
}
