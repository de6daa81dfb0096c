package io.fairlead.mqtt.rocksdb;

import io.fairlead.core.config.Code;
import io.fairlead.mqtt.store.StoreException;
import java.nio.file.Path;
import java.util.List;

/** Diagnostics of the broker's store. */
public final class StoreCodes {
  static final Code LOCKED =
      new Code(
          "F2260",
          "the MQTT store is in use by another process",
          "two gateways with mqtt.persistence.dir: /var/lib/fairlead/mqtt",
          "each gateway with a directory of its own, or one of them stopped");
  static final Code DAMAGED = StoreException.DAMAGED;
  static final Code FORMAT =
      new Code(
          "F2262",
          "the MQTT store was written by another version of the gateway",
          "an older gateway on the store of a newer one",
          "the version that wrote it, or a directory of its own: mqtt.persistence.dir");
  static final Code UNUSABLE =
      new Code(
          "F2263",
          "the MQTT store's directory cannot be used",
          "mqtt: { persistence: { dir: /read-only/mqtt } }",
          "mqtt: { persistence: { dir: /var/lib/fairlead/mqtt } }");
  static final Code LESS =
      new Code(
          "F2264",
          "the MQTT store holds less than was forced to disk before",
          "fairlead run, after an old copy of files replaced newer ones below"
              + " mqtt.persistence.dir",
          "restore the whole directory, file `floor` included; or accept the loss:\n"
              + "rm state/mqtt/floor && fairlead run");
  static final Code CLOCK =
      new Code(
          "F2265",
          "this machine's clock is far behind the time the MQTT store was last written",
          "a machine that lost its clock: sessions and messages would expire at wrong times",
          "set the clock; or, if it is right, remove what says otherwise: rm state/mqtt/clock");

  private StoreCodes() {}

  /** What to do about a damaged store. */
  static String mend(Path directory) {
    return "restore it from a backup; or save what can be read:"
        + " fairlead mqtt store salvage "
        + directory
        + " --to "
        + directory.resolveSibling(directory.getFileName() + ".saved");
  }

  /** All of them, for {@code fairlead help CODE}. */
  public static List<Code> all() {
    return List.of(LOCKED, DAMAGED, FORMAT, UNUSABLE, LESS, CLOCK);
  }
}
