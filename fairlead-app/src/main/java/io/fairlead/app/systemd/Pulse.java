package io.fairlead.app.systemd;

import java.time.Duration;

/** What the service manager may know of the running gateway. Any thread; never blocks. */
public interface Pulse {
  /** Whether each event loop ran something within that time. */
  boolean loopsAnswered(Duration within);

  /** How the gateway is, in one sentence. */
  String status();

  /** How long the stop that was asked for may take. */
  Duration stopBound();
}
