package io.fairlead.mqtt.rocksdb;

/** When a commit that somebody waits for is complete. */
public enum Durability {
  /** The operating system has it: it survives the end of the process. */
  WRITE,
  /** It was forced to the disk: it survives the loss of power. */
  FSYNC
}
