package io.fairlead.net.budget;

/** Work that is given up under critical pressure, in this order: what costs its owner least. */
public enum ShedClass {
  /** Connections that nobody has begun to use. */
  NEW_CONNECTIONS,
  /** Messages that their sender allowed to be lost (MQTT QoS 0). */
  DROPPABLE_MESSAGES,
  /** Connections whose peer takes bytes slower than they come. */
  SLOW_CONSUMERS
}
