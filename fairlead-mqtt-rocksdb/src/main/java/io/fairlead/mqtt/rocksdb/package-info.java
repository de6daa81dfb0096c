/** The durable implementation of the MQTT broker's store ports, on RocksDB. */
@NullMarked
package io.fairlead.mqtt.rocksdb;

import org.jspecify.annotations.NullMarked;
