package io.fairlead.net.pass;

/** What comes over a line. */
public sealed interface Heard {
  /** One frame as the peer sent it. */
  record Words(byte[] frame) implements Heard {}

  /** A descriptor of ours now, and ours to close. */
  record Descriptor(int number) implements Heard {}

  /** The peer is gone; the last there is to hear. */
  record Gone() implements Heard {}

  /** Told on the event loop; must not block. */
  @FunctionalInterface
  interface Ear {
    void heard(Heard heard);
  }
}
