package io.fairlead.app.registry;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.registry.evm.Chains;
import io.fairlead.registry.evm.EvmSettings;
import io.fairlead.registry.evm.EvmSource;
import io.fairlead.registry.source.RegistrySource;
import io.fairlead.registry.source.SourceOpener;
import io.fairlead.registry.source.SourceSettings;
import io.fairlead.registry.source.Sources;

/**
 * Makes the lists that the registry of a gateway follows; those in contracts over the gateway's
 * chains. Thread-safe.
 */
public final class GatewaySources implements SourceOpener {
  private final Chains chains;
  private final EventBus events;
  private final Meters meters;
  private final Clock clock;

  public GatewaySources(Chains chains, EventBus events, Meters meters, Clock clock) {
    this.chains = chains;
    this.events = events;
    this.meters = meters;
    this.clock = clock;
  }

  @Override
  public RegistrySource open(SourceSettings settings) throws ConfigException {
    // Asked by its word first: nothing of chains is loaded without one.
    if (!settings.type().equals("evm")) return Sources.open(settings, clock);
    EvmSettings evm = (EvmSettings) settings;
    return new EvmSource(evm, chains.open(evm), events, meters, clock);
  }
}
