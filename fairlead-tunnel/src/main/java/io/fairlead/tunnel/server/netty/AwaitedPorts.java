package io.fairlead.tunnel.server.netty;

import io.fairlead.tunnel.codec.Offer;
import io.fairlead.tunnel.codec.ServiceKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Ports that were open when a former process ended, kept open until their agents are back: users
 * who come meanwhile wait. Confined to the hub's thread.
 */
final class AwaitedPorts {
  /**
   * One of them.
   *
   * @param ids services that had it: several, of a group
   */
  record Awaited(ServiceKind kind, int port, ServiceGroup group, List<String> ids) {}

  private final Map<String, Awaited> byId = new HashMap<>();

  void add(String id, Awaited awaited) {
    awaited.ids().add(id);
    byId.put(id, awaited);
  }

  /** One that is there for another service of its group. */
  Optional<Awaited> at(ServiceKind kind, int port) {
    return byId.values().stream()
        .filter(each -> each.kind() == kind && each.port() == port)
        .findAny();
  }

  /** The port kept for this service, if the offer still wants it; it is awaited no more. */
  Optional<Awaited> claim(String id, Offer offer) {
    Awaited found = byId.get(id);
    if (found == null || found.kind() != offer.kind()) return Optional.empty();
    if (offer.port() != 0 && offer.port() != found.port()) return Optional.empty();
    found.ids().forEach(byId::remove);
    found.group().awaited(false);
    return Optional.of(found);
  }

  /** Gives all up. */
  List<Awaited> giveUp() {
    List<Awaited> all = new ArrayList<>(byId.values().stream().distinct().toList());
    byId.clear();
    all.forEach(each -> each.group().awaited(false));
    return all;
  }
}
