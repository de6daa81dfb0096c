package io.fairlead.mqtt.session;

import io.fairlead.net.budget.MemoryBudget;

/**
 * What the broker does without as the memory of the process fills, before anything else has to.
 *
 * <pre>
 * 70 %  new clients are refused (server busy)
 * 85 %  messages of QoS 0 are dropped
 * 92 %  clients that publish are read slower
 * </pre>
 *
 * Thread-safe; each answer is two reads of what the last sample found.
 */
public final class MemorySteps {
  static final int CLIENTS_PERCENT = 70;
  static final int DROPPABLE_PERCENT = 85;
  static final int PUBLISHERS_PERCENT = 92;

  private final MemoryBudget budget;

  public MemorySteps(MemoryBudget budget) {
    this.budget = budget;
  }

  /** Whether nobody new is let in. */
  public boolean refusesClients() {
    return above(CLIENTS_PERCENT);
  }

  /** Whether messages that may be lost are. */
  public boolean dropsDroppable() {
    return above(DROPPABLE_PERCENT);
  }

  /** Whether those who publish are to be read slower. */
  public boolean slowsPublishers() {
    return above(PUBLISHERS_PERCENT);
  }

  private boolean above(int percent) {
    long limit = budget.limitBytes();
    return limit != Long.MAX_VALUE && budget.usedBytes() >= limit / 100 * percent;
  }
}
