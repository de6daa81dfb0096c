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
  private final boolean record;

  /**
   * @param record write the first configuration into the history
   */
  public ConfigService(ConfigController<C> controller, boolean record) {
    this.controller = controller;
    this.record = record;
  }

  @Override
  public String name() {
    return "configuration";
  }

  /** Fails with the {@link ConfigException} as cause. */
  @Override
  public void start() throws StartException {
    try {
      controller.open(record);
    } catch (ConfigException refused) {
      throw new StartException(Reason.RESOURCE, refused.problems().getFirst().message(), refused);
    }
  }

  @Override
  public void drain(Deadline deadline) {}

  @Override
  public void close() {
    controller.close();
  }
}
