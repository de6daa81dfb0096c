package io.fairlead.it.mqtt;

/** A broker that a test talks with. */
interface Broker extends AutoCloseable {
  int port(Transport transport);

  @Override
  void close();
}
