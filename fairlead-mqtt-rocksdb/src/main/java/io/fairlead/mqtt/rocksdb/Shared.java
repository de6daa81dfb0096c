package io.fairlead.mqtt.rocksdb;

/** A message kept once for several queues. Owners are counted by the writing thread only. */
final class Shared {
  final long number;
  final byte[] row; // empty once it is written
  int owners;

  Shared(long number, byte[] row) {
    this.number = number;
    this.row = row;
  }
}
