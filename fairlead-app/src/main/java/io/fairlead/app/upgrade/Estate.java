package io.fairlead.app.upgrade;

import io.fairlead.core.lifecycle.HandOver;
import io.fairlead.net.listen.PassedSocket;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a running gateway has to give. Called by the thread of one {@link Offer}; may block. */
public interface Estate {
  /** Why nothing can be given; empty when it can. */
  Optional<String> obstacle();

  /** Number of the running configuration. */
  long generation();

  /** First digits of its digest. */
  String configHash();

  /**
   * Keeps the configuration as it is.
   *
   * @return false when a change is under way
   */
  boolean freeze();

  /** Lets the configuration change again. */
  void thaw();

  /** Every bound socket: listeners and control doors. */
  List<PassedSocket> sockets();

  /** What changes hands one by one. */
  List<HandOver> stores();

  /** Lets nobody in through these listeners for now. */
  void hold(Set<String> listeners);

  /** Undoes {@link #hold}. */
  void accept(Set<String> listeners);

  /** Accepts nobody through any listener, for a moment: the successor does already. */
  void standBy();

  /** Goes on accepting, save where {@link #hold} stands. */
  void resume();

  /**
   * The successor serves: closes the own copies of the listeners' sockets and drains what came
   * through them. From here on this process is not ready.
   *
   * @param successor its pid
   */
  void yield(long successor);

  /** Closes the control doors and asks for the end once everything has drained. */
  void leave(long successor);
}
