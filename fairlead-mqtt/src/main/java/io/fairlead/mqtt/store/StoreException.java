package io.fairlead.mqtt.store;

import io.fairlead.core.config.Code;

/** A store cannot be opened. Trying again helps only after somebody mended it. */
public final class StoreException extends Exception {
  private static final long serialVersionUID = 1;

  /** What is kept cannot be read. */
  public static final Code DAMAGED =
      new Code(
          "F2261",
          "the MQTT store is damaged: starting with it would lose what was acknowledged",
          "fairlead run, after the disk changed a file below mqtt.persistence.dir",
          "restore the directory from a backup; or save what can be read, and see what is lost:\n"
              + "fairlead mqtt store salvage state/mqtt --to state/mqtt.saved\n"
              + "mv state/mqtt state/mqtt.damaged && mv state/mqtt.saved state/mqtt && fairlead run");

  private final transient Code code;
  private final String fix;

  /**
   * @param code the diagnostic, with a page of its own
   * @param problem what is the matter, with the place
   * @param fix what the operator can do
   */
  public StoreException(Code code, String problem, String fix) {
    super(problem);
    this.code = code;
    this.fix = fix;
  }

  /** Something in it cannot be what was written. */
  public static StoreException damaged(String problem) {
    return new StoreException(
        DAMAGED, problem, "restore it from a backup; or move it away and start with an empty one");
  }

  public Code code() {
    return code;
  }

  public String fix() {
    return fix;
  }
}
