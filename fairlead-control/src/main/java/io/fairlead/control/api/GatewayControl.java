package io.fairlead.control.api;

import io.fairlead.net.live.LiveConnection;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * The gateway as its control API sees it. Implemented by the composition root. Every method may be
 * called from any thread, at any time from the start of the control server to its close, also while
 * the gateway is still starting or already draining; none may block for longer than it takes to
 * read a snapshot, save those that return a stage.
 */
public interface GatewayControl {
  /** Everything about the configuration. */
  ConfigControl configuration();

  /** Begins a graceful stop and returns; a second call may only shorten the first. */
  void stop(StopRequest request);

  StatusReport status();

  /** The running configuration with its defaults, secrets as {@code "***"}. */
  EffectiveConfig effectiveConfig();

  /** JSON schema (2020-12) of the configuration file, as JSON text. */
  String schema();

  List<ListenerReport> listeners();

  /** Every open connection that carries traffic, in no order. */
  Collection<LiveConnection> connections();

  /**
   * Cuts one connection.
   *
   * @return false when there is none with that id
   */
  boolean cut(long connectionId, String reason);

  /** Whether the event loops answer. */
  CompletionStage<HealthReport> live();

  /** Whether the gateway serves what it is configured to. */
  CompletionStage<HealthReport> ready();
}
