package io.fairlead.app;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.core.dial.Dialer;
import io.fairlead.proxy.Egress;
import io.fairlead.tunnel.TunnelServer;
import io.fairlead.tunnel.server.netty.ExitDatagrams;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Where forward proxies meet tunnels: ways out through agents. Any thread. */
final class TunnelExits implements Egress.Exits {
  private final Supplier<Optional<TunnelServer>> server;

  TunnelExits(Supplier<Optional<TunnelServer>> server) {
    this.server = server;
  }

  @Override
  public Dialer<Channel> by(EventLoop loop, Through way) {
    return (destination, timeout) -> {
      Optional<TunnelServer> there = server.get();
      if (there.isEmpty() || !(destination instanceof Destination.HostPort to)) {
        return CompletableFuture.failedFuture(
            new DialException.Unreachable(
                destination, false, destination + ": there is no tunnel server"));
      }
      return there.get().exits().open(way.agent(), way.service(), to, way.client(), loop, timeout);
    };
  }

  @Override
  public Egress.Datagrams datagrams(
      EventLoop loop, Through way, Destination.HostPort to, Consumer<ByteBuf> answers) {
    Optional<ExitDatagrams> begun =
        server
            .get()
            .map(
                there ->
                    there
                        .exits()
                        .datagrams(way.agent(), way.service(), to, way.client(), loop, answers));
    return begun.<Egress.Datagrams>map(Flow::new).orElseGet(Nowhere::new);
  }

  private record Flow(ExitDatagrams datagrams) implements Egress.Datagrams {
    @Override
    public void send(ByteBuf payload) {
      datagrams.send(payload);
    }

    @Override
    public boolean open() {
      return datagrams.open();
    }

    @Override
    public void close() {
      datagrams.close();
    }
  }

  /** There is no server. */
  private record Nowhere() implements Egress.Datagrams {
    @Override
    public void send(ByteBuf payload) {
      payload.release();
    }

    @Override
    public boolean open() {
      return false;
    }

    @Override
    public void close() {}
  }
}
