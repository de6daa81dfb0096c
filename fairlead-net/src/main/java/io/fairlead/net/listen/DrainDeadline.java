package io.fairlead.net.listen;

/**
 * User event fired down the pipeline of a draining connection when its time is over. Relayed
 * streams then send what they hold and the end of the stream to both sides; the listener closes the
 * connection some seconds later.
 */
public enum DrainDeadline {
  PASSED
}
