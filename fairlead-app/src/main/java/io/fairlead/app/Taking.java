package io.fairlead.app;

import io.fairlead.app.upgrade.Heir;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.HandOver;
import io.fairlead.core.lifecycle.ServiceTree;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.time.Clock;
import java.util.List;
import java.util.Set;

/** What a new gateway does as the old one gives way. */
final class Taking implements Heir.Work {
  private final Gateway gateway;
  private final List<HandOver> stores;
  private final ServiceTree tree;

  Taking(Gateway gateway, List<HandOver> stores, ServiceTree tree) {
    this.gateway = gateway;
    this.stores = stores;
    this.tree = tree;
  }

  /** Starts everything, then the stores as the other process gives them. */
  void start(Succession succession) throws StartException, InterruptedException {
    stores.forEach(store -> gateway.listeners().hold(store.listeners()));
    tree.startBut(Set.copyOf(stores));
    try {
      succession.takeOver(this);
    } catch (StartException failure) {
      gateway.drain(
          Deadline.in(
              Clock.system(), gateway.config().runtime().drain().stop())); // we accepted already
      throw failure;
    }
  }

  @Override
  public List<String> stores() {
    return stores.stream().map(HandOver::name).toList();
  }

  @Override
  public long generation() {
    return gateway.configuration().running().current().generation();
  }

  @Override
  public void open(String store) throws StartException, InterruptedException {
    for (HandOver each : stores) {
      if (!each.name().equals(store)) continue;
      tree.startLater(each);
      gateway.listeners().release(each.listeners());
    }
  }

  @Override
  public void settle() {
    gateway.listeners().settle();
    gateway.control().settle();
    gateway.reload().settle();
  }
}
