package io.fairlead.it.mqtt;

/** What a test speaks. */
enum Version {
  V3(4),
  V5(5);

  final int level;

  Version(int level) {
    this.level = level;
  }

  boolean is5() {
    return this == V5;
  }
}
