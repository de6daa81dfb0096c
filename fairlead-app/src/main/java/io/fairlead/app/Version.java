package io.fairlead.app;

/** What this build calls itself. */
public final class Version {
  private Version() {}

  /** From the jar's manifest; {@code "dev"} when run from class folders. */
  public static String current() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "dev" : version;
  }
}
