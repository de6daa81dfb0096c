package io.fairlead.app.reload;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.lifecycle.StartException.Reason;

/**
 * The place of the first configuration in the start order: after the features, before accepting.
 */
public final class ConfigService<C> implements Service {
  private final ConfigController<C> controller;

  public ConfigService(ConfigController<C> controller) {
    this.controller = controller;
  }

  @Override
  public String name() {
    return "configuration";
  }

  /** Fails with the {@link ConfigException} as cause. */
  @Override
  public void start() throws StartException {
    try {
      controller.open();
    } catch (ConfigException refused) {
      throw new StartException(Reason.RESOURCE, refused.problems().getFirst().message(), refused);
    }
  }

  @Override
  public void drain(Deadline deadline) {}

  @Override
  public void close() {}
}
