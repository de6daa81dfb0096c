package io.fairlead.net.dial;

import io.fairlead.core.time.Clock;
import io.fairlead.net.loop.EventLoops;
import io.netty.channel.EventLoop;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.SequentialDnsServerAddressStreamProvider;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Asks name servers over UDP and TCP, from the loop that wants to know; one cache for all loops.
 */
final class DnsResolver implements NameResolver {
  private static final long QUERY_MILLIS_MAX = 5_000;

  private final EventLoops loops;
  private final List<InetSocketAddress> servers;
  private final BoundedDnsCache cache;
  private final ConcurrentHashMap<EventLoop, DnsNameResolver> perLoop = new ConcurrentHashMap<>();

  DnsResolver(EventLoops loops, NameServers servers, Clock clock) {
    this.loops = loops;
    this.servers = servers.servers();
    this.cache = new BoundedDnsCache(clock, servers.ttlMin(), servers.ttlMax());
  }

  @Override
  public CompletionStage<List<InetAddress>> resolve(String host, EventLoop loop) {
    CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();
    perLoop
        .computeIfAbsent(loop, this::create)
        .resolveAll(host)
        .addListener(
            (io.netty.util.concurrent.Future<List<InetAddress>> lookup) -> {
              if (lookup.isSuccess() && !lookup.getNow().isEmpty()) {
                answer.complete(List.copyOf(lookup.getNow()));
              } else {
                answer.completeExceptionally(new UnknownHostException(host));
              }
            });
    return answer;
  }

  @Override
  public void close() {
    perLoop.values().forEach(DnsNameResolver::close);
    perLoop.clear();
  }

  private DnsNameResolver create(EventLoop loop) {
    return new DnsNameResolverBuilder(loop)
        .datagramChannelFactory(loops.datagramChannels())
        .socketChannelFactory(loops.socketChannels())
        .nameServerProvider(
            new SequentialDnsServerAddressStreamProvider(servers.toArray(InetSocketAddress[]::new)))
        .queryTimeoutMillis(QUERY_MILLIS_MAX)
        .resolveCache(cache)
        .resolvedAddressTypes(ResolvedAddressTypes.IPV6_PREFERRED)
        .completeOncePreferredResolved(false) // happy eyeballs wants both families
        .build();
  }
}
