package io.fairlead.mqtt.codec;

import java.util.Optional;

/** The versions of the protocol that are spoken. */
public enum MqttVersion {
  V3_1("MQIsdp", 3, "3.1"),
  V3_1_1("MQTT", 4, "3.1.1"),
  V5("MQTT", 5, "5.0");

  private final String protocolName;
  private final int level;
  private final String word;

  MqttVersion(String protocolName, int level, String word) {
    this.protocolName = protocolName;
    this.level = level;
    this.word = word;
  }

  /** The name CONNECT begins with. */
  public String protocolName() {
    return protocolName;
  }

  public int level() {
    return level;
  }

  /** As people write it. */
  public String word() {
    return word;
  }

  /** Whether packets carry properties and reason codes. */
  public boolean rich() {
    return this == V5;
  }

  static Optional<MqttVersion> of(String protocolName, int level) {
    for (MqttVersion version : values()) {
      if (version.level == level && version.protocolName.equals(protocolName)) {
        return Optional.of(version);
      }
    }
    return Optional.empty();
  }
}
