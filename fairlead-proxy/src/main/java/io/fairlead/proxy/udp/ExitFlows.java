package io.fairlead.proxy.udp;

import io.fairlead.core.address.IpLiteral;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.proxy.Egress;
import io.fairlead.proxy.udp.UdpMeters.Drop;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * Destinations of an association that agents of tunnels send to, one flow each; the one unused
 * longest makes room. Confined to the association's event loop.
 */
final class ExitFlows {
  private final Egress.Exits exits;
  private final EventLoop loop;
  private final int most;
  private final UdpMeters meters;
  private final BiConsumer<Destination.HostPort, ByteBuf> answers;
  private final Map<Destination.HostPort, Flow> flows = new LinkedHashMap<>(16, 0.75f, true);

  /** One of them, under the rules it was decided by. */
  private record Flow(Egress.Datagrams datagrams, Object rules) {}

  /**
   * @param answers takes what comes back, and owns it
   */
  ExitFlows(
      Egress.Exits exits,
      EventLoop loop,
      int most,
      UdpMeters meters,
      BiConsumer<Destination.HostPort, ByteBuf> answers) {
    this.exits = exits;
    this.loop = loop;
    this.most = most;
    this.meters = meters;
    this.answers = answers;
  }

  /**
   * Sends a datagram by an agent, if that is its way.
   *
   * @param data taken if so, else left alone
   */
  boolean pass(Destination.HostPort to, ByteBuf data, Association.Ruling ruling) {
    Flow there = flows.get(to);
    if (there != null && there.rules() == ruling.rules() && there.datagrams().open()) {
      there.datagrams().send(data);
      meters.passedToRemote();
      return true;
    }
    if (there != null) {
      flows.remove(to);
      there.datagrams().close();
    }
    Optional<Egress.Exits.Through> agent = ruling.agent(to);
    if (agent.isEmpty()) return false;
    if (forbidden(to, ruling).isPresent()) {
      data.release();
      meters.dropped(Drop.DENIED);
      return true;
    }
    Egress.Datagrams begun =
        exits.datagrams(loop, agent.get(), to, answer -> answers.accept(to, answer));
    flows.put(to, new Flow(begun, ruling.rules()));
    if (flows.size() > most) {
      Map.Entry<Destination.HostPort, Flow> eldest = flows.entrySet().iterator().next();
      flows.remove(eldest.getKey());
      meters.forgotten();
      eldest.getValue().datagrams().close();
    }
    begun.send(data);
    meters.passedToRemote();
    return true;
  }

  private static Optional<DialException.Forbidden> forbidden(
      Destination.HostPort to, Association.Ruling ruling) {
    return ruling
        .guard()
        .checkName(to)
        .or(
            () ->
                IpLiteral.parse(to.host())
                    .flatMap(
                        address ->
                            ruling
                                .guard()
                                .checkAddress(to, new InetSocketAddress(address, to.port()))));
  }

  void close() {
    new ArrayList<>(flows.values()).forEach(flow -> flow.datagrams().close());
    flows.clear();
  }
}
