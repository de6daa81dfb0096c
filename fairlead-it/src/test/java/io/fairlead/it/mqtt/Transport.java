package io.fairlead.it.mqtt;

/** What a test's packets travel in. */
enum Transport {
  TCP,
  WEBSOCKET
}
