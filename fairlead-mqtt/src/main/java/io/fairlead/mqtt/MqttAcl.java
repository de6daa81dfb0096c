package io.fairlead.mqtt;

import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Key {@code mqtt.acl}: what clients may publish and read.
 *
 * @param file the list
 * @param rest what holds where no line fits; empty: it depends on whether clients log in
 * @param revealReason whether a client is told that it may not
 */
public record MqttAcl(
    Optional<Path> file, Optional<Rest> rest, Wide wildcardSubscribe, boolean revealReason) {
  /** What holds where no line fits. */
  public enum Rest {
    ALLOW,
    DENY
  }

  /** What becomes of a subscription to more than a client may read. */
  public enum Wide {
    REFUSE,
    FILTER
  }

  static final RecordType<MqttAcl> TYPE =
      RecordType.define(
          "mqtt_acl",
          "What clients may publish and read.",
          f -> {
            Field<Optional<Path>> file =
                f.key(
                        "file",
                        Types.path(),
                        "The access list; an acl_file of Mosquitto works. Read again at every"
                            + " reload.")
                    .example("secrets/mqtt.acl")
                    .optional();
            Field<Optional<Rest>> rest =
                f.key(
                        "default",
                        Types.choice(Rest.class),
                        "What holds where no line fits; deny when left out, but allow where"
                            + " nobody logs in and there is no list.")
                    .optional();
            Field<Wide> wide =
                f.key(
                        "wildcard_subscribe",
                        Types.choice(Wide.class),
                        "A subscription to more than the client may read is refused, or given"
                            + " the part that it may.")
                    .orElse(Wide.REFUSE);
            Field<Boolean> reveal =
                f.key(
                        "reveal_reason",
                        Types.bool(),
                        "Tells a client of version 5 that it may not (0x87); otherwise only that"
                            + " it failed (0x80).")
                    .orElse(true);
            return v -> new MqttAcl(v.get(file), v.get(rest), v.get(wide), v.get(reveal));
          });
}
