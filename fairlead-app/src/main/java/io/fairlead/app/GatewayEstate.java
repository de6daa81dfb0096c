package io.fairlead.app;

import io.fairlead.app.reload.Running;
import io.fairlead.app.upgrade.Estate;
import io.fairlead.control.api.StopRequest;
import io.fairlead.control.api.Who;
import io.fairlead.core.lifecycle.HandOver;
import io.fairlead.net.listen.PassedSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What this gateway gives to its successor. */
final class GatewayEstate implements Estate {
  private final Gateway gateway;

  GatewayEstate(Gateway gateway) {
    this.gateway = gateway;
  }

  @Override
  public Optional<String> obstacle() {
    return gateway.loops().passesDescriptors()
        ? Optional.empty()
        : Optional.of(
            "sockets cannot be passed with transport "
                + gateway.loops().transport().name().toLowerCase(java.util.Locale.ROOT));
  }

  @Override
  public long generation() {
    return running().generation();
  }

  @Override
  public String configHash() {
    return running().hash();
  }

  @Override
  public boolean freeze() {
    return gateway.configuration().freeze();
  }

  @Override
  public void thaw() {
    gateway.configuration().thaw();
  }

  @Override
  public List<PassedSocket> sockets() {
    List<PassedSocket> all = new ArrayList<>(gateway.listeners().export());
    all.addAll(gateway.control().export());
    all.addAll(gateway.features().relay().sockets());
    return all;
  }

  @Override
  public List<HandOver> stores() {
    return gateway.stores();
  }

  @Override
  public void hold(Set<String> listeners) {
    gateway.listeners().hold(listeners);
  }

  @Override
  public void accept(Set<String> listeners) {
    gateway.listeners().release(listeners);
  }

  @Override
  public void standBy() {
    gateway.listeners().standBy();
  }

  @Override
  public void resume() {
    gateway.listeners().resume();
  }

  @Override
  public void yield(long successor) {
    gateway.listeners().letGo();
    gateway.successor().serves(successor);
  }

  @Override
  public void leave(long successor) {
    gateway.control().letGo();
    // Who is still connected here follows the lists all the same.
    for (HandOver store : gateway.stores()) {
      if (store instanceof RegistryStore registry) registry.followOn();
    }
    gateway.requestStop(
        new StopRequest(
            Optional.of(gateway.config().runtime().drain().stream()),
            new Who(StopWish.SUCCESSION, Long.toString(successor))));
  }

  private Running<GatewayConfig> running() {
    return gateway.configuration().running().current();
  }
}
